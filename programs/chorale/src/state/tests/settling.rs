//! Settling what a departure decided, and the end of what nobody decided.

use super::*;

const AUTHOR: u8 = 40;
const STAKE: u64 = 1_000;
const EXPIRY: i64 = START + PROPOSAL_TTL;

/// A thread with `count` co-authors and a proposal that these wallets voted on.
fn voted(count: u8, bps: u16, votes: &[(u8, bool)]) -> (World, Proposal) {
    let mut world = World::with(count, bps);
    let mut proposal = world.propose(wallet(AUTHOR), hash(5), STAKE, START).unwrap();
    for (voter, approve) in votes {
        assert_eq!(world.vote(&mut proposal, *voter, *approve, START), Ok(Outcome::Pending));
    }
    (world, proposal)
}

#[test]
fn an_undecided_proposal_is_not_settled() {
    for votes in [&[][..], &[(1, true)], &[(1, true), (2, true)]] {
        let (mut world, mut proposal) = voted(3, UNANIMOUS, votes);
        assert_eq!(refusal(world.settle(&mut proposal, START)), ChoraleError::NotDecided);
    }
}

#[test]
fn the_departure_of_who_did_not_vote_completes_an_approval() {
    let (mut world, mut proposal) = voted(3, UNANIMOUS, &[(1, true), (3, true)]);
    world.leave(2);
    let end = world.settle(&mut proposal, START + 7).unwrap().approved();
    assert_eq!((end.member, end.sequence, end.share), (3, 0, 500));
    assert_eq!((world.claimable(1), world.claimable(3)), (500, 500));
    assert_eq!(world.thread.updated_at.get(), START + 7);
    world.assert_conserved();
}

#[test]
fn a_departure_can_put_approval_out_of_reach() {
    let (mut world, mut proposal) = voted(6, 6_667, &[(1, false), (2, true)]);
    for leaver in [4, 5] {
        world.leave(leaver);
        assert_eq!(refusal(world.settle(&mut proposal, START)), ChoraleError::NotDecided);
    }
    world.leave(6);
    let end = world.settle(&mut proposal, START).unwrap().rejected();
    assert_eq!((end.to_treasury, end.to_thread), (500, 500));
    world.assert_conserved();
}

#[test]
fn the_last_approver_leaves_and_nothing_is_decided() {
    let (mut world, mut proposal) = voted(2, UNANIMOUS, &[(1, true)]);
    world.leave(1);
    assert_eq!(refusal(world.settle(&mut proposal, START)), ChoraleError::NotDecided);
    world.vote(&mut proposal, 2, true, START).unwrap().approved();
}

#[test]
fn settling_ends_at_the_second_at_which_expiring_begins() {
    let (mut world, mut proposal) = voted(2, UNANIMOUS, &[(1, true)]);
    world.leave(2);
    for late in [EXPIRY, EXPIRY + 1, i64::MAX] {
        let refused = refusal(world.settle(&mut proposal, late));
        assert_eq!(refused, ChoraleError::ProposalExpired);
    }
    for early in [START, EXPIRY - 1] {
        let refused = refusal(world.expire(&mut proposal, early));
        assert_eq!(refused, ChoraleError::NotExpired);
    }
    let (mut late, mut late_proposal) = (world, proposal);
    world.settle(&mut proposal, EXPIRY - 1).unwrap().approved();
    assert_eq!(late.expire(&mut late_proposal, EXPIRY), Ok(Expired { to_treasury: STAKE }));
}

#[test]
fn an_archived_thread_settles_nothing() {
    let (mut world, mut proposal) = voted(1, UNANIMOUS, &[]);
    world.leave(1);
    assert_eq!(refusal(world.settle(&mut proposal, START)), ChoraleError::ThreadArchived);
}

#[test]
fn an_expired_stake_is_the_treasurys_whatever_the_votes() {
    for votes in [&[][..], &[(1, true)], &[(1, true), (2, true)]] {
        let (mut world, mut proposal) = voted(3, UNANIMOUS, votes);
        world.expire(&mut proposal, EXPIRY + 5).unwrap();
        assert_eq!((world.treasury.balance.get(), world.treasury.held.get()), (STAKE, STAKE));
        assert_eq!((world.thread.escrow.get(), world.thread.open_proposals.get()), (0, 0));
        assert_eq!(world.thread.updated_at.get(), EXPIRY + 5);
        world.assert_conserved();
    }
}

#[test]
fn a_proposal_expires_in_an_archived_thread_too() {
    let (mut world, mut proposal) = voted(1, UNANIMOUS, &[]);
    world.leave(1);
    assert_eq!(world.expire(&mut proposal, EXPIRY), Ok(Expired { to_treasury: STAKE }));
    world.assert_conserved();
}

#[test]
fn other_open_proposals_keep_their_stakes() {
    let (mut world, mut proposal) = voted(3, UNANIMOUS, &[]);
    world.propose(wallet(41), hash(6), 300, START).unwrap();
    world.expire(&mut proposal, EXPIRY).unwrap();
    assert_eq!((world.thread.escrow.get(), world.thread.open_proposals.get()), (300, 1));
    world.assert_conserved();
}

#[test]
fn a_stake_that_is_not_in_escrow_is_released_to_nobody() {
    let (mut world, mut proposal) = voted(1, UNANIMOUS, &[]);
    world.thread.escrow = (STAKE - 1).into();
    assert_eq!(refusal(world.expire(&mut proposal, EXPIRY)), ChoraleError::Overflow);
    world.thread.escrow = STAKE.into();
    world.thread.open_proposals = 0.into();
    assert_eq!(refusal(world.expire(&mut proposal, EXPIRY)), ChoraleError::Overflow);
}

#[test]
fn the_last_proposal_leaves_nothing_in_escrow() {
    let (mut world, mut proposal) = voted(1, UNANIMOUS, &[]);
    world.thread.escrow = (STAKE + 1).into();
    assert_eq!(refusal(world.expire(&mut proposal, EXPIRY)), ChoraleError::InvariantBroken);
    assert_eq!(refusal(world.cancel(&mut proposal, AUTHOR, EXPIRY)), ChoraleError::InvariantBroken);
    assert_eq!(refusal(world.vote(&mut proposal, 1, true, START)), ChoraleError::InvariantBroken);
    assert_eq!(refusal(world.vote(&mut proposal, 1, false, START)), ChoraleError::InvariantBroken);
}
