//! Accounts that were closed, or do not exist yet, and get lamports or come back in the same transaction.

use crate::harness::*;
use chorale::{address, build};
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// More than any account here needs to be exempt from rent.
const PLENTY: u64 = 50_000_000;

/// The system program's transfer of lamports.
fn send_lamports(from: &Keypair, to: Address) -> Instruction {
    let data = [&2_u32.to_le_bytes()[..], &PLENTY.to_le_bytes()].concat();
    let accounts = vec![AccountMeta::new(from.pubkey(), true), AccountMeta::new(to, false)];
    Instruction { program_id: address::SYSTEM_PROGRAM, accounts, data }
}

/// A thread whose sole co-author can vote on what someone else proposed.
fn proposed(chain: &mut Chain) -> (Keypair, Keypair, Address) {
    let (alice, bob) = alice_and_bob(chain);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    (alice, bob, address::content(THREAD, hash(1)))
}

/// The account is an empty one of the system program, whatever lamports it has, and can be used again.
fn is_dead(chain: &mut Chain, alice: &Keypair, bob: &Keypair, account: &Address) {
    let left = chain.svm.get_account(account).unwrap_or_default();
    assert_eq!((left.owner, left.data.len()), (address::SYSTEM_PROGRAM, 0));
    for refusal in [
        refused(chain, |chain| chain.vote(alice, hash(1), bob, true)),
        refused(chain, |chain| chain.cancel(bob, hash(1))),
        refused(chain, |chain| chain.expire(bob, hash(1), bob)),
    ] {
        assert_eq!(refusal, "AccountDataTooSmall", "there is no proposal any more");
    }
    let thread = chain.thread();
    assert_eq!((thread.open_proposals.get(), thread.escrow.get()), (0, 0));
    chain.propose(bob, hash(1), MIN_STAKE).expect("lamports at the address are in nobody's way");
    assert!(chain.proposal(hash(1)).unwrap().ballot.is_empty());
}

#[test]
fn a_proposal_cancelled_and_proposed_again_in_the_same_transaction_is_a_fresh_one() {
    let mut chain = Chain::new();
    let (alice, bob, _) = proposed(&mut chain);
    chain.wait(10);
    let me = wallet(&bob);
    let cancel = build::cancel(&chain.deployment, me, THREAD, hash(1));
    let again = build::propose(&chain.deployment, me, THREAD, hash(1), 300, 0);
    let sent = chain.send(&[cancel, again], &bob).unwrap();
    assert_eq!(sent.kinds(), ["proposal_cancelled", "proposal_created"]);
    let proposal = chain.proposal(hash(1)).unwrap();
    assert_eq!((proposal.stake.get(), proposal.expires_at.get()), (300, chain.time() + TTL));
    assert_eq!((chain.thread().open_proposals.get(), chain.thread().escrow.get()), (1, 300));
    chain.vote(&alice, hash(1), &bob, true).unwrap();
}

#[test]
fn a_proposal_rejected_proposed_again_and_approved_in_the_same_transaction() {
    let mut chain = Chain::new();
    let (alice, bob, _) = proposed(&mut chain);
    let (me, author) = (wallet(&alice), wallet(&bob));
    let vote = |stake, approve| build::vote(me, THREAD, hash(1), author, stake, approve);
    let again = build::propose(&chain.deployment, author, THREAD, hash(1), 300, 0);
    let sent = chain.send_signed(&[vote(MIN_STAKE, false), again, vote(300, true)], &[&alice, &bob]).unwrap();
    let kinds = ["vote_cast", "proposal_rejected", "proposal_created", "vote_cast", "proposal_approved"];
    assert_eq!(sent.kinds(), kinds);
    assert_eq!(chain.message(hash(1)).unwrap().author, bob.pubkey());
}

#[test]
fn lamports_sent_to_a_cancelled_proposal_in_the_same_transaction_do_not_revive_it() {
    let mut chain = Chain::new();
    let (alice, bob, account) = proposed(&mut chain);
    let cancel = build::cancel(&chain.deployment, wallet(&bob), THREAD, hash(1));
    chain.send(&[cancel, send_lamports(&bob, account)], &bob).unwrap();
    assert_eq!(chain.lamports(&account), PLENTY);
    is_dead(&mut chain, &alice, &bob, &account);
}

