//! Ending a thread, and what an archived one still gives.

use super::*;

#[test]
fn the_sole_co_author_ends_the_thread_and_keeps_the_seat() {
    let mut world = World::with(2, UNANIMOUS);
    world.leave(1);
    assert_eq!(world.thread.active().unwrap().archive(&wallet(2), START + 3), Ok(1));
    assert!(world.thread.is_archived());
    assert_eq!((world.thread.seats.len(), world.thread.updated_at.get()), (1, START + 3));
}

#[test]
fn one_of_several_cannot_end_the_thread() {
    for count in [2, 3, 32] {
        let mut world = World::with(count, UNANIMOUS);
        let refused = refusal(world.thread.active().unwrap().archive(&wallet(1), START));
        assert_eq!(refused, ChoraleError::NotSoleCoAuthor);
    }
}

#[test]
fn a_stranger_cannot_end_a_thread() {
    let mut world = World::with(2, UNANIMOUS);
    world.leave(2);
    for stranger in [2, 9] {
        let refused = refusal(world.thread.active().unwrap().archive(&wallet(stranger), START));
        assert_eq!(refused, ChoraleError::NotCoAuthor);
    }
}

#[test]
fn a_thread_with_open_proposals_is_not_ended() {
    let mut world = World::new(UNANIMOUS);
    let mut proposal = world.propose(wallet(2), hash(5), 300, START).unwrap();
    let refused = refusal(world.thread.active().unwrap().archive(&wallet(1), START));
    assert_eq!(refused, ChoraleError::ProposalsOpen);
    world.cancel(&mut proposal, 2, START).unwrap();
    world.thread.active().unwrap().archive(&wallet(1), START).unwrap();
}

/// A thread that wallet 1 archived, with a balance and something to claim.
fn archived() -> World {
    let mut world = World::new(UNANIMOUS);
    world.give(1_000);
    world.treasury.receive(70).unwrap();
    world.thread.seats.members[0].claimable = 70.into();
    world.thread.active().unwrap().archive(&wallet(1), START).unwrap();
    world
}

#[test]
fn an_archived_thread_takes_nothing_more() {
    let mut world = archived();
    assert!(matches!(world.thread.state(), Ok(ThreadState::Archived)));
    assert_eq!(refusal(world.thread.active()), ChoraleError::ThreadArchived);
    let refused = refusal(world.propose(wallet(2), hash(5), 300, START));
    assert_eq!(refused, ChoraleError::ThreadArchived);
}

#[test]
fn what_is_in_an_archived_thread_can_be_taken_out() {
    let mut world = archived();
    assert_eq!(world.thread.claim(&wallet(1), START), Ok((0, 70)));
    assert_eq!(refusal(world.try_leave(1, START)), ChoraleError::CooldownRunning);
    let left = world.leave(1);
    assert_eq!(left, Left { member: 0, share: 1_000 - KEPT, claimed: 0, archived: true });
    assert!(world.thread.is_archived() && world.thread.seats.is_empty());
}
