//! The mint's freeze authority freezes the vault, or a wallet's account. Frozen, the vault takes nothing in and pays
//! nothing out: proposing, claiming, cancelling, leaving with a payout and withdrawing wait for the thaw. All that
//! moves no tokens goes on: threads, messages, votes, settling, expiring, archiving, leaving with nothing, governing.

use crate::harness::*;
use chorale::address::{self, TOKEN_2022_PROGRAM, TOKEN_PROGRAM};
use chorale::build;
use chorale_domain::id::ThreadId;
use solana_keypair::Keypair;
use solana_signer::Signer;
use spl_token_2022_interface::error::TokenError;
use spl_token_2022_interface::state::Mint;

/// A deployment under each token program whose mint has a freeze authority, and that authority.
fn freezable() -> [(Chain, Keypair); 2] {
    [TOKEN_PROGRAM, TOKEN_2022_PROGRAM].map(|program| {
        let freezer = Keypair::new();
        let freeze_authority = Some(freezer.pubkey()).into();
        let mut chain =
            Chain::of_mint(mint_of(program, Mint { decimals: 6, freeze_authority, ..Mint::default() }));
        chain.svm.airdrop(&freezer.pubkey(), 1_000_000_000).unwrap();
        (chain, freezer)
    })
}

/// What the token program says of a frozen account.
fn frozen() -> Refused {
    format!("Custom({})", TokenError::AccountFrozen as u32)
}

#[test]
fn with_a_frozen_vault_everything_that_moves_no_tokens_goes_on() {
    for (mut chain, freezer) in freezable() {
        let co_authors = chain.thread_of(3, 10_000);
        let [alice, bob, carol] = &co_authors[..] else { panic!("three") };
        let authors: Vec<Keypair> = (0..3).map(|_| chain.wallet()).collect();
        for (n, author) in (1..).zip(&authors) {
            chain.propose(author, hash(n), 300).unwrap();
        }
        chain.vote(alice, hash(1), &authors[0], true).unwrap();
        chain.freeze(&address::vault(), &freezer).unwrap();

        let other = ThreadId([9; 32]);
        chain.send(&[build::create_thread(wallet(alice), other, 10_000)], alice).unwrap();
        chain.send(&[build::archive(wallet(alice), other)], alice).unwrap();
        chain.publish(alice, hash(9)).unwrap();
        chain.vote(bob, hash(1), &authors[0], true).unwrap();
        chain.wait(COOLDOWN);
        chain.divest(carol).expect("there is nothing to pay");
        assert_eq!(chain.settle(carol, hash(1), &authors[0]).unwrap().kinds(), ["proposal_approved"]);
        let rejected = chain.vote(alice, hash(2), &authors[1], false).unwrap();
        assert_eq!(rejected.kinds()[1..], ["proposal_rejected"]);
        chain.wait(TTL);
        chain.expire(alice, hash(3), &authors[2]).unwrap();
        assert_eq!(chain.thread().open_proposals.get(), 0);
    }
}

#[test]
fn with_a_frozen_vault_the_deployment_is_still_governed() {
    for (mut chain, freezer) in freezable() {
        let successor = chain.wallet();
        chain.freeze(&address::vault(), &freezer).unwrap();
        chain.configure(SETTINGS).unwrap();
        chain.set_paused(true).unwrap();
        chain.set_paused(false).unwrap();
        chain.anchor_root(0, [1; 32]).unwrap();
        chain.govern(|authority| build::propose_authority(authority, Some(wallet(&successor)))).unwrap();
        chain.send(&[build::accept_authority(wallet(&successor))], &successor).unwrap();
    }
}

#[test]
fn with_a_frozen_vault_whatever_moves_tokens_waits_and_nothing_is_lost() {
    for (mut chain, freezer) in freezable() {
        let co_authors = chain.thread_of(3, 10_000);
        let [alice, bob, _] = &co_authors[..] else { panic!("three") };
        let (dave, eve) = (chain.wallet(), chain.wallet());
        chain.endow(alice, 300);
        chain.enrich_treasury(400);
        chain.propose(&dave, hash(1), 300).unwrap();
        let treasury = chain.treasury().balance.get();
        let owed = chain.treasury().held.get();
        chain.freeze(&address::vault(), &freezer).unwrap();

        assert_eq!(refused(&mut chain, |chain| chain.propose(&eve, hash(2), 300)), frozen());
        assert_eq!(refused(&mut chain, |chain| chain.claim(alice)), frozen());
        assert_eq!(refused(&mut chain, |chain| chain.cancel(&dave, hash(1))), frozen());
        assert_eq!(refused(&mut chain, |chain| chain.divest(bob)), frozen());
        assert_eq!(refused(&mut chain, |chain| chain.withdraw(treasury)), frozen());

        chain.thaw(&address::vault(), &freezer).unwrap();
        assert_eq!(chain.treasury().held.get(), owed);
        chain.propose(&eve, hash(2), 300).unwrap();
        chain.claim(alice).unwrap();
        chain.cancel(&dave, hash(1)).unwrap();
        chain.divest(bob).unwrap();
        chain.withdraw(treasury).unwrap();
        assert_eq!(chain.tokens(&dave), TOKENS);
    }
}

#[test]
fn a_frozen_account_of_a_wallet_stops_only_payments_to_that_account() {
    for (mut chain, freezer) in freezable() {
        let co_authors = chain.thread_of(3, 10_000);
        let [alice, bob, _] = &co_authors[..] else { panic!("three") };
        let frozen_account = chain.token_address(alice);
        chain.freeze(&frozen_account, &freezer).unwrap();
        assert_eq!(refused(&mut chain, |chain| chain.claim(alice)), frozen());
        chain.claim(bob).expect("others are paid");
        let mut elsewhere = build::claim(&chain.deployment, wallet(alice), THREAD);
        elsewhere.accounts[5].pubkey = chain.token_address(bob);
        chain.send(&[elsewhere], alice).expect("another account takes it");
    }
}

#[test]
fn an_authors_frozen_account_does_not_keep_a_proposal_from_ending() {
    for (mut chain, freezer) in freezable() {
        let (alice, bob) = alice_and_bob(&mut chain);
        chain.propose(&bob, hash(1), 300).unwrap();
        chain.propose(&bob, hash(2), 300).unwrap();
        let frozen_account = chain.token_address(&bob);
        chain.freeze(&frozen_account, &freezer).unwrap();
        chain.vote(&alice, hash(1), &bob, false).unwrap();
        assert_eq!(refused(&mut chain, |chain| chain.cancel(&bob, hash(2))), frozen());
        chain.wait(TTL);
        chain.expire(&alice, hash(2), &bob).unwrap();
    }
}
