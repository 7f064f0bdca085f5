//! Transactions as a node gives them out.

use crate::source::EncodedTransaction;
use anchor_lang::Event;
use anchor_lang::event::EVENT_IX_TAG_LE;
use anchor_lang::prelude::Address;
use chorale::event::{
    ConfigInitialized, EVENT_VERSION, MessagePublished, ProposalApproved, ProposalCreated, ProposalRejected,
    ThreadCreated, VoteCast,
};
use chorale::state::{Approvers, MAX_CO_AUTHORS};
use chorale_domain::id::Wallet;
use serde_json::{Value, json};

pub(super) const PROGRAM: Wallet = Wallet([9; 32]);
pub(super) const OTHER_PROGRAM: Wallet = Wallet([8; 32]);
pub(super) const THREAD: [u8; 32] = [1; 32];
pub(super) const ALICE: Address = Address::new_from_array([10; 32]);
pub(super) const BOB: Address = Address::new_from_array([11; 32]);

/// What the program sends to itself.
pub(super) fn event_data(event: &impl Event) -> Vec<u8> {
    [EVENT_IX_TAG_LE, event.data().as_slice()].concat()
}

/// A successful transaction whose instruction 0 made these calls: program and data.
pub(super) fn transaction(slot: u64, calls: &[(Wallet, Vec<u8>)]) -> EncodedTransaction {
    serde_json::from_value(json(slot, calls)).unwrap()
}

/// A transaction that failed.
pub(super) fn failed(slot: u64) -> EncodedTransaction {
    serde_json::from_value(failed_json(slot, &[])).unwrap()
}

pub(super) fn failed_json(slot: u64, calls: &[(Wallet, Vec<u8>)]) -> Value {
    let mut value = json(slot, calls);
    let error = json!({ "InstructionError": [0, { "Custom": 6000 }] });
    value["meta"]["err"] = error.clone();
    value["meta"]["status"] = json!({ "Err": error });
    value
}

/// The same as [`transaction`], as JSON. Accounts are a payer, the program and, from a lookup table, the other program.
pub(super) fn json(slot: u64, calls: &[(Wallet, Vec<u8>)]) -> Value {
    let index = |program: &Wallet| if *program == PROGRAM { 1 } else { 2 };
    let calls: Vec<_> = calls.iter().map(|(program, data)| instruction(index(program), data)).collect();
    let message = json!({
        "header": { "numRequiredSignatures": 1, "numReadonlySignedAccounts": 0, "numReadonlyUnsignedAccounts": 1 },
        "accountKeys": [ALICE.to_string(), PROGRAM.to_string()],
        "recentBlockhash": "11111111111111111111111111111111",
        "instructions": [instruction(1, &[1])],
    });
    json!({
        "slot": slot,
        "blockTime": 1_700_000_000 + slot,
        "transaction": { "signatures": [], "message": message },
        "meta": {
            "err": null, "status": { "Ok": null }, "fee": 5000, "preBalances": [], "postBalances": [],
            "innerInstructions": [{ "index": 0, "instructions": calls }],
            "loadedAddresses": { "writable": [], "readonly": [OTHER_PROGRAM.to_string()] },
        },
    })
}

fn instruction(program: u8, data: &[u8]) -> Value {
    json!({ "programIdIndex": program, "accounts": [], "data": bs58::encode(data).into_string(), "stackHeight": 2 })
}

pub(super) fn initialized() -> Vec<u8> {
    event_data(&ConfigInitialized {
        version: EVENT_VERSION,
        authority: ALICE,
        anchor_authority: ALICE,
        mint: BOB,
        token_program: ALICE,
        decimals: 6,
        min_stake: 5.into(),
        proposal_ttl: 60.into(),
        divest_cooldown: 60.into(),
        min_thread_balance: 1.into(),
    })
}

pub(super) fn created() -> Vec<u8> {
    created_as(THREAD)
}

/// Another thread.
pub(super) fn created_as(thread: [u8; 32]) -> Vec<u8> {
    event_data(&ThreadCreated {
        version: EVENT_VERSION,
        thread,
        creator: ALICE,
        approval_bps: 10_000.into(),
        created_at: 100.into(),
    })
}

pub(super) fn published(hash: [u8; 32], sequence: u64) -> Vec<u8> {
    let (version, sequence, published_at) = (EVENT_VERSION, sequence.into(), 110.into());
    event_data(&MessagePublished { version, thread: THREAD, hash, author: ALICE, sequence, published_at })
}

pub(super) fn proposed(hash: [u8; 32]) -> Vec<u8> {
    event_data(&ProposalCreated {
        version: EVENT_VERSION,
        thread: THREAD,
        hash,
        author: BOB,
        stake: 7.into(),
        created_at: 120.into(),
        expires_at: 180.into(),
        escrow: 7.into(),
    })
}

pub(super) fn voted(hash: [u8; 32], approve: bool) -> Vec<u8> {
    event_data(&VoteCast {
        version: EVENT_VERSION,
        thread: THREAD,
        hash,
        voter: ALICE,
        member: 0.into(),
        approve: approve.into(),
        voted_at: 130.into(),
    })
}

pub(super) fn approved(hash: [u8; 32], sequence: u64) -> Vec<u8> {
    event_data(&ProposalApproved {
        version: EVENT_VERSION,
        thread: THREAD,
        hash,
        author: BOB,
        settled_by: ALICE,
        member: 1.into(),
        sequence: sequence.into(),
        approvers: Approvers { count: 1, members: [0.into(); MAX_CO_AUTHORS] },
        share: 7.into(),
        to_treasury: 0.into(),
        approved_at: 130.into(),
        escrow: 0.into(),
        treasury: 0.into(),
    })
}

pub(super) fn rejected(hash: [u8; 32]) -> Vec<u8> {
    event_data(&ProposalRejected {
        version: EVENT_VERSION,
        thread: THREAD,
        hash,
        author: BOB,
        settled_by: ALICE,
        to_treasury: 0.into(),
        to_thread: 7.into(),
        rejected_at: 130.into(),
        escrow: 0.into(),
        token_balance: 7.into(),
        treasury: 0.into(),
    })
}
