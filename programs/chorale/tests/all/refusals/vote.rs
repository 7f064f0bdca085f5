//! Refused: votes.

use crate::harness::*;
use chorale::{address, build};
use chorale_domain::id::ThreadId;

#[test]
fn the_last_seat_can_be_given_once_only() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(31, 1);
    let (first, second) = (chain.wallet(), chain.wallet());
    chain.propose(&first, hash(1), MIN_STAKE).unwrap();
    chain.propose(&second, hash(2), MIN_STAKE).unwrap();
    chain.vote(&co_authors[0], hash(1), &first, true).unwrap();
    let refusal = refused(&mut chain, |chain| chain.vote(&co_authors[0], hash(2), &second, true));
    assert_eq!(refusal, "ThreadFull");
}

#[test]
fn voting_by_a_stranger_or_the_author() {
    let mut chain = Chain::new();
    let (_, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    let mallory = chain.wallet();
    assert_eq!(refused(&mut chain, |chain| chain.vote(&mallory, hash(1), &bob, true)), "NotCoAuthor");
    assert_eq!(refused(&mut chain, |chain| chain.vote(&bob, hash(1), &bob, true)), "NotCoAuthor");
}

#[test]
fn a_second_vote() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let bob = chain.wallet();
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    chain.vote(&co_authors[0], hash(1), &bob, true).unwrap();
    for approve in [true, false] {
        let refusal = refused(&mut chain, |chain| chain.vote(&co_authors[0], hash(1), &bob, approve));
        assert_eq!(refusal, "AlreadyVoted");
    }
}

#[test]
fn a_vote_at_the_very_second_of_expiry_or_later() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    let end = chain.time() + TTL;
    for now in [end, end + 1] {
        chain.set_time(now);
        assert_eq!(refused(&mut chain, |chain| chain.vote(&alice, hash(1), &bob, true)), "ProposalExpired");
    }
    chain.set_time(end - 1);
    chain.vote(&alice, hash(1), &bob, true).expect("one second before the end a vote counts");
}

#[test]
fn a_vote_after_the_decision() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(3, 3_000);
    let bob = chain.wallet();
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    chain.vote(&co_authors[0], hash(1), &bob, true).unwrap();
    let refusal = refused(&mut chain, |chain| chain.vote(&co_authors[1], hash(1), &bob, true));
    assert_eq!(refusal, "AccountDataTooSmall", "the proposal's account is a message's record now");
}

#[test]
fn a_vote_with_anothers_proposal_or_rent_receiver() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    let thief = chain.wallet();
    let refusal = refused(&mut chain, |chain| chain.vote(&alice, hash(1), &thief, false));
    assert_eq!(refusal, "NotProposalAuthor");

    let other = ThreadId([9; 32]);
    chain.send(&[build::create_thread(wallet(&thief), other, 10_000)], &thief).unwrap();
    let mut vote = build::vote(wallet(&thief), THREAD, hash(1), wallet(&bob), MIN_STAKE, true);
    vote.accounts[1].pubkey = address::thread(other);
    assert_eq!(refused(&mut chain, |chain| chain.send(&[vote], &thief)), "ProposalNotOfThread");
}

#[test]
fn a_vote_meant_for_another_stake() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), 1_000).unwrap();
    for stake in [0, 999, 1_001, u64::MAX] {
        let vote = build::vote(wallet(&alice), THREAD, hash(1), wallet(&bob), stake, true);
        assert_eq!(refused(&mut chain, |chain| chain.send(&[vote], &alice)), "StakeDiffers", "{stake}");
    }
}

#[test]
fn a_vote_on_what_was_cancelled_and_proposed_again_with_less_at_stake() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), 500_000).unwrap();
    let vote = build::vote(wallet(&alice), THREAD, hash(1), wallet(&bob), 500_000, true);
    chain.cancel(&bob, hash(1)).unwrap();
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.send(&[vote], &alice)), "StakeDiffers");
}
