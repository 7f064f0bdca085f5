//! Events that are taken back, and every way in which that can be wrong.

use super::*;

impl Server {
    /// Takes the last event back.
    fn pull(&mut self) -> RetractionFrame {
        let (retracts, event, transition) = self.past.pop().expect("something to take back");
        transition.rollback(&mut self.entities);
        let (left, gone): (Vec<_>, Vec<_>) =
            self.renewed(&transition).into_iter().partition(|key| self.entities.contains_key(key));
        let previous = self.cursor;
        self.cursor += 3;
        RetractionFrame {
            room: self.room,
            mark: mark(self.cursor),
            previous,
            retracts,
            event: in_chain(event),
            restored: left.into_iter().map(|key| self.versioned(key)).collect(),
            removed: gone
                .into_iter()
                .map(|key| RemovedEntity { key, version: self.versions[&key] })
                .collect(),
        }
    }
}

/// Takes the `n`th event of the story back from a room, after `alter` has been at the frame.
fn altered_in(room: Room, n: usize, alter: impl FnOnce(&mut RetractionFrame)) -> RoomError {
    let (mut server, mut state) = played(room, n);
    let before = state.clone();
    let mut frame = server.pull();
    assert_eq!(state.clone().retract(frame.clone()), Ok(()), "unaltered it leads back");
    alter(&mut frame);
    let error = state.retract(frame).expect_err("an altered frame was accepted");
    assert_eq!(state, before, "a refused frame changed the state");
    error
}

/// The proposal, which created an entity and changed another.
fn altered(alter: impl FnOnce(&mut RetractionFrame)) -> RoomError {
    altered_in(Room::Thread(THREAD), 2, alter)
}

fn proposal() -> EntityKey {
    EntityKey::Proposal(THREAD, HASH)
}

fn not_the_inverse(error: &RoomError, key: EntityKey) {
    assert_eq!(*error, RoomError::NotTheInverse(key));
}

#[test]
fn taking_everything_back_leads_through_every_state_before() {
    for room in [Room::Thread(THREAD), Room::Lobby] {
        let mut server = Server::new(room);
        let mut state = server.snapshot();
        let mut past = vec![];
        for event in story() {
            past.push(state.entities().clone());
            state.apply(server.push(event)).unwrap();
        }
        for before in past.iter().rev() {
            state.retract(server.pull()).unwrap_or_else(|error| panic!("{room}: {error}"));
            assert_eq!(state.entities(), before, "{room}");
            assert_eq!(state.versions, server.snapshot().versions, "{room}");
            assert_eq!(state.cursor(), server.cursor);
        }
    }
}

#[test]
fn after_a_retraction_another_history_goes_on() {
    let (mut server, mut state) = played(Room::Thread(THREAD), 3);
    state.retract(server.pull()).unwrap();
    let approving =
        Event::VoteCast { thread: THREAD, hash: HASH, voter: ALICE, member: 0, approve: true, voted_at: 103 };
    state.apply(server.push(approving)).unwrap();
    assert_eq!(state, server.snapshot());
}

#[test]
fn what_was_removed_goes_on_from_its_version_when_it_comes_again() {
    let (mut server, mut state) = played(Room::Thread(THREAD), 2);
    state.retract(server.pull()).unwrap();
    assert_eq!(state.version(&proposal()), None);
    let frame = server.push(story().remove(1));
    let mut from_one = frame.clone();
    from_one.changes.iter_mut().find(|change| change.key == proposal()).unwrap().version = 1;
    assert_eq!(state.apply(from_one), Err(RoomError::Version { key: proposal(), expected: 3, got: 1 }));
    state.apply(frame).unwrap();
    assert_eq!((state.version(&proposal()), state), (Some(3), server.snapshot()));
}

#[test]
fn who_came_after_the_retraction_takes_the_version_it_comes_again_with() {
    let (mut server, _) = played(Room::Thread(THREAD), 2);
    server.pull();
    let mut late = server.snapshot();
    late.apply(server.push(story().remove(1))).unwrap();
    assert_eq!(late.version(&proposal()), Some(3));
}

#[test]
fn a_missing_or_repeated_retraction_is_a_gap() {
    assert_eq!(altered(|frame| frame.previous += 1), RoomError::Gap { previous: 7, seen: 6 });
    assert!(matches!(altered(|frame| frame.mark = mark(6)), RoomError::Gap { .. }));
}

#[test]
fn only_what_is_before_it_is_taken_back() {
    assert_eq!(altered(|frame| frame.retracts = 9), RoomError::Order { cursor: 9, retracts: 9 });
    assert_eq!(altered(|frame| frame.retracts = 0), RoomError::Order { cursor: 9, retracts: 0 });
}

#[test]
fn what_is_final_is_not_taken_back() {
    let (mut server, mut state) = played(Room::Thread(THREAD), 2);
    state.finalize(6);
    state.finalize(3);
    assert_eq!(state.finalized(), 6, "a backend that is behind takes nothing back");
    let frame = server.pull();
    assert_eq!(state.retract(frame), Err(RoomError::Final { finalized: 6, retracts: 6 }));
}

