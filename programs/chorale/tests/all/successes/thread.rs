//! Threads begin and end.

use crate::harness::*;
use chorale_domain::event::Event;
use solana_signer::Signer;

#[test]
fn a_thread_begins_with_its_creator_as_member_0() {
    let mut chain = Chain::new();
    let alice = chain.wallet();
    let sent = chain.create_thread(&alice, 10_000).unwrap();
    let created_at = chain.time();
    let (thread, creator) = (THREAD, wallet(&alice));
    assert_eq!(sent.events, [Event::ThreadCreated { thread, creator, approval_bps: 10_000, created_at }]);
    let thread = chain.thread();
    assert_eq!(thread.members().count(), 1);
    assert_eq!((thread.seats.members[0].wallet, thread.seats.members[0].number.get()), (alice.pubkey(), 0));
    assert_eq!((thread.next_member.get(), thread.created_at.get()), (1, created_at));
}

#[test]
fn every_approval_rule_from_1_to_10_000_basis_points_can_be_chosen() {
    for approval_bps in [1, 3_333, 10_000] {
        let mut chain = Chain::new();
        let alice = chain.wallet();
        chain.create_thread(&alice, approval_bps).unwrap();
        assert_eq!(chain.thread().approval_bps.get(), approval_bps);
    }
}

#[test]
fn the_sole_co_author_archives_a_thread_and_keeps_the_seat() {
    let mut chain = Chain::new();
    let alice = chain.thread_of(1, 10_000).remove(0);
    chain.endow(&alice, 150);
    let before = chain.thread();
    chain.wait(5);
    let sent = chain.archive(&alice).unwrap();
    let (thread, wallet, archived_at) = (THREAD, wallet(&alice), chain.time());
    assert_eq!(sent.events, [Event::ThreadArchived { thread, wallet, member: 0, archived_at }]);
    let thread = chain.thread();
    assert!(thread.is_archived());
    assert_eq!((thread.seats, thread.token_balance), (before.seats, before.token_balance));
    assert_eq!(thread.updated_at.get(), archived_at);
}
