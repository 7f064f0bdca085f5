//! Each instruction's success: accounts, tokens, rent and events.

use crate::harness::*;
use chorale::{address, build};
use chorale_domain::ContentLog;
use chorale_domain::content_log::MAX_PEAKS;
use chorale_domain::event::Event;
use chorale_domain::id::Amount;
use chorale_domain::proof::log_root;
use solana_signer::Signer;

#[test]
fn initialize_fixes_token_and_settings_and_makes_the_signer_the_authority() {
    let chain = Chain::new();
    let config = chain.config();
    assert_eq!(config.authority, chain.authority.pubkey());
    assert_eq!((config.mint, config.token_program), (chain.deployment.mint, address::TOKEN_PROGRAM));
    assert_eq!((config.min_stake.get(), config.proposal_ttl.get(), config.decimals), (MIN_STAKE, TTL, 6));
    assert_eq!(chain.token_amount(&address::vault()), 0);
}

#[test]
fn a_thread_begins_with_its_creator_as_member_0() {
    let mut chain = Chain::new();
    let alice = chain.wallet();
    let sent = chain.create_thread(&alice, 10_000).unwrap();
    let created_at = chain.time();
    let (thread, creator) = (THREAD, wallet(&alice));
    assert_eq!(sent.events, [Event::ThreadCreated { thread, creator, approval_bps: 10_000, created_at }]);
    let thread = chain.thread();
    assert_eq!(thread.members().len(), 1);
    assert_eq!((thread.members()[0].wallet, thread.members()[0].number.get()), (alice.pubkey(), 0));
    assert_eq!((thread.next_member.get(), thread.created_at.get()), (1, created_at));
}

#[test]
fn published_messages_enter_the_content_log_in_order() {
    let mut chain = Chain::new();
    let alice = chain.thread_of(1, 10_000).remove(0);
    let mut messages = vec![];
    for n in 1..=5 {
        let sent = chain.publish(&alice, hash(n)).unwrap();
        let published = Event::MessagePublished {
            thread: THREAD,
            hash: hash(n),
            author: wallet(&alice),
            sequence: u64::from(n) - 1,
            published_at: chain.time(),
        };
        assert_eq!(sent.events, [published]);
        assert_eq!(chain.message(hash(n)).unwrap().sequence.get(), u64::from(n) - 1);
        messages.push((hash(n), wallet(&alice)));
        let thread = chain.thread();
        let log = ContentLog::from_parts(thread.log_count.get(), thread.log_peaks);
        assert_eq!(log.root(), log_root(&messages), "after {n} messages");
    }
    let thread = chain.thread();
    assert_eq!(
        thread.log_peaks[2..],
        [[0; 32]; MAX_PEAKS - 2],
        "five leaves have two peaks, nothing stale behind"
    );
}

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
    assert_eq!(thread.members().len(), 4);
    assert_eq!((thread.members()[3].wallet, thread.members()[3].number.get()), (dave.pubkey(), 3));
    for seat in 0..3 {
        let gained = thread.members()[seat].claimable.get() - before.members()[seat].claimable.get();
        assert_eq!(gained, 333, "seat {seat}");
    }
    assert_eq!(thread.members()[3].claimable.get(), 0);
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
    assert_eq!((thread.token_balance.get(), thread.escrow.get(), thread.members().len()), (250, 0, 1));
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
    assert_eq!(chain.thread().members().len(), 4);
}

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
    assert_eq!(chain.thread().members()[0].claimable.get(), 0);
}

#[test]
fn an_author_approved_twice_keeps_one_seat() {
    let mut chain = Chain::new();
    let alice = chain.thread_of(1, 10_000).remove(0);
    let bob = chain.wallet();
    chain.propose(&bob, hash(1), 100).unwrap();
    chain.propose(&bob, hash(2), 100).unwrap();
    chain.vote(&alice, hash(1), &bob, true).unwrap();
    chain.vote(&alice, hash(2), &bob, true).unwrap();
    let last = chain.vote(&bob, hash(2), &bob, true).unwrap();
    assert_eq!(last.kinds(), ["vote_cast", "proposal_approved"]);
    assert_eq!(chain.thread().members().len(), 2);
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
    assert_eq!(chain.thread().members().len(), 32);
    co_authors.push(last_seat.insecure_clone());
    for voter in &co_authors[..31] {
        chain.vote(voter, again, &last_seat, true).unwrap();
    }
    let last = chain.vote(&co_authors[31], again, &last_seat, true).unwrap();
    assert_eq!(last.kinds(), ["vote_cast", "proposal_approved"], "the 32nd vote decides");
    assert_eq!(chain.thread().members().len(), 32, "who is a co-author already takes no second seat");
}

#[test]
fn the_largest_stake_is_shared_without_overflow() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(3, 10_000);
    let whale = chain.wallet();
    let stake = u64::MAX - TOKENS;
    let account = token_account(&chain.deployment, wallet(&whale), stake);
    chain.svm.set_account(chain.token_address(&whale), account).unwrap();
    chain.propose(&whale, hash(1), stake).unwrap();
    chain.vote(&co_authors[0], hash(1), &whale, true).unwrap();
    chain.vote(&co_authors[1], hash(1), &whale, true).unwrap();
    chain.vote(&co_authors[2], hash(1), &whale, false).unwrap();
    assert_eq!(chain.thread().escrow.get(), 0);
}

#[test]
fn a_rejected_hash_is_proposed_and_approved_in_the_same_transaction() {
    let mut chain = Chain::new();
    let alice = chain.thread_of(1, 10_000).remove(0);
    let bob = chain.wallet();
    chain.propose(&bob, hash(1), 250).unwrap();
    let (me, author) = (wallet(&alice), wallet(&bob));
    let vote = |approve| build::vote(me, THREAD, hash(1), author, approve);
    let again = build::propose(&chain.deployment, author, THREAD, hash(1), 300);
    let sent = chain.send_signed(&[vote(false), again, vote(true)], &[&alice, &bob]).unwrap();
    let kinds = ["vote_cast", "proposal_rejected", "proposal_created", "vote_cast", "proposal_approved"];
    assert_eq!(sent.kinds(), kinds);
    assert_eq!(chain.message(hash(1)).unwrap().author, bob.pubkey());
}

#[test]
fn a_wallet_sent_lamports_to_the_next_address_cannot_block_it() {
    let mut chain = Chain::new();
    let alice = chain.thread_of(1, 10_000).remove(0);
    chain.svm.airdrop(&address::content(THREAD, hash(1)), 1_000_000).unwrap();
    chain.publish(&alice, hash(1)).expect("a prefunded address is used all the same");
    let bob = chain.wallet();
    chain.svm.airdrop(&address::content(THREAD, hash(2)), 1_000_000).unwrap();
    chain.propose(&bob, hash(2), MIN_STAKE).expect("a prefunded address is used all the same");
    chain.vote(&alice, hash(2), &bob, true).expect("and settles like any other");
}
