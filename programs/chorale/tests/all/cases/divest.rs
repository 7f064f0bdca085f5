//! Co-authors leave one after another.

use crate::harness::*;
use chorale::state::Settings;
use chorale_domain::event::Event;
use solana_keypair::Keypair;

/// Three co-authors who took out what was claimable, and a thread with this balance.
fn three_with(chain: &mut Chain, balance: u64) -> Vec<Keypair> {
    let co_authors = chain.thread_of(3, 10_000);
    for claimer in &co_authors[..2] {
        chain.claim(claimer).unwrap();
    }
    chain.endow(&co_authors[0], balance);
    chain.wait(COOLDOWN);
    co_authors
}

/// The share a departure paid, what the thread kept, and whether that archived it.
fn parting(chain: &mut Chain, leaver: &Keypair) -> (u64, u64, bool) {
    let tokens = chain.tokens(leaver);
    let sent = chain.divest(leaver).unwrap();
    let [Event::Divested { share, claimed, token_balance, archived, .. }] = sent.events[..] else {
        panic!("a departure is one event, not {:?}", sent.kinds());
    };
    assert_eq!(chain.tokens(leaver), tokens + share.0 + claimed.0);
    assert_eq!(chain.thread().token_balance.get(), token_balance.0);
    (share.0, token_balance.0, archived)
}

#[test]
fn the_first_the_second_to_last_and_the_last_leave_with_an_equal_part_of_what_is_there() {
    let mut chain = Chain::new();
    let co_authors = three_with(&mut chain, 103);
    assert_eq!(parting(&mut chain, &co_authors[0]), (34, 69, false));
    assert_eq!(parting(&mut chain, &co_authors[1]), (34, 35, false));
    assert_eq!(
        parting(&mut chain, &co_authors[2]),
        (25, MIN_THREAD_BALANCE, true),
        "the thread keeps its least"
    );
    assert!(chain.thread().is_archived());
    assert_eq!(chain.thread().seats.count, 0);
}

#[test]
fn a_thread_at_its_least_balance_or_below_pays_no_shares() {
    for balance in [MIN_STAKE, MIN_STAKE + 1] {
        let mut chain = Chain::new();
        let settings = Settings { min_thread_balance: MIN_STAKE, ..SETTINGS };
        chain.configure(settings).unwrap();
        let co_authors = three_with(&mut chain, balance);
        assert_eq!(parting(&mut chain, &co_authors[0]), (balance - MIN_STAKE, MIN_STAKE, false));
        assert_eq!(parting(&mut chain, &co_authors[1]), (0, MIN_STAKE, false));
        assert_eq!(parting(&mut chain, &co_authors[2]), (0, MIN_STAKE, true));
    }
}

#[test]
fn the_last_to_leave_takes_everything_where_the_thread_has_to_keep_nothing() {
    let mut chain = Chain::new();
    let settings = Settings { min_thread_balance: 0, ..SETTINGS };
    chain.configure(settings).unwrap();
    let co_authors = three_with(&mut chain, 100);
    assert_eq!(parting(&mut chain, &co_authors[2]), (33, 67, false));
    assert_eq!(parting(&mut chain, &co_authors[0]), (33, 34, false));
    assert_eq!(parting(&mut chain, &co_authors[1]), (34, 0, true));
}

#[test]
fn the_cooldown_ends_at_its_very_second() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.wait(30);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    chain.wait(7);
    chain.vote(&alice, hash(1), &bob, true).unwrap();
    let joined_at = chain.member(&bob).unwrap().joined_at.get();
    assert_eq!(joined_at, chain.time(), "the cooldown begins with the approval, not with the proposal");
    chain.set_time(joined_at + COOLDOWN - 1);
    assert_eq!(refused(&mut chain, |chain| chain.divest(&bob)), "CooldownRunning");
    chain.set_time(joined_at + COOLDOWN);
    chain.divest(&bob).unwrap();
}

#[test]
fn when_the_last_one_leaves_open_proposals_are_cancelled_or_expired_and_never_voted_on() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let (carol, dave) = (chain.wallet(), chain.wallet());
    chain.wait(COOLDOWN);
    chain.propose(&carol, hash(1), 300).unwrap();
    chain.propose(&dave, hash(2), 300).unwrap();
    chain.vote(&co_authors[0], hash(1), &carol, true).unwrap();
    chain.vote(&co_authors[0], hash(2), &dave, true).unwrap();
    chain.divest(&co_authors[0]).unwrap();
    let last = chain.divest(&co_authors[1]).unwrap();
    assert!(matches!(last.events[..], [Event::Divested { archived: true, .. }]));
    let refusal = refused(&mut chain, |chain| chain.vote(&co_authors[1], hash(1), &carol, true));
    assert_eq!(refusal, "ThreadArchived");
    assert_eq!(refused(&mut chain, |chain| chain.settle(&carol, hash(1), &carol)), "ThreadArchived");
    chain.cancel(&carol, hash(1)).expect("votes do not matter where nobody is left");
    assert_eq!(chain.tokens(&carol), TOKENS);
    assert_eq!(refused(&mut chain, |chain| chain.expire(&dave, hash(2), &dave)), "NotExpired");
    chain.wait(TTL);
    chain.expire(&carol, hash(2), &dave).expect("expiring works in archived threads");
    let thread = chain.thread();
    assert_eq!((thread.open_proposals.get(), thread.escrow.get()), (0, 0));
}

#[test]
fn the_one_who_archived_claims_and_leaves_afterwards() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let alice = &co_authors[0];
    chain.endow(alice, 300);
    chain.wait(COOLDOWN);
    chain.divest(&co_authors[1]).unwrap();
    chain.archive(alice).unwrap();
    chain.claim(alice).expect("what is claimable stays claimable");
    assert_eq!(parting(&mut chain, alice), (140, MIN_THREAD_BALANCE, true));
    assert_eq!(refused(&mut chain, |chain| chain.divest(alice)), "NotCoAuthor");
}

#[test]
fn who_archived_a_thread_waits_for_the_cooldown_like_everyone() {
    let mut chain = Chain::new();
    let alice = chain.thread_of(1, 10_000).remove(0);
    chain.archive(&alice).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.divest(&alice)), "CooldownRunning");
    chain.wait(COOLDOWN);
    chain.divest(&alice).unwrap();
}