#[test]
fn retractions_and_entities_of_other_rooms_are_refused() {
    let other = altered(|frame| frame.room = Room::Lobby);
    assert!(matches!(other, RoomError::Foreign(_)), "{other}");
    let restored = altered(|frame| frame.restored[0].key = EntityKey::Thread(ThreadId([2; 32])));
    assert!(matches!(restored, RoomError::Foreign(_)), "{restored}");
    let removed = altered(|frame| frame.removed[0].key = EntityKey::Config);
    assert!(matches!(removed, RoomError::Foreign(_)), "{removed}");
}

#[test]
fn a_restored_state_that_is_not_its_checksums_is_refused() {
    let error = altered(|frame| frame.restored[0].checksum = Hash32::ZERO);
    assert_eq!(error, RoomError::Checksum(EntityKey::Thread(THREAD)));
}

#[test]
fn a_retraction_that_skips_or_repeats_a_version_is_refused() {
    for step in [-1, 1] {
        let restored = altered(|frame| frame.restored[0].version += step);
        assert!(matches!(restored, RoomError::Version { expected: 3, .. }), "{restored}");
        let removed = altered(|frame| frame.removed[0].version += step);
        assert!(matches!(removed, RoomError::Version { expected: 2, .. }), "{removed}");
    }
}

#[test]
fn another_state_than_the_one_before_is_refused() {
    let restored = |alter: fn(&mut Thread)| {
        altered(|frame| {
            rewrite(&mut frame.restored[0], |entity| {
                let Entity::Thread(thread) = entity else { panic!("{entity:?}") };
                alter(thread);
            });
        })
    };
    not_the_inverse(&restored(|thread| thread.co_authors += 1), EntityKey::Thread(THREAD));
    not_the_inverse(&restored(|thread| thread.token_balance = Amount(1)), EntityKey::Thread(THREAD));
    let error = restored(|thread| thread.escrow = Amount(1));
    assert!(matches!(error, RoomError::Impossible(_)), "the event tells the escrow: {error}");
}

#[test]
fn a_retraction_that_leaves_something_out_is_refused() {
    let error = altered(|frame| frame.restored.clear());
    assert!(matches!(error, RoomError::Impossible(_)), "{error}");
    let error = altered(|frame| frame.removed.clear());
    assert!(matches!(error, RoomError::Impossible(_)), "{error}");
}

#[test]
fn a_retraction_that_takes_more_with_it_is_refused() {
    let member = EntityKey::Member(THREAD, 0);
    let removed = altered(|frame| frame.removed.push(RemovedEntity { key: member, version: 2 }));
    not_the_inverse(&removed, member);
    let never_there = EntityKey::Member(THREAD, 7);
    let removed = altered(|frame| frame.removed.push(RemovedEntity { key: never_there, version: 1 }));
    not_the_inverse(&removed, never_there);
}

#[test]
fn nothing_is_restored_and_removed_at_once() {
    let key = EntityKey::Thread(THREAD);
    let error = altered(|frame| frame.removed.push(RemovedEntity { key, version: 3 }));
    not_the_inverse(&error, key);
}

#[test]
fn another_event_than_the_one_that_happened_is_refused() {
    let error = altered(|frame| {
        let Event::ProposalCreated { author, .. } = &mut frame.event.event else { panic!() };
        *author = ALICE;
    });
    not_the_inverse(&error, proposal());
    let impossible = altered(|frame| frame.event.event = story().remove(2));
    assert!(matches!(impossible, RoomError::Impossible(_)), "{impossible}");
}

#[test]
fn an_event_that_something_was_built_on_is_not_taken_back_before_it() {
    let (mut server, state) = played(Room::Thread(THREAD), 3);
    let (mut skipping, _) = played(Room::Thread(THREAD), 2);
    server.pull();
    let mut frame = skipping.pull();
    frame.previous = state.cursor();
    frame.mark = mark(frame.previous + 3);
    frame.removed[0].version += 1;
    frame.restored[0].version += 1;
    not_the_inverse(&state.clone().retract(frame).unwrap_err(), EntityKey::Thread(THREAD));
}

#[test]
fn the_lobby_holds_a_retracted_settlement_against_its_treasury() {
    let expired = Event::ProposalExpired {
        thread: THREAD,
        hash: HASH,
        author: BOB,
        settled_by: ALICE,
        to_treasury: Amount(7),
        expired_at: 161,
        escrow: Amount(0),
        treasury: Amount(47),
    };
    let (mut server, mut state) = played(Room::Lobby, 3);
    state.apply(server.push(expired)).unwrap();
    let frame = server.pull();
    let mut kept = frame.clone();
    kept.restored.retain(|restored| restored.key != EntityKey::Treasury);
    not_the_inverse(&state.clone().retract(kept).unwrap_err(), EntityKey::Treasury);
    let mut less = frame.clone();
    let restored = less.restored.iter_mut().find(|restored| restored.key == EntityKey::Treasury);
    rewrite(restored.unwrap(), |entity| *entity = Entity::Treasury(Treasury { balance: Amount(39) }));
    not_the_inverse(&state.clone().retract(less).unwrap_err(), EntityKey::Treasury);
    state.retract(frame).unwrap();
    assert_eq!(state, server.snapshot());
}