#[test]
fn lamports_sent_to_a_rejected_proposal_in_the_same_transaction_do_not_revive_it() {
    let mut chain = Chain::new();
    let (alice, bob, account) = proposed(&mut chain);
    let vote = build::vote(wallet(&alice), THREAD, hash(1), wallet(&bob), MIN_STAKE, false);
    chain.send(&[vote, send_lamports(&alice, account)], &alice).unwrap();
    is_dead(&mut chain, &alice, &bob, &account);
}

#[test]
fn lamports_sent_to_an_expired_proposal_in_the_same_transaction_do_not_revive_it() {
    let mut chain = Chain::new();
    let (alice, bob, account) = proposed(&mut chain);
    chain.wait(TTL);
    let expire = build::expire(wallet(&alice), THREAD, hash(1), wallet(&bob));
    chain.send(&[expire, send_lamports(&alice, account)], &alice).unwrap();
    is_dead(&mut chain, &alice, &bob, &account);
}

#[test]
fn a_closed_proposal_cannot_be_ended_again_in_the_same_transaction() {
    let mut chain = Chain::new();
    let (_, bob, account) = proposed(&mut chain);
    let cancel = build::cancel(&chain.deployment, wallet(&bob), THREAD, hash(1));
    for between in [vec![], vec![send_lamports(&bob, account)]] {
        let twice = [vec![cancel.clone()], between, vec![cancel.clone()]].concat();
        assert_eq!(refused(&mut chain, |chain| chain.send(&twice, &bob)), "AccountDataTooSmall");
    }
    assert_eq!(chain.tokens(&bob), TOKENS - MIN_STAKE, "nothing was paid out");
}

#[test]
fn an_approved_proposal_cannot_be_decided_or_cancelled_again_in_the_same_transaction() {
    let mut chain = Chain::new();
    let (alice, bob, account) = proposed(&mut chain);
    let vote = build::vote(wallet(&alice), THREAD, hash(1), wallet(&bob), MIN_STAKE, true);
    let settle = build::settle(wallet(&alice), THREAD, hash(1), wallet(&bob));
    let cancel = build::cancel(&chain.deployment, wallet(&bob), THREAD, hash(1));
    for again in [vote.clone(), settle, cancel] {
        let twice = [vote.clone(), send_lamports(&bob, account), again];
        let refusal = refused(&mut chain, |chain| chain.send_signed(&twice, &[&alice, &bob]));
        assert_eq!(refusal, "AccountDataTooSmall", "it is a message's record now");
    }
}

#[test]
fn lamports_sent_to_an_approved_proposal_stay_in_the_messages_record() {
    let mut chain = Chain::new();
    let (alice, bob, account) = proposed(&mut chain);
    let vote = build::vote(wallet(&alice), THREAD, hash(1), wallet(&bob), MIN_STAKE, true);
    chain.send(&[vote, send_lamports(&alice, account)], &alice).unwrap();
    let record = chain.svm.get_account(&account).unwrap();
    assert_eq!(record.lamports, chain.svm.minimum_balance_for_rent_exemption(record.data.len()) + PLENTY);
    assert_eq!(chain.message(hash(1)).unwrap().author, bob.pubkey());
}

#[test]
fn lamports_sent_to_an_open_proposal_are_its_authors_in_the_end() {
    let mut chain = Chain::new();
    let (alice, bob, account) = proposed(&mut chain);
    chain.send(&[send_lamports(&alice, account)], &alice).unwrap();
    let (lamports, rent) = (chain.lamports(&bob.pubkey()), chain.lamports(&account));
    chain.vote(&alice, hash(1), &bob, false).unwrap();
    assert_eq!(chain.lamports(&bob.pubkey()), lamports + rent);
}

#[test]
fn a_wallet_sent_lamports_to_the_next_address_cannot_block_it() {
    let mut chain = Chain::new();
    let alice = chain.thread_of(1, 10_000).remove(0);
    chain.svm.airdrop(&address::content(THREAD, hash(1)), 1_000_000).unwrap();
    chain.publish(&alice, hash(1)).expect("a prefunded address is used all the same");
    let bob = chain.wallet();
    chain.svm.airdrop(&address::content(THREAD, hash(2)), 1_000_000).unwrap();
    chain.propose(&bob, hash(2), MIN_STAKE).expect("a prefunded address is used all the same");
    chain.vote(&alice, hash(2), &bob, true).expect("and settles like any other");
}
