//! Refused: taking out what is not there or not yours.

use crate::harness::*;
use chorale::address;
use chorale::build::{self, Deployment};
use solana_address::Address;

#[test]
fn claiming_with_a_vault_mint_or_token_program_that_is_not_the_deployments() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let alice = &co_authors[0];
    let claim = build::claim(&chain.deployment, wallet(alice), THREAD);
    let other_account = chain.token_address(&co_authors[1]);
    for (index, account, error) in [
        (4, other_account, "WrongMint"),
        (5, address::vault(), "Custom(2040)"),
        (6, other_account, "InvalidSeeds"),
        (7, address::SYSTEM_PROGRAM, "UnsupportedTokenProgram"),
    ] {
        let mut altered = claim.clone();
        altered.accounts[index].pubkey = account;
        assert_eq!(refused(&mut chain, |chain| chain.send(&[altered], alice)), error, "account {index}");
    }
}

#[test]
fn claiming_nothing_or_as_a_stranger_or_twice() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let stranger = chain.wallet();
    assert_eq!(refused(&mut chain, |chain| chain.claim(&stranger)), "NotCoAuthor");
    assert_eq!(refused(&mut chain, |chain| chain.claim(&co_authors[1])), "NothingToClaim");
    chain.claim(&co_authors[0]).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.claim(&co_authors[0])), "NothingToClaim");
}

#[test]
fn leaving_as_a_stranger_or_too_soon_or_twice() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let stranger = chain.wallet();
    assert_eq!(refused(&mut chain, |chain| chain.divest(&co_authors[0])), "CooldownRunning");
    chain.wait(COOLDOWN);
    assert_eq!(refused(&mut chain, |chain| chain.divest(&stranger)), "NotCoAuthor");
    chain.divest(&co_authors[0]).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.divest(&co_authors[0])), "NotCoAuthor");
    assert_eq!(refused(&mut chain, |chain| chain.claim(&co_authors[0])), "NotCoAuthor");
}

#[test]
fn leaving_with_the_tokens_sent_to_the_vault_or_to_what_is_no_account_of_the_mint() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    chain.wait(COOLDOWN);
    let divest = build::divest(&chain.deployment, wallet(&co_authors[0]), THREAD, 0);
    let foreign = Address::new_unique();
    let other_mint = Deployment { mint: foreign, ..chain.deployment };
    chain.svm.set_account(foreign, token_account(&other_mint, wallet(&co_authors[0]), 0)).unwrap();
    for (destination, error) in [
        (address::vault(), "Custom(2040)"),
        (foreign, "Custom(3)"),
        (Address::new_unique(), "InvalidAccountData"),
    ] {
        let mut altered = divest.clone();
        altered.accounts[5].pubkey = destination;
        assert_eq!(refused(&mut chain, |chain| chain.send(&[altered], &co_authors[0])), error);
    }
    chain.divest(&co_authors[0]).unwrap();
}

#[test]
fn a_vault_that_lost_tokens_pays_nobody() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(3, 10_000);
    let mut vault = chain.svm.get_account(&address::vault()).unwrap();
    vault.data[64..72].copy_from_slice(&(2 * MIN_STAKE - 1).to_le_bytes());
    chain.svm.set_account(address::vault(), vault).unwrap();
    let alice = &co_authors[0];
    assert_eq!(refused(&mut chain, |chain| chain.claim(alice)), "VaultShort", "first come is not served");
    let dave = chain.wallet();
    assert_eq!(refused(&mut chain, |chain| chain.propose(&dave, hash(1), MIN_STAKE)), "VaultShort");
}

#[test]
fn leaving_with_less_than_asked_for() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    chain.wait(COOLDOWN);
    // The first co-author has the second one's stake to claim, and the thread owns nothing.
    let (leaver, all) = (wallet(&co_authors[0]), MIN_STAKE);
    let divest = |at_least| build::divest(&chain.deployment, leaver, THREAD, at_least);
    let (more, exact) = (divest(all + 1), divest(all));
    assert_eq!(refused(&mut chain, |chain| chain.send(&[more], &co_authors[0])), "PayoutTooLow");
    chain.send(&[exact], &co_authors[0]).unwrap();
}
