//! The largest stakes, and shares that do not divide.

use crate::harness::*;
use chorale::build;
use chorale::state::Settings;
use chorale_domain::id::ThreadId;
use solana_keypair::Keypair;

/// A thread of `n`, an empty vault, and someone with every token there can be.
fn with_whale(chain: &mut Chain, n: usize) -> (Vec<Keypair>, Keypair) {
    let co_authors = chain.thread_of(n, 10_000);
    for co_author in &co_authors {
        if chain.claimable(co_author) > 0 {
            chain.claim(co_author).unwrap();
        }
    }
    let treasury = chain.treasury().balance.get();
    if treasury > 0 {
        chain.withdraw(treasury).unwrap();
    }
    let whale = chain.wallet();
    chain.give_tokens(&whale, u64::MAX);
    (co_authors, whale)
}

#[test]
fn a_stake_of_u64_max_is_shared_to_the_last_unit() {
    let mut chain = Chain::new();
    let (co_authors, whale) = with_whale(&mut chain, 4);
    chain.propose(&whale, hash(1), u64::MAX).unwrap();
    for voter in &co_authors {
        chain.vote(voter, hash(1), &whale, true).unwrap();
    }
    for co_author in &co_authors {
        chain.give_tokens(co_author, 0);
        chain.claim(co_author).unwrap();
        assert_eq!(chain.tokens(co_author), u64::MAX / 4);
    }
    chain.give_tokens(&chain.authority.insecure_clone(), 0);
    chain.withdraw(3).expect("the remainder of 4 shares");
    assert_eq!(chain.treasury().held.get(), 0);
}

#[test]
fn a_stake_of_u64_max_is_split_to_the_last_unit_when_it_is_rejected() {
    let mut chain = Chain::new();
    let (co_authors, whale) = with_whale(&mut chain, 3);
    chain.propose(&whale, hash(1), u64::MAX).unwrap();
    for (voter, approve) in co_authors.iter().zip([true, true, false]) {
        chain.vote(voter, hash(1), &whale, approve).unwrap();
    }
    let two_thirds = u64::MAX / 3 * 2;
    assert_eq!(chain.treasury().balance.get(), two_thirds);
    assert_eq!(chain.thread().token_balance.get(), u64::MAX - two_thirds);
}

#[test]
fn a_stake_of_u64_max_is_given_back_and_expires_like_any_other() {
    let mut chain = Chain::new();
    let (_, whale) = with_whale(&mut chain, 1);
    chain.propose(&whale, hash(1), u64::MAX).unwrap();
    chain.cancel(&whale, hash(1)).unwrap();
    assert_eq!(chain.tokens(&whale), u64::MAX);
    chain.propose(&whale, hash(1), u64::MAX).unwrap();
    chain.wait(TTL);
    chain.expire(&whale, hash(1), &whale).unwrap();
    assert_eq!(chain.treasury().balance.get(), u64::MAX);
}

#[test]
fn whoever_stakes_beside_a_stake_of_u64_max_is_refused_in_the_same_and_in_another_thread() {
    let mut chain = Chain::new();
    let (_, whale) = with_whale(&mut chain, 1);
    let (late, other) = (chain.wallet(), ThreadId([9; 32]));
    chain.send(&[build::create_thread(wallet(&whale), other, 10_000)], &whale).unwrap();
    chain.propose(&whale, hash(1), u64::MAX).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.propose(&late, hash(2), MIN_STAKE)), "Overflow");
    let elsewhere = build::propose(&chain.deployment, wallet(&late), other, hash(2), MIN_STAKE, 0);
    assert_eq!(refused(&mut chain, |chain| chain.send(&[elsewhere], &late)), "Overflow");
}

#[test]
fn a_share_that_does_not_divide_leaves_its_remainder_to_the_treasury() {
    for (stake, share, remainder) in [(999, 333, 0), (1_000, 333, 1), (1_001, 333, 2)] {
        let mut chain = Chain::new();
        let co_authors = chain.thread_of(3, 10_000);
        let dave = chain.wallet();
        let claimable: Vec<u64> = co_authors.iter().map(|co_author| chain.claimable(co_author)).collect();
        chain.propose(&dave, hash(1), stake).unwrap();
        for voter in &co_authors {
            chain.vote(voter, hash(1), &dave, true).unwrap();
        }
        for (co_author, before) in co_authors.iter().zip(claimable) {
            assert_eq!(chain.claimable(co_author), before + share, "a stake of {stake}");
        }
        assert_eq!(chain.treasury().balance.get(), remainder, "a stake of {stake}");
    }
}

#[test]
fn a_stake_smaller_than_the_number_of_approvers_is_all_remainder() {
    for stake in [0, 1, 2] {
        let mut chain = Chain::new();
        chain.configure(Settings { min_stake: 0, ..SETTINGS }).unwrap();
        let co_authors = chain.thread_of(3, 10_000);
        let (author, claimable) = (chain.wallet(), chain.claimable(&co_authors[1]));
        chain.propose(&author, hash(1), stake).unwrap();
        for voter in &co_authors {
            chain.vote(voter, hash(1), &author, true).unwrap();
        }
        assert_eq!(chain.treasury().balance.get(), stake);
        assert_eq!(chain.claimable(&co_authors[1]), claimable);
        assert!(chain.member(&author).is_some(), "a co-author all the same");
    }
}

#[test]
fn a_rejected_stake_that_does_not_divide_is_rounded_in_favour_of_the_thread() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(3, 10_000);
    let dave = chain.wallet();
    chain.propose(&dave, hash(1), 1_000).unwrap();
    for (voter, approve) in co_authors.iter().zip([true, true, false]) {
        chain.vote(voter, hash(1), &dave, approve).unwrap();
    }
    assert_eq!((chain.treasury().balance.get(), chain.thread().token_balance.get()), (666, 334));
}

#[test]
fn a_leavers_part_that_does_not_divide_is_rounded_in_favour_of_those_who_stay() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(3, 10_000);
    chain.endow(&co_authors[0], 200);
    chain.wait(COOLDOWN);
    chain.divest(&co_authors[2]).unwrap();
    assert_eq!(chain.tokens(&co_authors[2]), TOKENS - MIN_STAKE + 66);
    assert_eq!(chain.thread().token_balance.get(), 134);
}
