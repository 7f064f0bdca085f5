//! Refused: withdrawing from the treasury.

use crate::harness::*;
use chorale::{address, build};

#[test]
fn withdrawing_without_the_authority() {
    let mut chain = Chain::new();
    let (alice, _) = alice_and_bob(&mut chain);
    chain.enrich_treasury(500);
    let withdraw = build::withdraw_treasury(&chain.deployment, wallet(&alice), 1);
    assert_eq!(refused(&mut chain, |chain| chain.send(&[withdraw], &alice)), "NotAuthority");
}

#[test]
fn withdrawing_nothing_or_more_than_there_is() {
    let mut chain = Chain::new();
    let (_, bob) = alice_and_bob(&mut chain);
    chain.enrich_treasury(500);
    chain.propose(&bob, hash(1), 1_000).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.withdraw(0)), "NothingToWithdraw");
    for amount in [501, 1_500, u64::MAX] {
        let refusal = refused(&mut chain, |chain| chain.withdraw(amount));
        assert_eq!(refusal, "TreasuryTooLow", "stakes in the vault are not the treasury's");
    }
    chain.withdraw(500).expect("all of the treasury can be withdrawn");
}

#[test]
fn withdrawing_into_the_vault() {
    let mut chain = Chain::new();
    alice_and_bob(&mut chain);
    chain.enrich_treasury(500);
    let deployment = chain.deployment;
    let refusal = refused(&mut chain, |chain| {
        chain.govern(|authority| {
            let mut withdraw = build::withdraw_treasury(&deployment, authority, 1);
            withdraw.accounts[4].pubkey = address::vault();
            withdraw
        })
    });
    assert_eq!(refusal, "Custom(2040)", "one account twice");
}
