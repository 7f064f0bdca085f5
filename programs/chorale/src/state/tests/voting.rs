//! Who votes, and when.

use super::*;

const AUTHOR: u8 = 40;
const STAKE: u64 = 1_000;

/// A thread with `count` co-authors and one proposal.
fn proposed(count: u8, bps: u16) -> (World, Proposal) {
    let mut world = World::with(count, bps);
    let proposal = world.propose(wallet(AUTHOR), hash(5), STAKE, START).unwrap();
    (world, proposal)
}

#[test]
fn a_vote_is_its_members_and_leaves_an_undecided_proposal_open() {
    let (mut world, mut proposal) = proposed(3, UNANIMOUS);
    let voted = world
        .change(&mut proposal, |pending| {
            let voted = pending.vote(&wallet(2), (true, STAKE), START + 5)?;
            Ok((voted.member, Outcome::of(&voted.state)))
        })
        .unwrap();
    assert_eq!(voted, (1, Outcome::Pending));
    assert_eq!(proposal.ballot.votes[1], Vote { member: 1.into(), choice: 2 });
    assert_eq!(world.thread.updated_at.get(), START + 5);
    assert_eq!(world.thread.open_proposals.get(), 1);
}

#[test]
fn only_co_authors_vote() {
    let (mut world, mut proposal) = proposed(3, UNANIMOUS);
    for stranger in [AUTHOR, 41] {
        let refused = refusal(world.vote(&mut proposal, stranger, true, START));
        assert_eq!(refused, ChoraleError::NotCoAuthor);
    }
    world.leave(2);
    assert_eq!(refusal(world.vote(&mut proposal, 2, true, START)), ChoraleError::NotCoAuthor);
}

#[test]
fn a_second_vote_is_refused() {
    let (mut world, mut proposal) = proposed(3, UNANIMOUS);
    world.vote(&mut proposal, 1, true, START).unwrap();
    for approve in [true, false] {
        let refused = refusal(world.vote(&mut proposal, 1, approve, START));
        assert_eq!(refused, ChoraleError::AlreadyVoted);
    }
}

#[test]
fn votes_are_taken_until_the_second_of_expiry() {
    let (mut world, mut proposal) = proposed(3, UNANIMOUS);
    let expiry = START + PROPOSAL_TTL;
    for late in [expiry, expiry + 1, i64::MAX] {
        let refused = refusal(world.vote(&mut proposal, 1, true, late));
        assert_eq!(refused, ChoraleError::ProposalExpired);
    }
    assert_eq!(world.vote(&mut proposal, 1, true, expiry - 1), Ok(Outcome::Pending));
}

#[test]
fn an_archived_thread_takes_no_vote() {
    let (mut world, mut proposal) = proposed(1, UNANIMOUS);
    world.leave(1);
    assert_eq!(refusal(world.vote(&mut proposal, 1, true, START)), ChoraleError::ThreadArchived);
}

#[test]
fn a_pause_stops_no_vote() {
    let (mut world, mut proposal) = proposed(1, UNANIMOUS);
    world.config.paused = 1;
    world.vote(&mut proposal, 1, true, START).unwrap().approved();
}

#[test]
fn a_rule_that_is_none_decides_nothing() {
    for bps in [0, 10_001, u16::MAX] {
        let (mut world, mut proposal) = proposed(1, UNANIMOUS);
        world.thread.approval_bps = bps.into();
        let refused = refusal(world.vote(&mut proposal, 1, true, START));
        assert_eq!(refused, ChoraleError::InvalidApprovalRule, "{bps}");
    }
}

/// What a thread's rule makes of votes in this order: `+` approves, `-` denies.
#[track_caller]
fn check(bps: u16, co_authors: u8, votes: &str, approved: bool) {
    let (mut world, mut proposal) = proposed(co_authors, bps);
    let mut outcome = Outcome::Pending;
    for (voter, vote) in (1..).zip(votes.chars()) {
        assert_eq!(outcome, Outcome::Pending, "decided before vote {voter} of {votes}");
        outcome = world.vote(&mut proposal, voter, vote == '+', START).unwrap();
    }
    assert_eq!(matches!(outcome, Outcome::Approved(_)), approved, "{votes}: {outcome:?}");
    assert_ne!(outcome, Outcome::Pending, "{votes}");
    assert_eq!((world.thread.open_proposals.get(), world.thread.escrow.get()), (0, 0));
    world.assert_conserved();
}

#[test]
fn the_vote_that_reaches_the_share_or_puts_it_out_of_reach_decides() {
    check(UNANIMOUS, 1, "+", true);
    check(UNANIMOUS, 1, "-", false);
    check(UNANIMOUS, 3, "+++", true);
    check(UNANIMOUS, 3, "++-", false);
    check(UNANIMOUS, 3, "-", false);
    check(5_000, 4, "++", true);
    check(5_000, 4, "-+-+", true);
    check(5_000, 4, "--+-", false);
    check(5_001, 4, "-+++", true);
    check(5_001, 4, "--", false);
    check(1, 31, "+", true);
    check(1, 3, "---", false);
    check(UNANIMOUS, 31, &"+".repeat(31), true);
    check(5_000, 31, &"+-".repeat(16)[..31], true);
}

#[test]
fn a_member_who_came_later_votes_and_changes_what_is_needed() {
    let (mut world, mut first) = proposed(2, UNANIMOUS);
    let mut second = world.propose(wallet(41), hash(6), STAKE, START).unwrap();
    world.vote(&mut second, 1, true, START).unwrap();
    world.vote(&mut first, 1, true, START).unwrap();
    world.vote(&mut first, 2, true, START).unwrap().approved();
    assert_eq!(world.vote(&mut second, 2, true, START), Ok(Outcome::Pending), "one of three is missing");
    world.vote(&mut second, AUTHOR, true, START).unwrap().approved();
    world.assert_conserved();
}

#[test]
fn whoever_is_seated_again_votes_again_as_another_member() {
    let (mut world, mut proposal) = proposed(3, UNANIMOUS);
    world.vote(&mut proposal, 2, true, START).unwrap();
    world.leave(2);
    assert_eq!(world.thread.seat(wallet(2), START), Ok(3), "a new number");
    assert_eq!(world.vote(&mut proposal, 1, true, START), Ok(Outcome::Pending));
    assert_eq!(world.vote(&mut proposal, 3, true, START), Ok(Outcome::Pending), "the old vote is dead");
    world.vote(&mut proposal, 2, true, START).unwrap().approved();
}

#[test]
fn a_vote_is_for_the_stake_it_was_meant_for() {
    let (mut world, mut proposal) = proposed(3, UNANIMOUS);
    for stake in [0, STAKE - 1, STAKE + 1] {
        let refused = world.change(&mut proposal, |pending| {
            pending.vote(&wallet(2), (true, stake), START).map(|voted| voted.member)
        });
        assert_eq!(refused, Err(ChoraleError::StakeDiffers.into()), "{stake}");
    }
}
