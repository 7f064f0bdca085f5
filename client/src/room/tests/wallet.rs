//! The room of a wallet: its own seats and proposals, whatever else an event changes.

use super::*;

const CAROL: Wallet = Wallet([12; 32]);
const PROPOSAL: EntityKey = EntityKey::Proposal(THREAD, HASH);

/// Bob's room once his proposal was turned down.
fn bobs() -> (Server, RoomState) {
    played(Room::Wallet(BOB), 4)
}

/// Carol asks with Bob's words.
fn proposed_anew() -> Event {
    let (thread, hash, author, stake) = (THREAD, HASH, CAROL, Amount(7));
    Event::ProposalCreated { thread, hash, author, stake, created_at: 200, expires_at: 260, escrow: stake }
}

/// What Bob's room is told of that.
fn taken_over() -> (Server, RoomState, EventFrame) {
    let (mut server, state) = bobs();
    let mut frame = server.push(proposed_anew());
    let change = frame.changes.pop().expect("it was his");
    frame.removed = vec![RemovedEntity { key: change.key, version: change.version }];
    (server, state, frame)
}

#[test]
fn a_wallet_follows_its_proposal_and_nothing_else_of_the_thread() {
    let (server, state) = bobs();
    assert_eq!(state, server.snapshot());
    assert_eq!(state.entities().keys().collect::<Vec<_>>(), [&PROPOSAL]);
    let (server, state) = played(Room::Wallet(ALICE), 1);
    assert_eq!(state, server.snapshot());
    assert_eq!(state.entities().keys().collect::<Vec<_>>(), [&EntityKey::Member(THREAD, 0)]);
}

#[test]
fn what_another_proposed_anew_is_gone_and_may_come_back_at_any_later_version() {
    let (_, mut state, frame) = taken_over();
    let bobs_own = state.entities()[&PROPOSAL].clone();
    let (version, cursor) = (frame.removed[0].version, frame.mark.cursor);
    state.apply(frame).unwrap();
    assert!(state.entities().is_empty());
    let checksum = bobs_own.checksum();
    let restored = VersionedEntity { key: PROPOSAL, version: version + 3, checksum, entity: bobs_own };
    let back = RetractionFrame {
        room: Room::Wallet(BOB),
        mark: mark(cursor + 9),
        previous: cursor,
        retracts: cursor,
        event: in_chain(proposed_anew()),
        restored: vec![restored.clone()],
        removed: vec![],
    };
    state.retract(back).unwrap();
    assert_eq!(state.version(&PROPOSAL), Some(version + 3));
}

#[test]
fn only_what_is_held_can_become_anothers() {
    let (_, state, frame) = taken_over();
    let mut twice = state.clone();
    twice.apply(frame.clone()).unwrap();
    let mut again = frame.clone();
    (again.previous, again.mark) = (frame.mark.cursor, mark(frame.mark.cursor + 3));
    assert!(matches!(twice.apply(again), Err(RoomError::Foreign(_))));
    let mut skipping = frame;
    skipping.removed[0].version += 1;
    assert!(matches!(state.clone().apply(skipping), Err(RoomError::Version { .. })));
}

#[test]
fn in_a_thread_nothing_becomes_anothers() {
    let (mut server, mut state) = played(Room::Thread(THREAD), 2);
    let mut frame = server.push(story().remove(2));
    frame.removed = vec![RemovedEntity { key: PROPOSAL, version: 2 }];
    assert!(matches!(state.apply(frame), Err(RoomError::Foreign(_))));
}

#[test]
fn what_the_event_is_not_about_is_not_changed_by_it() {
    let (mut server, mut state) = played(Room::Wallet(BOB), 2);
    let mut frame = server.push(story().remove(2));
    frame.event.event = story().remove(0);
    assert_eq!(state.apply(frame), Err(RoomError::Untouched(PROPOSAL)));
}
