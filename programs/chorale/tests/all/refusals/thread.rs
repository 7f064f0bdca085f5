//! Refused: threads that cannot be, or have ended.

use crate::harness::*;
use chorale::state::Thread;
use chorale::{address, build};
use chorale_domain::id::ThreadId;
use solana_address::Address;
use solana_signer::Signer;

#[test]
fn an_approval_rule_outside_its_range() {
    let mut chain = Chain::new();
    let alice = chain.wallet();
    for bps in [0, 10_001, u16::MAX] {
        assert_eq!(refused(&mut chain, |chain| chain.create_thread(&alice, bps)), "InvalidApprovalRule");
    }
}

#[test]
fn a_thread_id_that_is_taken() {
    let mut chain = Chain::new();
    let (_, bob) = alice_and_bob(&mut chain);
    assert_eq!(refused(&mut chain, |chain| chain.create_thread(&bob, 10_000)), "Custom(0)");
}

#[test]
fn a_thread_account_that_is_not_the_ids() {
    let mut chain = Chain::new();
    let alice = chain.wallet();
    let mut create = build::create_thread(wallet(&alice), THREAD, 10_000);
    create.accounts[2].pubkey = address::thread(ThreadId([8; 32]));
    assert_eq!(refused(&mut chain, |chain| chain.send(&[create], &alice)), "InvalidSeeds");
}

#[test]
fn a_look_alike_thread_that_the_program_does_not_own() {
    let mut chain = Chain::new();
    let (_, bob) = alice_and_bob(&mut chain);
    let mut fake = chain.svm.get_account(&address::thread(THREAD)).unwrap();
    let seat = 8 + std::mem::offset_of!(Thread, seats.members);
    fake.data[seat..seat + 32].copy_from_slice(bob.pubkey().as_ref());
    fake.owner = Address::new_unique();
    let look_alike = Address::new_unique();
    chain.svm.set_account(look_alike, fake).unwrap();
    let mut publish = build::publish(wallet(&bob), THREAD, hash(1));
    publish.accounts[2].pubkey = look_alike;
    assert_eq!(refused(&mut chain, |chain| chain.send(&[publish], &bob)), "IllegalOwner");
}

#[test]
fn an_archived_thread_takes_nothing_more() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    chain.wait(COOLDOWN);
    chain.divest(&alice).unwrap();
    assert!(chain.thread().is_archived());
    assert_eq!(refused(&mut chain, |chain| chain.publish(&alice, hash(2))), "ThreadArchived");
    assert_eq!(refused(&mut chain, |chain| chain.propose(&bob, hash(2), MIN_STAKE)), "ThreadArchived");
    assert_eq!(refused(&mut chain, |chain| chain.vote(&alice, hash(1), &bob, true)), "ThreadArchived");
    assert_eq!(refused(&mut chain, |chain| chain.settle(&bob, hash(1), &bob)), "ThreadArchived");
    assert_eq!(refused(&mut chain, |chain| chain.archive(&alice)), "ThreadArchived");
}

#[test]
fn archiving_as_a_stranger_or_one_of_two_or_with_open_proposals_or_twice() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let (alice, bob) = (&co_authors[0], &co_authors[1]);
    let stranger = chain.wallet();
    assert_eq!(refused(&mut chain, |chain| chain.archive(&stranger)), "NotCoAuthor");
    assert_eq!(refused(&mut chain, |chain| chain.archive(alice)), "NotSoleCoAuthor");
    chain.wait(COOLDOWN);
    chain.divest(bob).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.archive(bob)), "NotCoAuthor", "who left has no say");
    chain.propose(&stranger, hash(1), MIN_STAKE).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.archive(alice)), "ProposalsOpen");
    chain.cancel(&stranger, hash(1)).unwrap();
    chain.archive(alice).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.archive(alice)), "ThreadArchived");
}
