//! The authority takes tokens out of the treasury.

use crate::harness::*;
use chorale::{address, build};
use chorale_domain::event::Event;
use chorale_domain::id::{Amount, Wallet};

#[test]
fn a_withdrawal_pays_the_authority_and_leaves_the_rest() {
    let mut chain = Chain::new();
    chain.thread_of(1, 10_000);
    chain.enrich_treasury(500);
    let sent = chain.withdraw(200).unwrap();
    let destination = chain.token_address(&chain.authority);
    let withdrawn = Event::TreasuryWithdrawn {
        authority: wallet(&chain.authority),
        destination: Wallet(destination.to_bytes()),
        amount: Amount(200),
        withdrawn_at: chain.time(),
        treasury: Amount(300),
    };
    assert_eq!(sent.events, [withdrawn]);
    assert_eq!((chain.treasury().balance.get(), chain.treasury().held.get()), (300, 300));
    assert_eq!((chain.token_amount(&destination), chain.token_amount(&address::vault())), (200, 300));
}

#[test]
fn the_authority_chooses_where_a_withdrawal_goes() {
    let mut chain = Chain::new();
    chain.thread_of(1, 10_000);
    chain.enrich_treasury(500);
    let community = chain.wallet();
    let destination = chain.token_address(&community);
    let deployment = chain.deployment;
    let sent = chain.govern(|authority| {
        let mut withdraw = build::withdraw_treasury(&deployment, authority, 500);
        withdraw.accounts[4].pubkey = destination;
        withdraw
    });
    assert_eq!(sent.unwrap().kinds(), ["treasury_withdrawn"]);
    assert_eq!(chain.tokens(&community), TOKENS + 500);
}
