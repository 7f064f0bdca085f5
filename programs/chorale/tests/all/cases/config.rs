//! The configuration changes while proposals are open.

use crate::harness::*;
use chorale::build;
use chorale::state::Settings;

#[test]
fn an_open_proposal_keeps_the_expiry_it_was_made_with_and_new_ones_get_the_new() {
    for ttl in [TTL / 10, TTL * 10] {
        let mut chain = Chain::new();
        let (alice, bob) = alice_and_bob(&mut chain);
        chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
        let end = chain.time() + TTL;
        chain.configure(Settings { proposal_ttl: ttl, ..SETTINGS }).unwrap();
        assert_eq!(chain.proposal(hash(1)).unwrap().expires_at.get(), end);
        chain.propose(&bob, hash(2), MIN_STAKE).unwrap();
        assert_eq!(chain.proposal(hash(2)).unwrap().expires_at.get(), chain.time() + ttl);
        chain.set_time(end - 1);
        assert_eq!(refused(&mut chain, |chain| chain.expire(&alice, hash(1), &bob)), "NotExpired");
        chain.set_time(end);
        chain.expire(&alice, hash(1), &bob).unwrap();
    }
}

#[test]
fn a_higher_least_stake_is_asked_of_new_proposals_only() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    chain.configure(Settings { min_stake: 500, ..SETTINGS }).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.propose(&bob, hash(2), 499)), "StakeTooLow");
    chain.propose(&bob, hash(2), 500).unwrap();
    chain.vote(&alice, hash(1), &bob, true).expect("what was staked enough stays enough");
    assert_eq!(chain.claimable(&alice), MIN_STAKE);
}

#[test]
fn a_longer_or_shorter_cooldown_is_everyones_from_then_on() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let joined_at = chain.time();
    chain.configure(Settings { divest_cooldown: 1_000, ..SETTINGS }).unwrap();
    chain.set_time(joined_at + COOLDOWN);
    assert_eq!(refused(&mut chain, |chain| chain.divest(&co_authors[0])), "CooldownRunning");
    chain.set_time(joined_at + 1_000);
    chain.divest(&co_authors[0]).unwrap();
    chain.set_time(joined_at);
    assert_eq!(refused(&mut chain, |chain| chain.divest(&co_authors[1])), "CooldownRunning");
    chain.configure(Settings { divest_cooldown: 0, ..SETTINGS }).unwrap();
    chain.divest(&co_authors[1]).expect("who joined this second may leave where there is no cooldown");
}

#[test]
fn what_a_thread_must_keep_is_what_the_configuration_says_when_someone_leaves() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    chain.endow(&co_authors[0], 300);
    chain.wait(COOLDOWN);
    chain.configure(Settings { min_thread_balance: 200, ..SETTINGS }).unwrap();
    chain.divest(&co_authors[1]).unwrap();
    assert_eq!(chain.thread().token_balance.get(), 200, "half would be 150");
    chain.configure(Settings { min_thread_balance: u64::MAX, ..SETTINGS }).unwrap();
    chain.divest(&co_authors[0]).unwrap();
    assert_eq!(chain.thread().token_balance.get(), 200, "more than there is means all of it");
}

#[test]
fn a_proposal_made_before_the_authority_changed_hands_is_decided_as_before() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    let successor = chain.wallet();
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    let pending = Some(wallet(&successor));
    chain.govern(|authority| build::propose_authority(authority, pending)).unwrap();
    chain.send(&[build::accept_authority(wallet(&successor))], &successor).unwrap();
    chain.vote(&alice, hash(1), &bob, true).unwrap();
    chain.claim(&alice).expect("the vault belongs to the deployment, not to its authority");
}
