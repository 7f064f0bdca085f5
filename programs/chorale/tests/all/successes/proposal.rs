//! Proposals are made and decided.

use crate::harness::*;
use chorale::address;
use chorale_domain::event::Event;
use chorale_domain::id::Amount;
use solana_signer::Signer;

#[test]
fn a_proposal_moves_its_stake_into_escrow() {
    let mut chain = Chain::new();
    chain.thread_of(1, 10_000);
    let bob = chain.wallet();
    let sent = chain.propose(&bob, hash(1), 250).unwrap();
    let created_at = chain.time();
    let expected = Event::ProposalCreated {
        thread: THREAD,
        hash: hash(1),
        author: wallet(&bob),
        stake: Amount(250),
        created_at,
        expires_at: created_at + TTL,
        escrow: Amount(250),
    };
    assert_eq!(sent.events, [expected]);
    assert_eq!(chain.tokens(&bob), TOKENS - 250);
    let thread = chain.thread();
    assert_eq!((thread.escrow.get(), thread.open_proposals.get()), (250, 1));
}

#[test]
fn unanimous_approval_seats_the_author_shares_the_stake_and_returns_rent() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(3, 10_000);
    let before = chain.thread();
    let treasury = chain.treasury().balance.get();
    let dave = chain.wallet();
    chain.propose(&dave, hash(1), 1_000).unwrap();
    let lamports = chain.lamports(&dave.pubkey());
    let rent = chain.lamports(&address::content(THREAD, hash(1)));
    assert_eq!(chain.vote(&co_authors[0], hash(1), &dave, true).unwrap().kinds(), ["vote_cast"]);
    assert_eq!(chain.vote(&co_authors[1], hash(1), &dave, true).unwrap().kinds(), ["vote_cast"]);
    let last = chain.vote(&co_authors[2], hash(1), &dave, true).unwrap();
    let now = chain.time();
    let cast = Event::VoteCast {
        thread: THREAD,
        hash: hash(1),
        voter: wallet(&co_authors[2]),
        member: 2,
        approve: true,
        voted_at: now,
    };
    let approved = Event::ProposalApproved {
        thread: THREAD,
        hash: hash(1),
        author: wallet(&dave),
        settled_by: wallet(&co_authors[2]),
        member: 3,
        sequence: before.log_count.get(),
        approvers: vec![0, 1, 2],
        share: Amount(333),
        to_treasury: Amount(1),
        approved_at: now,
        escrow: Amount(0),
        treasury: Amount(treasury + 1),
    };
    assert_eq!(last.events, [cast, approved]);

    let thread = chain.thread();
    assert_eq!(thread.members().count(), 4);
    assert_eq!((thread.seats.members[3].wallet, thread.seats.members[3].number.get()), (dave.pubkey(), 3));
    for seat in 0..3 {
        let gained = thread.seats.members[seat].claimable.get() - before.seats.members[seat].claimable.get();
        assert_eq!(gained, 333, "seat {seat}");
    }
    assert_eq!(thread.seats.members[3].claimable.get(), 0);
    assert_eq!(chain.treasury().balance.get() - treasury, 1);
    assert_eq!((thread.escrow.get(), thread.open_proposals.get()), (0, 0));
    assert!(chain.proposal(hash(1)).is_none(), "the proposal's account is a message now");
    let message = chain.message(hash(1)).expect("the message's record");
    assert_eq!((message.author, message.sequence.get()), (dave.pubkey(), thread.log_count.get() - 1));
    let record = chain.svm.get_account(&address::content(THREAD, hash(1))).unwrap();
    assert_eq!(record.lamports, chain.svm.minimum_balance_for_rent_exemption(record.data.len()));
    let surplus = rent - record.lamports;
    assert_eq!(chain.lamports(&dave.pubkey()), lamports + surplus, "surplus rent goes back to the author");
    assert!(surplus > 1_000_000, "a record needs far less rent than a proposal");
}

#[test]
fn a_unanimous_thread_rejects_with_the_first_denial_and_keeps_the_stake() {
    let mut chain = Chain::new();
    let alice = chain.thread_of(1, 10_000).remove(0);
    let bob = chain.wallet();
    chain.propose(&bob, hash(1), 250).unwrap();
    let account = address::content(THREAD, hash(1));
    let rent = chain.lamports(&account);
    let lamports = chain.lamports(&bob.pubkey());
    let sent = chain.vote(&alice, hash(1), &bob, false).unwrap();
    let rejected = Event::ProposalRejected {
        thread: THREAD,
        hash: hash(1),
        author: wallet(&bob),
        settled_by: wallet(&alice),
        to_treasury: Amount(0),
        to_thread: Amount(250),
        rejected_at: chain.time(),
        escrow: Amount(0),
        token_balance: Amount(250),
        treasury: Amount(0),
    };
    assert_eq!(sent.events[1..], [rejected]);
    let thread = chain.thread();
    assert_eq!((thread.token_balance.get(), thread.escrow.get(), thread.members().count()), (250, 0, 1));
    assert!(
        chain.svm.get_account(&account).is_none_or(|account| account.lamports == 0),
        "the account is closed"
    );
    assert_eq!(chain.lamports(&bob.pubkey()), lamports + rent, "all rent goes back to the author");
    chain.propose(&bob, hash(1), 300).expect("the hash may be proposed again after a rejection");
}

#[test]
fn a_contested_rejection_splits_the_stake_between_treasury_and_thread() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(3, 10_000);
    let (balance, treasury) = (chain.thread().token_balance.get(), chain.treasury().balance.get());
    let dave = chain.wallet();
    chain.propose(&dave, hash(1), 1_000).unwrap();
    chain.vote(&co_authors[0], hash(1), &dave, true).unwrap();
    chain.vote(&co_authors[1], hash(1), &dave, true).unwrap();
    chain.vote(&co_authors[2], hash(1), &dave, false).unwrap();
    assert_eq!(chain.treasury().balance.get() - treasury, 666);
    assert_eq!(chain.thread().token_balance.get() - balance, 334);
}

#[test]
fn a_threshold_thread_approves_with_its_share() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(3, 5_000);
    let dave = chain.wallet();
    chain.propose(&dave, hash(1), 1_000).unwrap();
    chain.vote(&co_authors[0], hash(1), &dave, false).unwrap();
    chain.vote(&co_authors[1], hash(1), &dave, true).unwrap();
    let last = chain.vote(&co_authors[2], hash(1), &dave, true).unwrap();
    assert_eq!(last.kinds(), ["vote_cast", "proposal_approved"]);
    assert_eq!(chain.thread().members().count(), 4);
}

#[test]
fn every_seat_of_a_full_thread_has_a_vote() {
    let mut chain = Chain::new();
    let mut co_authors = chain.thread_of(31, 10_000);
    let (last_seat, again) = (chain.wallet(), hash(2));
    chain.propose(&last_seat, hash(1), 1_000).unwrap();
    chain.propose(&last_seat, again, 1_000).unwrap();
    for voter in &co_authors {
        chain.vote(voter, hash(1), &last_seat, true).unwrap();
    }
    assert_eq!(chain.thread().members().count(), 32);
    co_authors.push(last_seat.insecure_clone());
    for voter in &co_authors[..31] {
        chain.vote(voter, again, &last_seat, true).unwrap();
    }
    let last = chain.vote(&co_authors[31], again, &last_seat, true).unwrap();
    assert_eq!(last.kinds(), ["vote_cast", "proposal_approved"], "the 32nd vote decides");
    assert_eq!(chain.thread().members().count(), 32, "who is a co-author already takes no second seat");
}
