//! A member leaves while a proposal is open.

use crate::harness::*;
use chorale::build;
use chorale_domain::event::Event;

/// The approvers, and the share of each, of the approval among the events.
fn approval(sent: &Sent) -> (Vec<u32>, u64) {
    let approval = sent.events.iter().find_map(|event| match event {
        Event::ProposalApproved { approvers, share, .. } => Some((approvers.clone(), share.0)),
        _ => None,
    });
    approval.expect("this should be approved")
}

#[test]
fn a_member_leaves_with_an_approval_cast_and_it_neither_counts_nor_earns() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(3, 10_000);
    let dave = chain.wallet();
    chain.propose(&dave, hash(1), 1_000).unwrap();
    chain.vote(&co_authors[1], hash(1), &dave, true).unwrap();
    chain.wait(COOLDOWN);
    chain.divest(&co_authors[1]).unwrap();
    assert_eq!(chain.vote(&co_authors[0], hash(1), &dave, true).unwrap().kinds(), ["vote_cast"]);
    let last = chain.vote(&co_authors[2], hash(1), &dave, true).unwrap();
    assert_eq!(approval(&last), (vec![0, 2], 500), "those who stayed share all of the stake");
}

#[test]
fn a_member_leaves_with_a_denial_cast_and_it_no_longer_stands_in_the_way() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(4, 7_500);
    let eve = chain.wallet();
    chain.propose(&eve, hash(1), 1_000).unwrap();
    chain.vote(&co_authors[3], hash(1), &eve, false).unwrap();
    chain.vote(&co_authors[0], hash(1), &eve, true).unwrap();
    chain.vote(&co_authors[1], hash(1), &eve, true).unwrap();
    chain.wait(COOLDOWN);
    chain.divest(&co_authors[3]).unwrap();
    assert_eq!(chain.settle(&eve, hash(1), &eve).unwrap_err(), "NotDecided", "2 of 3 are not three quarters");
    let last = chain.vote(&co_authors[2], hash(1), &eve, true).unwrap();
    assert_eq!(approval(&last), (vec![0, 1, 2], 333));
}

#[test]
fn a_leavers_vote_is_not_part_of_how_a_rejected_stake_is_split() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(3, 10_000);
    let treasury = chain.treasury().balance.get();
    let dave = chain.wallet();
    chain.propose(&dave, hash(1), 1_000).unwrap();
    chain.vote(&co_authors[0], hash(1), &dave, true).unwrap();
    chain.vote(&co_authors[1], hash(1), &dave, true).unwrap();
    chain.wait(COOLDOWN);
    chain.divest(&co_authors[1]).unwrap();
    chain.vote(&co_authors[2], hash(1), &dave, false).unwrap();
    assert_eq!(chain.treasury().balance.get() - treasury, 500, "one of the two live votes approved");
}

#[test]
fn the_last_one_who_had_not_approved_leaves_and_settle_approves() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(3, 10_000);
    let dave = chain.wallet();
    chain.propose(&dave, hash(1), 1_000).unwrap();
    chain.vote(&co_authors[0], hash(1), &dave, true).unwrap();
    chain.vote(&co_authors[1], hash(1), &dave, true).unwrap();
    chain.wait(COOLDOWN);
    assert_eq!(chain.settle(&dave, hash(1), &dave).unwrap_err(), "NotDecided");
    chain.divest(&co_authors[2]).unwrap();
    let settled = chain.settle(&dave, hash(1), &dave).unwrap();
    assert_eq!(approval(&settled), (vec![0, 1], 500));
}

#[test]
fn the_last_approver_leaves_and_settle_rejects() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(4, 5_000);
    let eve = chain.wallet();
    chain.propose(&eve, hash(1), 1_000).unwrap();
    chain.vote(&co_authors[0], hash(1), &eve, true).unwrap();
    chain.vote(&co_authors[2], hash(1), &eve, false).unwrap();
    chain.vote(&co_authors[3], hash(1), &eve, false).unwrap();
    chain.wait(COOLDOWN);
    assert_eq!(chain.settle(&eve, hash(1), &eve).unwrap_err(), "NotDecided");
    chain.divest(&co_authors[0]).unwrap();
    let settled = chain.settle(&eve, hash(1), &eve).unwrap();
    assert_eq!(settled.kinds(), ["proposal_rejected"], "2 of 3 are needed, 2 of 3 deny");
}

#[test]
fn the_only_approver_leaves_and_the_proposal_stays_open_for_those_who_stay() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let carol = chain.wallet();
    chain.propose(&carol, hash(1), 1_000).unwrap();
    chain.vote(&co_authors[0], hash(1), &carol, true).unwrap();
    chain.wait(COOLDOWN);
    chain.divest(&co_authors[0]).unwrap();
    assert_eq!(chain.settle(&carol, hash(1), &carol).unwrap_err(), "NotDecided");
    let last = chain.vote(&co_authors[1], hash(1), &carol, true).unwrap();
    assert_eq!(approval(&last), (vec![1], 1_000));
}

#[test]
fn one_departure_decides_every_open_proposal_and_each_is_settled_on_its_own() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let (carol, dave) = (chain.wallet(), chain.wallet());
    chain.propose(&carol, hash(1), 1_000).unwrap();
    chain.propose(&dave, hash(2), 2_000).unwrap();
    chain.vote(&co_authors[0], hash(1), &carol, true).unwrap();
    chain.vote(&co_authors[0], hash(2), &dave, true).unwrap();
    chain.wait(COOLDOWN);
    chain.divest(&co_authors[1]).unwrap();
    assert_eq!(approval(&chain.settle(&carol, hash(1), &carol).unwrap()), (vec![0], 1_000));
    let refusal = refused(&mut chain, |chain| chain.settle(&dave, hash(2), &dave));
    assert_eq!(refusal, "NotDecided", "carol is a co-author now and has not voted");
    assert_eq!(approval(&chain.vote(&carol, hash(2), &dave, true).unwrap()), (vec![0, 2], 1_000));
}

#[test]
fn a_member_leaves_and_settles_in_the_same_transaction() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let carol = chain.wallet();
    chain.propose(&carol, hash(1), 1_000).unwrap();
    chain.vote(&co_authors[0], hash(1), &carol, true).unwrap();
    chain.wait(COOLDOWN);
    let leaver = wallet(&co_authors[1]);
    let divest = build::divest(&chain.deployment, leaver, THREAD, 0);
    let settle = build::settle(leaver, THREAD, hash(1), wallet(&carol));
    let sent = chain.send(&[divest, settle], &co_authors[1]).unwrap();
    assert_eq!(sent.kinds(), ["divested", "proposal_approved"]);
}

#[test]
fn a_member_votes_and_leaves_in_the_same_transaction_and_the_vote_counts_for_nothing() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(3, 10_000);
    let dave = chain.wallet();
    chain.propose(&dave, hash(1), 1_000).unwrap();
    chain.wait(COOLDOWN);
    let leaver = wallet(&co_authors[0]);
    let vote = build::vote(leaver, THREAD, hash(1), wallet(&dave), 1_000, true);
    let divest = build::divest(&chain.deployment, leaver, THREAD, 0);
    chain.send(&[vote, divest], &co_authors[0]).unwrap();
    chain.vote(&co_authors[1], hash(1), &dave, true).unwrap();
    let last = chain.vote(&co_authors[2], hash(1), &dave, true).unwrap();
    assert_eq!(approval(&last), (vec![1, 2], 500));
}
