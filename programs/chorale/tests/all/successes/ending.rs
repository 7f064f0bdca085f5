//! Proposals end without a deciding vote: settled after a departure, expired, cancelled.

use crate::harness::*;
use chorale::{address, build};
use chorale_domain::event::Event;
use chorale_domain::id::Amount;
use solana_signer::Signer;

#[test]
fn settle_approves_once_those_who_stayed_all_approve() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(3, 10_000);
    let (dave, anyone) = (chain.wallet(), chain.wallet());
    let (log_count, treasury) = (chain.thread().log_count.get(), chain.treasury().balance.get());
    chain.propose(&dave, hash(1), 1_001).unwrap();
    chain.vote(&co_authors[0], hash(1), &dave, true).unwrap();
    chain.vote(&co_authors[2], hash(1), &dave, true).unwrap();
    chain.wait(COOLDOWN);
    chain.divest(&co_authors[1]).unwrap();
    let claimable = chain.claimable(&co_authors[0]);
    let (lamports, rent) =
        (chain.lamports(&dave.pubkey()), chain.lamports(&address::content(THREAD, hash(1))));
    let sent = chain.settle(&anyone, hash(1), &dave).unwrap();
    let approved = Event::ProposalApproved {
        thread: THREAD,
        hash: hash(1),
        author: wallet(&dave),
        settled_by: wallet(&anyone),
        member: 3,
        sequence: log_count,
        approvers: vec![0, 2],
        share: Amount(500),
        to_treasury: Amount(1),
        approved_at: chain.time(),
        escrow: Amount(0),
        treasury: Amount(treasury + 1),
    };
    assert_eq!(sent.events, [approved]);
    assert_eq!(chain.claimable(&co_authors[0]), claimable + 500);
    assert_eq!(chain.member(&dave).unwrap().number.get(), 3);
    assert_eq!(chain.message(hash(1)).unwrap().sequence.get(), log_count);
    let record = chain.lamports(&address::content(THREAD, hash(1)));
    assert_eq!(chain.lamports(&dave.pubkey()), lamports + rent - record, "surplus rent is the author's");
}

#[test]
fn settle_rejects_once_the_approvals_that_are_left_cannot_suffice() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(4, 5_000);
    let (eve, anyone) = (chain.wallet(), chain.wallet());
    let balance = chain.thread().token_balance.get();
    let treasury = chain.treasury().balance.get();
    chain.propose(&eve, hash(1), 900).unwrap();
    for (voter, approve) in [(0, true), (2, false), (3, false)] {
        chain.vote(&co_authors[voter], hash(1), &eve, approve).unwrap();
    }
    chain.wait(COOLDOWN);
    chain.divest(&co_authors[0]).unwrap();
    let (lamports, rent) =
        (chain.lamports(&eve.pubkey()), chain.lamports(&address::content(THREAD, hash(1))));
    let sent = chain.settle(&anyone, hash(1), &eve).unwrap();
    let rejected = Event::ProposalRejected {
        thread: THREAD,
        hash: hash(1),
        author: wallet(&eve),
        settled_by: wallet(&anyone),
        to_treasury: Amount(0),
        to_thread: Amount(900),
        rejected_at: chain.time(),
        escrow: Amount(0),
        token_balance: Amount(balance + 900),
        treasury: Amount(treasury),
    };
    assert_eq!(sent.events, [rejected]);
    assert_eq!(chain.lamports(&eve.pubkey()), lamports + rent, "all rent goes back to the author");
    assert_eq!(chain.lamports(&address::content(THREAD, hash(1))), 0);
    assert_eq!(chain.thread().open_proposals.get(), 0);
}

#[test]
fn anyone_expires_a_proposal_its_stake_goes_to_the_treasury_its_rent_to_the_author() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let (carol, anyone) = (chain.wallet(), chain.wallet());
    chain.propose(&carol, hash(1), 250).unwrap();
    chain.vote(&co_authors[0], hash(1), &carol, true).unwrap();
    chain.wait(TTL);
    let claimable = chain.claimable(&co_authors[0]);
    let (lamports, rent) =
        (chain.lamports(&carol.pubkey()), chain.lamports(&address::content(THREAD, hash(1))));
    let sent = chain.expire(&anyone, hash(1), &carol).unwrap();
    let expired = Event::ProposalExpired {
        thread: THREAD,
        hash: hash(1),
        author: wallet(&carol),
        settled_by: wallet(&anyone),
        to_treasury: Amount(250),
        expired_at: chain.time(),
        escrow: Amount(0),
        treasury: Amount(250),
    };
    assert_eq!(sent.events, [expired]);
    assert_eq!(chain.treasury().balance.get(), 250);
    assert_eq!(chain.claimable(&co_authors[0]), claimable, "an approval that decided nothing earns nothing");
    let thread = chain.thread();
    assert_eq!((thread.escrow.get(), thread.open_proposals.get()), (0, 0));
    assert_eq!(chain.lamports(&carol.pubkey()), lamports + rent);
    assert_eq!(chain.lamports(&address::content(THREAD, hash(1))), 0);
}

#[test]
fn the_author_cancels_and_gets_stake_and_rent_back() {
    let mut chain = Chain::new();
    chain.thread_of(1, 10_000);
    let (bob, carol, sponsor) = (chain.wallet(), chain.wallet(), chain.wallet());
    chain.propose(&carol, hash(2), 300).unwrap();
    let lamports = chain.lamports(&bob.pubkey());
    let propose = build::propose(&chain.deployment, wallet(&bob), THREAD, hash(1), 250, 0);
    chain.send_signed(&[propose], &[&sponsor, &bob]).unwrap();
    let cancel = build::cancel(&chain.deployment, wallet(&bob), THREAD, hash(1));
    let sent = chain.send_signed(&[cancel], &[&sponsor, &bob]).unwrap();
    let cancelled = Event::ProposalCancelled {
        thread: THREAD,
        hash: hash(1),
        author: wallet(&bob),
        refund: Amount(250),
        cancelled_at: chain.time(),
        escrow: Amount(300),
    };
    assert_eq!(sent.events, [cancelled]);
    assert_eq!((chain.tokens(&bob), chain.lamports(&bob.pubkey())), (TOKENS, lamports), "nothing is lost");
    assert_eq!(chain.lamports(&address::content(THREAD, hash(1))), 0);
    let thread = chain.thread();
    assert_eq!((thread.escrow.get(), thread.open_proposals.get()), (300, 1));
}

#[test]
fn a_refund_goes_where_the_author_wants_it() {
    let mut chain = Chain::new();
    chain.thread_of(1, 10_000);
    let (bob, carol) = (chain.wallet(), chain.wallet());
    chain.propose(&bob, hash(1), 250).unwrap();
    let mut cancel = build::cancel(&chain.deployment, wallet(&bob), THREAD, hash(1));
    cancel.accounts[6].pubkey = chain.token_address(&carol);
    chain.send(&[cancel], &bob).unwrap();
    assert_eq!(chain.tokens(&carol), TOKENS + 250);
}
