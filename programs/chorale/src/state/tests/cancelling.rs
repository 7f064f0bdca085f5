//! Taking a proposal back.

use super::*;
use chorale_domain::content_log::MAX_COUNT;

const AUTHOR: u8 = 40;
const STAKE: u64 = 1_000;
const EXPIRY: i64 = START + PROPOSAL_TTL;

fn proposed(count: u8) -> (World, Proposal) {
    let mut world = World::with(count, UNANIMOUS);
    let proposal = world.propose(wallet(AUTHOR), hash(5), STAKE, START).unwrap();
    (world, proposal)
}

#[test]
fn without_votes_the_author_gets_all_of_the_stake_back() {
    for now in [START, EXPIRY, EXPIRY + 1] {
        let (mut world, mut proposal) = proposed(3);
        assert_eq!(world.cancel(&mut proposal, AUTHOR, now), Ok(Cancelled { refund: STAKE }));
        assert_eq!((world.thread.escrow.get(), world.thread.open_proposals.get()), (0, 0));
        assert_eq!((world.treasury.held.get(), world.treasury.balance.get()), (0, 0));
        assert_eq!(world.thread.updated_at.get(), now);
        world.assert_conserved();
    }
}

#[test]
fn only_the_author_cancels() {
    let (mut world, mut proposal) = proposed(3);
    for other in [1, 2, 41] {
        let refused = refusal(world.cancel(&mut proposal, other, START));
        assert_eq!(refused, ChoraleError::NotProposalAuthor);
    }
}

#[test]
fn a_proposal_with_votes_stays() {
    for approve in [true, false] {
        let mut world = World::with(3, 5_000);
        let mut proposal = world.propose(wallet(AUTHOR), hash(5), STAKE, START).unwrap();
        assert_eq!(world.vote(&mut proposal, 1, approve, START), Ok(Outcome::Pending));
        for now in [START, EXPIRY] {
            assert_eq!(refusal(world.cancel(&mut proposal, AUTHOR, now)), ChoraleError::VotesCast);
        }
    }
}

#[test]
fn a_leavers_vote_is_a_vote_too() {
    let (mut world, mut proposal) = proposed(3);
    world.vote(&mut proposal, 2, true, START).unwrap();
    world.leave(2);
    assert_eq!(refusal(world.cancel(&mut proposal, AUTHOR, START)), ChoraleError::VotesCast);
}

/// A proposal that one of three co-authors approved.
fn voted() -> (World, Proposal) {
    let (mut world, mut proposal) = proposed(3);
    world.vote(&mut proposal, 1, true, START).unwrap();
    (world, proposal)
}

#[test]
fn a_proposal_to_an_archived_thread_is_cancelled_with_votes_too() {
    let (mut world, mut proposal) = voted();
    for leaver in [1, 2] {
        world.leave(leaver);
        assert_eq!(refusal(world.cancel(&mut proposal, AUTHOR, START)), ChoraleError::VotesCast);
    }
    world.leave(3);
    assert_eq!(world.cancel(&mut proposal, AUTHOR, START), Ok(Cancelled { refund: STAKE }));
    world.assert_conserved();
}

#[test]
fn a_proposal_to_a_full_thread_is_cancelled_with_votes_too() {
    let (mut world, mut proposal) = voted();
    for number in 4..=31 {
        world.thread.seat(wallet(number), START).unwrap();
    }
    assert_eq!(
        refusal(world.cancel(&mut proposal, AUTHOR, START)),
        ChoraleError::VotesCast,
        "a seat is free"
    );
    world.thread.seat(wallet(32), START).unwrap();
    assert_eq!(world.cancel(&mut proposal, AUTHOR, START), Ok(Cancelled { refund: STAKE }));
}

#[test]
fn an_author_who_has_a_seat_in_a_full_thread_is_not_without_hope() {
    let (mut world, mut proposal) = voted();
    world.thread.seat(wallet(AUTHOR), START).unwrap();
    for number in 4..=31 {
        world.thread.seat(wallet(number), START).unwrap();
    }
    assert!(world.thread.seats.is_full());
    assert_eq!(refusal(world.cancel(&mut proposal, AUTHOR, START)), ChoraleError::VotesCast);
}

#[test]
fn a_proposal_to_a_full_log_is_cancelled_with_votes_too() {
    let (mut world, mut proposal) = voted();
    world.fill_log(MAX_COUNT - 1);
    assert_eq!(
        refusal(world.cancel(&mut proposal, AUTHOR, START)),
        ChoraleError::VotesCast,
        "one place left"
    );
    world.fill_log(MAX_COUNT);
    assert_eq!(world.cancel(&mut proposal, AUTHOR, START), Ok(Cancelled { refund: STAKE }));
}

#[test]
fn a_pause_keeps_no_stake() {
    let (mut world, mut proposal) = proposed(1);
    world.config.paused = 1;
    assert_eq!(world.cancel(&mut proposal, AUTHOR, START), Ok(Cancelled { refund: STAKE }));
}

#[test]
fn other_open_proposals_keep_their_stakes() {
    let (mut world, mut proposal) = proposed(1);
    world.propose(wallet(41), hash(6), 300, START).unwrap();
    world.cancel(&mut proposal, AUTHOR, START).unwrap();
    assert_eq!((world.thread.escrow.get(), world.thread.open_proposals.get()), (300, 1));
    world.assert_conserved();
}
