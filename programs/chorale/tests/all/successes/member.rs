//! Co-authors take out what is theirs, and leave.

use crate::harness::*;
use chorale::build;
use chorale_domain::event::Event;
use chorale_domain::id::Amount;
use solana_signer::Signer;

#[test]
fn a_claim_pays_out_everything_claimable() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let alice = &co_authors[0];
    let tokens = chain.tokens(alice);
    let sent = chain.claim(alice).unwrap();
    let claimed_at = chain.time();
    let (thread, wallet, amount) = (THREAD, wallet(alice), Amount(MIN_STAKE));
    assert_eq!(sent.events, [Event::Claimed { thread, wallet, member: 0, amount, claimed_at }]);
    assert_eq!(chain.tokens(alice), tokens + MIN_STAKE);
    assert_eq!(chain.claimable(alice), 0);
}

#[test]
fn divesting_pays_an_equal_part_and_what_is_claimable_in_one_transfer() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let (alice, bob) = (&co_authors[0], &co_authors[1]);
    chain.endow(bob, 301);
    chain.wait(COOLDOWN);
    let tokens = chain.tokens(alice);
    let sent = chain.divest(alice).unwrap();
    let divested = Event::Divested {
        thread: THREAD,
        wallet: wallet(alice),
        member: 0,
        share: Amount(150),
        claimed: Amount(MIN_STAKE),
        divested_at: chain.time(),
        token_balance: Amount(151),
        archived: false,
    };
    assert_eq!(sent.events, [divested]);
    assert_eq!(chain.tokens(alice), tokens + 150 + MIN_STAKE);
    assert!(chain.member(alice).is_none());
    let thread = chain.thread();
    assert_eq!((thread.token_balance.get(), thread.seats.count, thread.next_member.get()), (151, 1, 2));
    assert_eq!(chain.member(bob).unwrap().number.get(), 1, "who stays keeps seat and number");
    assert!(!thread.is_archived());
}

#[test]
fn divesting_costs_nothing_but_the_fee() {
    let mut chain = Chain::new();
    let alice = chain.thread_of(2, 10_000).remove(0);
    let sponsor = chain.wallet();
    chain.wait(COOLDOWN);
    let lamports = chain.lamports(&alice.pubkey());
    let divest = build::divest(&chain.deployment, wallet(&alice), THREAD, 0);
    chain.send_signed(&[divest], &[&sponsor, &alice]).unwrap();
    assert_eq!(chain.lamports(&alice.pubkey()), lamports, "seats hold no rent");
}

#[test]
fn the_tokens_go_where_the_co_author_wants_them() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let heir = chain.wallet();
    chain.wait(COOLDOWN);
    let mut divest = build::divest(&chain.deployment, wallet(&co_authors[0]), THREAD, 0);
    divest.accounts[5].pubkey = chain.token_address(&heir);
    chain.send(&[divest], &co_authors[0]).unwrap();
    assert_eq!(chain.tokens(&heir), TOKENS + MIN_STAKE);
}
