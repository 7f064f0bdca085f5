//! Who proposes, votes and comes back.

use crate::harness::*;
use chorale_domain::event::Event;

#[test]
fn an_author_who_is_a_co_author_by_another_proposal_meanwhile_keeps_one_seat() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), 100).unwrap();
    chain.propose(&bob, hash(2), 100).unwrap();
    chain.vote(&alice, hash(1), &bob, true).unwrap();
    let joined_at = chain.member(&bob).unwrap().joined_at;
    chain.wait(10);
    chain.vote(&alice, hash(2), &bob, true).unwrap();
    let last = chain.vote(&bob, hash(2), &bob, true).unwrap();
    assert_eq!(last.kinds(), ["vote_cast", "proposal_approved"]);
    let bobs = chain.member(&bob).unwrap();
    assert_eq!((bobs.number.get(), bobs.joined_at, chain.thread().seats.count), (1, joined_at, 2));
    assert_eq!(chain.thread().next_member.get(), 2, "no number was used up");
}

#[test]
fn a_member_votes_on_their_own_proposal_and_earns_a_share_of_their_own_stake() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), 100).unwrap();
    chain.propose(&bob, hash(2), 501).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.vote(&bob, hash(2), &bob, true)), "NotCoAuthor");
    chain.vote(&alice, hash(1), &bob, true).unwrap();
    chain.vote(&bob, hash(2), &bob, true).unwrap();
    chain.vote(&alice, hash(2), &bob, true).unwrap();
    assert_eq!((chain.claimable(&alice), chain.claimable(&bob)), (100 + 250, 250));
    assert_eq!(chain.treasury().balance.get(), 1);
}

#[test]
fn a_member_rejects_their_own_proposal() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), 100).unwrap();
    chain.propose(&bob, hash(2), 500).unwrap();
    chain.vote(&alice, hash(1), &bob, true).unwrap();
    let last = chain.vote(&bob, hash(2), &bob, false).unwrap();
    assert_eq!(last.kinds(), ["vote_cast", "proposal_rejected"]);
    assert_eq!(chain.thread().token_balance.get(), 500);
}

#[test]
fn an_ex_member_proposes_again_and_gets_a_new_number() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let (alice, bob) = (&co_authors[0], &co_authors[1]);
    chain.wait(COOLDOWN);
    chain.divest(bob).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.publish(bob, hash(1))), "NotCoAuthor");
    chain.propose(bob, hash(1), MIN_STAKE).expect("who left is a stranger like any other");
    let approved = chain.vote(alice, hash(1), bob, true).unwrap();
    assert!(matches!(approved.events[1], Event::ProposalApproved { member: 2, .. }), "{approved:?}");
    let bobs = chain.member(bob).unwrap();
    assert_eq!((bobs.number.get(), bobs.joined_at.get(), bobs.claimable.get()), (2, chain.time(), 0));
    assert_eq!(refused(&mut chain, |chain| chain.divest(bob)), "CooldownRunning", "it begins anew");
}

#[test]
fn the_creator_leaves_and_comes_back_by_proposal_like_anyone() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let (alice, bob) = (&co_authors[0], &co_authors[1]);
    chain.wait(COOLDOWN);
    chain.divest(alice).unwrap();
    chain.propose(alice, hash(1), MIN_STAKE).unwrap();
    chain.vote(bob, hash(1), alice, true).unwrap();
    assert_eq!(chain.member(alice).unwrap().number.get(), 2);
    assert_eq!(chain.thread().seats.members[0].number.get(), 2, "in the seat that was free");
}

#[test]
fn an_author_who_joined_by_another_proposal_and_left_again_joins_anew() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), 100).unwrap();
    chain.propose(&bob, hash(2), 100).unwrap();
    chain.vote(&alice, hash(1), &bob, true).unwrap();
    chain.wait(COOLDOWN);
    chain.divest(&bob).unwrap();
    chain.vote(&alice, hash(2), &bob, true).unwrap();
    assert_eq!(chain.member(&bob).unwrap().number.get(), 2);
}
