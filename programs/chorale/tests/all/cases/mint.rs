//! Mints that surprise: no decimals, many, a freeze authority.

use crate::harness::*;
use chorale::address::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM};
use solana_account::Account;
use solana_address::Address;
use spl_token_2022_interface::state::Mint;

/// Everything that moves tokens, with a deployment of this mint.
fn whole_life(mint: Account) {
    let mut chain = Chain::of_mint(mint);
    let co_authors = chain.thread_of(2, 10_000);
    let carol = chain.wallet();
    chain.endow(&co_authors[0], 300);
    chain.propose(&carol, hash(1), 500).unwrap();
    chain.cancel(&carol, hash(1)).unwrap();
    chain.enrich_treasury(400);
    chain.claim(&co_authors[0]).unwrap();
    chain.divest(&co_authors[1]).unwrap();
    chain.withdraw(400).unwrap();
    let authority = chain.authority.insecure_clone();
    let left = [&co_authors[0], &co_authors[1], &carol, &authority].map(|who| chain.tokens(who));
    assert_eq!(left, [TOKENS + 100, TOKENS - 100 + 150, TOKENS, 400]);
}

#[test]
fn a_mint_of_any_decimals_moves_base_units_all_the_same() {
    for program in [TOKEN_PROGRAM, TOKEN_2022_PROGRAM] {
        for decimals in [0, 1, 6, 9, 18, 255] {
            let mint = mint_of(program, Mint { decimals, ..Mint::default() });
            assert_eq!(Chain::of_mint(mint.clone()).config().decimals, decimals);
            whole_life(mint);
        }
    }
}

#[test]
fn a_mint_with_a_freeze_authority_can_be_used() {
    for program in [TOKEN_PROGRAM, TOKEN_2022_PROGRAM] {
        let freeze_authority = Some(Address::new_unique()).into();
        whole_life(mint_of(program, Mint { decimals: 6, freeze_authority, ..Mint::default() }));
    }
}

#[test]
fn a_mint_with_a_mint_authority_can_be_used() {
    for program in [TOKEN_PROGRAM, TOKEN_2022_PROGRAM] {
        let mint_authority = Some(Address::new_unique()).into();
        whole_life(mint_of(program, Mint { decimals: 6, mint_authority, ..Mint::default() }));
    }
}
