//! Refused: proposing.

use crate::harness::*;
use chorale::{address, build};
use chorale_domain::id::Hash32;

#[test]
fn proposing_as_a_co_author_or_below_the_minimum_or_the_zero_hash() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    assert_eq!(refused(&mut chain, |chain| chain.propose(&alice, hash(1), MIN_STAKE)), "AlreadyCoAuthor");
    assert_eq!(refused(&mut chain, |chain| chain.propose(&bob, hash(1), MIN_STAKE - 1)), "StakeTooLow");
    assert_eq!(refused(&mut chain, |chain| chain.propose(&bob, Hash32::ZERO, MIN_STAKE)), "ZeroHash");
}

#[test]
fn proposing_a_hash_that_is_pending_or_in_the_log() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    let carol = chain.wallet();
    assert_eq!(refused(&mut chain, |chain| chain.propose(&carol, hash(1), MIN_STAKE)), "HashTaken");
    assert_eq!(refused(&mut chain, |chain| chain.publish(&alice, hash(1))), "HashTaken");
    chain.vote(&alice, hash(1), &bob, true).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.propose(&carol, hash(1), MIN_STAKE)), "HashTaken");
}

#[test]
fn staking_more_than_one_has_or_from_anothers_account() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    assert_eq!(refused(&mut chain, |chain| chain.propose(&bob, hash(1), TOKENS + 1)), "Custom(1)");
    let mut propose = build::propose(&chain.deployment, wallet(&bob), THREAD, hash(1), MIN_STAKE, 0);
    propose.accounts[6].pubkey = chain.token_address(&alice);
    assert_eq!(refused(&mut chain, |chain| chain.send(&[propose], &bob)), "Custom(4)", "owner mismatch");
}

#[test]
fn a_vault_mint_or_token_program_that_is_not_the_deployments() {
    let mut chain = Chain::new();
    let (_, bob) = alice_and_bob(&mut chain);
    let propose = build::propose(&chain.deployment, wallet(&bob), THREAD, hash(1), MIN_STAKE, 0);
    let stranger = chain.wallet();
    let other_account = chain.token_address(&stranger);
    for (index, account, error) in [
        (5, other_account, "WrongMint"),
        (7, other_account, "InvalidSeeds"),
        (8, address::SYSTEM_PROGRAM, "UnsupportedTokenProgram"),
    ] {
        let mut altered = propose.clone();
        altered.accounts[index].pubkey = account;
        assert_eq!(refused(&mut chain, |chain| chain.send(&[altered], &bob)), error, "account {index}");
    }
}

#[test]
fn a_full_thread_takes_no_proposals() {
    let mut chain = Chain::new();
    chain.thread_of(32, 1);
    let late = chain.wallet();
    assert_eq!(refused(&mut chain, |chain| chain.propose(&late, hash(1), MIN_STAKE)), "ThreadFull");
}

#[test]
fn a_proposal_that_would_expire_before_its_author_wants() {
    let mut chain = Chain::new();
    let (_, bob) = alice_and_bob(&mut chain);
    let expiry = chain.time() + TTL;
    let propose = |until| build::propose(&chain.deployment, wallet(&bob), THREAD, hash(1), MIN_STAKE, until);
    let (late, exact) = (propose(expiry + 1), propose(expiry));
    assert_eq!(refused(&mut chain, |chain| chain.send(&[late], &bob)), "ExpiresTooSoon");
    chain.send(&[exact], &bob).unwrap();
}
