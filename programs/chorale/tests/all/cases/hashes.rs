//! The same hash again.

use crate::harness::*;
use chorale::{address, build};
use chorale_domain::id::ThreadId;

#[test]
fn the_same_hash_proposed_twice() {
    let mut chain = Chain::new();
    let (_, bob) = alice_and_bob(&mut chain);
    let carol = chain.wallet();
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    for author in [&bob, &carol] {
        assert_eq!(refused(&mut chain, |chain| chain.propose(author, hash(1), MIN_STAKE)), "HashTaken");
    }
}

#[test]
fn the_same_hash_proposed_twice_in_one_transaction() {
    let mut chain = Chain::new();
    let (_, bob) = alice_and_bob(&mut chain);
    let propose = build::propose(&chain.deployment, wallet(&bob), THREAD, hash(1), MIN_STAKE, 0);
    let refusal = refused(&mut chain, |chain| chain.send(&[propose.clone(), propose], &bob));
    assert_eq!(refusal, "HashTaken");
    assert_eq!(chain.tokens(&bob), TOKENS);
}

#[test]
fn a_rejected_hash_is_proposed_again_and_published() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    for _ in 0..2 {
        chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
        chain.vote(&alice, hash(1), &bob, false).unwrap();
    }
    chain.publish(&alice, hash(1)).expect("the hash was let go");
    assert_eq!(refused(&mut chain, |chain| chain.propose(&bob, hash(1), MIN_STAKE)), "HashTaken");
}

#[test]
fn an_approved_hash_is_in_the_log_for_good() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    let carol = chain.wallet();
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    chain.vote(&alice, hash(1), &bob, true).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.propose(&carol, hash(1), MIN_STAKE)), "HashTaken");
    for author in [&alice, &bob] {
        assert_eq!(refused(&mut chain, |chain| chain.publish(author, hash(1))), "HashTaken");
    }
}

#[test]
fn a_cancelled_hash_is_proposed_again_by_another() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    let carol = chain.wallet();
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    chain.cancel(&bob, hash(1)).unwrap();
    chain.propose(&carol, hash(1), MIN_STAKE).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.cancel(&bob, hash(1))), "NotProposalAuthor");
    chain.vote(&alice, hash(1), &carol, true).unwrap();
    assert!(chain.member(&carol).is_some() && chain.member(&bob).is_none());
}

#[test]
fn an_expired_hash_is_proposed_again_with_a_life_of_its_own() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let carol = chain.wallet();
    chain.propose(&carol, hash(1), MIN_STAKE).unwrap();
    chain.vote(&co_authors[0], hash(1), &carol, true).unwrap();
    chain.wait(TTL);
    chain.expire(&carol, hash(1), &carol).unwrap();
    chain.propose(&carol, hash(1), MIN_STAKE).unwrap();
    let proposal = chain.proposal(hash(1)).unwrap();
    assert!(proposal.ballot.is_empty(), "votes on the first one are not votes on this one");
    assert_eq!(proposal.expires_at.get(), chain.time() + TTL);
    chain.vote(&co_authors[0], hash(1), &carol, true).expect("who voted on the first one votes again");
}

#[test]
fn a_hash_is_published_while_proposed_or_proposed_while_published() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.publish(&alice, hash(1))), "HashTaken");
    chain.publish(&alice, hash(2)).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.propose(&bob, hash(2), MIN_STAKE)), "HashTaken");
}

#[test]
fn the_same_hash_lives_in_two_threads() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    let other = ThreadId([9; 32]);
    let create = build::create_thread(wallet(&alice), other, 10_000);
    chain.send(&[create, build::publish(wallet(&alice), other, hash(1))], &alice).unwrap();
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    chain.vote(&alice, hash(1), &bob, true).unwrap();
    assert_ne!(address::content(THREAD, hash(1)), address::content(other, hash(1)));
}
