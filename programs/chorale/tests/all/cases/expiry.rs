//! At every second a proposal can either be decided or expired, never both, never neither.

use crate::harness::*;
use solana_keypair::Keypair;

/// A thread in which `hash(1)` is decided for whoever settles it, and its author.
fn decided(chain: &mut Chain) -> (Vec<Keypair>, Keypair) {
    let co_authors = chain.thread_of(2, 10_000);
    let carol = chain.wallet();
    chain.wait(COOLDOWN);
    chain.propose(&carol, hash(1), MIN_STAKE).unwrap();
    chain.vote(&co_authors[0], hash(1), &carol, true).unwrap();
    chain.divest(&co_authors[1]).unwrap();
    (co_authors, carol)
}

#[test]
fn one_second_before_it_expires_a_proposal_is_voted_on() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    let end = chain.proposal(hash(1)).unwrap().expires_at.get();
    chain.set_time(end - 1);
    assert_eq!(refused(&mut chain, |chain| chain.expire(&bob, hash(1), &bob)), "NotExpired");
    chain.vote(&alice, hash(1), &bob, true).unwrap();
}

#[test]
fn one_second_before_it_expires_a_proposal_is_settled() {
    let mut chain = Chain::new();
    let (_, carol) = decided(&mut chain);
    let end = chain.proposal(hash(1)).unwrap().expires_at.get();
    chain.set_time(end - 1);
    assert_eq!(refused(&mut chain, |chain| chain.expire(&carol, hash(1), &carol)), "NotExpired");
    chain.settle(&carol, hash(1), &carol).unwrap();
}

#[test]
fn at_the_second_it_expires_a_proposal_is_expired_and_nothing_else() {
    let mut chain = Chain::new();
    let (co_authors, carol) = decided(&mut chain);
    let end = chain.proposal(hash(1)).unwrap().expires_at.get();
    chain.set_time(end);
    let refusal = refused(&mut chain, |chain| chain.settle(&carol, hash(1), &carol));
    assert_eq!(refusal, "ProposalExpired", "even what the votes had decided");
    for voter in [&co_authors[0], &co_authors[1]] {
        let refusal = refused(&mut chain, |chain| chain.vote(voter, hash(1), &carol, true));
        assert_eq!(refusal, "ProposalExpired");
    }
    chain.expire(&carol, hash(1), &carol).unwrap();
    assert_eq!(chain.treasury().balance.get(), MIN_STAKE);
}

#[test]
fn long_after_it_expired_a_proposal_is_still_expired_by_anyone() {
    let mut chain = Chain::new();
    let (_, carol) = decided(&mut chain);
    let anyone = chain.wallet();
    chain.wait(100 * TTL);
    assert_eq!(chain.expire(&anyone, hash(1), &carol).unwrap().kinds(), ["proposal_expired"]);
}

#[test]
fn a_proposal_without_votes_is_cancelled_after_its_end_as_long_as_nobody_expired_it() {
    let mut chain = Chain::new();
    let (_, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    chain.wait(TTL + 1);
    chain.cancel(&bob, hash(1)).unwrap();
    assert_eq!(chain.tokens(&bob), TOKENS);
}
