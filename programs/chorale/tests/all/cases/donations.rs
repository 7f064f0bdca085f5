//! Tokens that someone sends to the vault without being asked help and hurt nobody.

use crate::harness::*;

/// A story in which every kind of payment happens, with this much sent to the vault before each step; what everyone
/// has in the end.
fn story(donation: u64) -> Vec<u64> {
    let mut chain = Chain::new();
    let (donor, carol) = (chain.wallet(), chain.wallet());
    let donate = |chain: &mut Chain| {
        if donation > 0 {
            chain.donate(&donor, donation);
        }
    };
    donate(&mut chain);
    let co_authors = chain.thread_of(3, 10_000);
    donate(&mut chain);
    chain.endow(&co_authors[0], 303);
    donate(&mut chain);
    chain.propose(&carol, hash(1), 500).unwrap();
    donate(&mut chain);
    chain.cancel(&carol, hash(1)).unwrap();
    chain.enrich_treasury(400);
    donate(&mut chain);
    chain.claim(&co_authors[0]).unwrap();
    for co_author in &co_authors {
        donate(&mut chain);
        chain.divest(co_author).unwrap();
    }
    let treasury = chain.treasury().balance.get();
    assert_eq!(refused(&mut chain, |chain| chain.withdraw(treasury + 1)), "TreasuryTooLow");
    chain.withdraw(treasury).unwrap();
    let authority = chain.authority.insecure_clone();
    let everyone = co_authors.iter().chain([&carol, &authority]);
    let mut left: Vec<u64> = everyone.map(|who| chain.tokens(who)).collect();
    left.extend([chain.treasury().held.get(), chain.thread().token_balance.get()]);
    left
}

#[test]
fn donations_to_the_vault_change_nobodys_share() {
    let without = story(0);
    for donation in [1, 10_000] {
        assert_eq!(story(donation), without, "with {donation} sent to the vault at every turn");
    }
}

#[test]
fn a_donation_of_all_there_is_keeps_nobody_from_staking() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    let whale = chain.wallet();
    chain.give_tokens(&whale, u64::MAX - TOKENS);
    chain.donate(&whale, u64::MAX - TOKENS);
    chain.propose(&bob, hash(1), TOKENS).expect("all that is left of the supply");
    chain.vote(&alice, hash(1), &bob, true).unwrap();
    chain.give_tokens(&alice, 0);
    chain.claim(&alice).unwrap();
    assert_eq!(chain.tokens(&alice), TOKENS);
}
