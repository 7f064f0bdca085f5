//! Refused: events and instructions that are made up.

use crate::harness::*;
use anchor_lang::Event as _;
use anchor_lang::event::EVENT_IX_TAG_LE;
use chorale::event::{EVENT_VERSION, MessagePublished};
use chorale::{address, build};
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// What the program itself would say of a message, as someone else would have to send it.
fn forged_event(author: &Keypair, signer: Address, is_signer: bool) -> Instruction {
    let event = MessagePublished {
        version: EVENT_VERSION,
        thread: THREAD.0,
        hash: [1; 32],
        author: author.pubkey(),
        sequence: 0.into(),
        published_at: 0.into(),
    };
    let data = [EVENT_IX_TAG_LE, &event.data()].concat();
    Instruction {
        program_id: chorale::ID,
        accounts: vec![AccountMeta::new_readonly(signer, is_signer)],
        data,
    }
}

#[test]
fn an_event_that_the_program_did_not_emit() {
    let mut chain = Chain::new();
    let (alice, _) = alice_and_bob(&mut chain);
    let unsigned = forged_event(&alice, address::event_authority(), false);
    let refusal = refused(&mut chain, |chain| chain.send(&[unsigned], &alice));
    assert_eq!(refusal, "MissingRequiredSignature");
    let own_signature = forged_event(&alice, alice.pubkey(), true);
    let refusal = refused(&mut chain, |chain| chain.send(&[own_signature], &alice));
    assert_eq!(refusal, "InvalidSeeds", "only the event authority signs events");
}

#[test]
fn instruction_data_that_is_cut_short_or_unknown() {
    let mut chain = Chain::new();
    let (alice, _) = alice_and_bob(&mut chain);
    for length in [0, 7, 8, 39] {
        let mut publish = build::publish(wallet(&alice), THREAD, hash(1));
        publish.data.truncate(length);
        refused(&mut chain, |chain| chain.send(&[publish], &alice));
    }
}
