//! An honest server's frames, and what is wrong with others.

mod retraction;
mod wallet;

use super::*;
use chorale_domain::event::{ChainEvent, Event, EventId};
use chorale_domain::id::{Amount, Hash32, Signature, ThreadId, Wallet};
use chorale_domain::state::{Config, Entity, Message, Roots, Thread, Treasury};
use chorale_domain::transition::Transition;
use chorale_wire::socket::{Commitment, Tag};

const THREAD: ThreadId = ThreadId([1; 32]);
const ALICE: Wallet = Wallet([10; 32]);
const BOB: Wallet = Wallet([11; 32]);
const HASH: Hash32 = Hash32([20; 32]);

fn story() -> Vec<Event> {
    let (thread, hash, author, stake) = (THREAD, HASH, BOB, Amount(7));
    let created = Event::ThreadCreated { thread, creator: ALICE, approval_bps: 10_000, created_at: 100 };
    let proposed = Event::ProposalCreated {
        thread,
        hash,
        author,
        stake,
        created_at: 101,
        expires_at: 161,
        escrow: stake,
    };
    let voted = Event::VoteCast { thread, hash, voter: ALICE, member: 0, approve: false, voted_at: 102 };
    vec![created, proposed, voted, rejected(Amount(40))]
}

fn rejected(treasury: Amount) -> Event {
    Event::ProposalRejected {
        thread: THREAD,
        hash: HASH,
        author: BOB,
        settled_by: ALICE,
        to_treasury: Amount(0),
        to_thread: Amount(7),
        rejected_at: 102,
        escrow: Amount(0),
        token_balance: Amount(7),
        treasury,
    }
}

fn config() -> Config {
    Config {
        authority: ALICE,
        pending_authority: None,
        anchor_authority: BOB,
        mint: Wallet([2; 32]),
        token_program: Wallet([3; 32]),
        decimals: 6,
        min_stake: Amount(5),
        proposal_ttl: 60,
        divest_cooldown: 60,
        min_thread_balance: Amount(1),
        paused: false,
    }
}

/// What an honest server keeps and sends.
struct Server {
    room: Room,
    cursor: i64,
    entities: Entities,
    /// Of removed entities too.
    versions: BTreeMap<EntityKey, i64>,
    past: Vec<(i64, Event, Transition)>,
}

impl Server {
    fn new(room: Room) -> Self {
        let entities = Entities::from([
            (EntityKey::Config, Entity::Config(config())),
            (EntityKey::Treasury, Entity::Treasury(Treasury { balance: Amount(40) })),
            (EntityKey::Roots, Entity::Roots(Roots::default())),
        ]);
        let versions = entities.keys().map(|key| (*key, 1)).collect();
        Self { room, cursor: 0, entities, versions, past: vec![] }
    }

    fn versioned(&self, key: EntityKey) -> VersionedEntity {
        let entity = self.entities[&key].clone();
        VersionedEntity { key, version: self.versions[&key], checksum: entity.checksum(), entity }
    }

    fn snapshot(&self) -> RoomState {
        let held = self.entities.iter().filter(|(key, entity)| self.room.holds(key, entity));
        let entities = held.map(|(key, _)| self.versioned(*key)).collect();
        RoomState::from_snapshot(self.room, mark(self.cursor), 0, entities).unwrap()
    }

    /// Global sequences grow by 3, as they do when other rooms have events too.
    fn push(&mut self, event: Event) -> EventFrame {
        let transition = Transition::plan(&event, &self.entities).unwrap();
        transition.apply(&mut self.entities);
        let changes = self.renewed(&transition);
        let changes = changes.into_iter().map(|key| self.versioned(key)).collect();
        let previous = self.cursor;
        self.cursor += 3;
        self.past.push((self.cursor, event.clone(), transition));
        frame(self.room, previous, event, changes)
    }

    /// Whether the room holds what a transition changed, before it or after it.
    fn is_home(&self, key: &EntityKey, transition: &Transition) -> bool {
        let change = transition.changes().iter().find(|change| change.key == *key).unwrap();
        change.before.iter().chain([&change.after]).any(|entity| self.room.holds(key, entity))
    }

    /// Gives what changed its next version; returns what the room holds of it.
    fn renewed(&mut self, transition: &Transition) -> Vec<EntityKey> {
        let changed: Vec<_> = transition.changes().iter().map(|change| change.key).collect();
        for key in &changed {
            *self.versions.entry(*key).or_default() += 1;
        }
        changed.into_iter().filter(|key| self.is_home(key, transition)).collect()
    }
}

fn frame(room: Room, previous: i64, event: Event, changes: Vec<VersionedEntity>) -> EventFrame {
    let event = in_chain(event);
    let (mark, commitment, removed) = (mark(previous + 3), Commitment::Confirmed, vec![]);
    EventFrame { room, mark, previous, commitment, event, changes, removed }
}

/// Every cursor's tag is its own.
fn mark(cursor: i64) -> Mark {
    Mark { cursor, tag: Tag(u32::try_from(cursor).unwrap().to_be_bytes()) }
}

fn in_chain(event: Event) -> ChainEvent {
    let id = EventId { signature: Signature([1; 64]), instruction: 0, inner: 0 };
    ChainEvent { id, slot: 9, schema: 1, event }
}

fn played(room: Room, events: usize) -> (Server, RoomState) {
    let mut server = Server::new(room);
    let mut state = server.snapshot();
    for event in story().into_iter().take(events) {
        let frame = server.push(event);
        state.apply(frame).unwrap_or_else(|error| panic!("{error}"));
    }
    (server, state)
}

/// Applies the third event of the story to a thread's room, after `alter` has been at it.
fn altered(alter: impl FnOnce(&mut EventFrame)) -> RoomError {
    let (mut server, mut state) = played(Room::Thread(THREAD), 2);
    let before = state.clone();
    let mut frame = server.push(story().remove(2));
    alter(&mut frame);
    let error = state.apply(frame).expect_err("an altered frame was accepted");
    assert_eq!(state, before, "a refused frame changed the state");
    error
}

fn rewrite(change: &mut VersionedEntity, alter: impl FnOnce(&mut Entity)) {
    alter(&mut change.entity);
    change.checksum = change.entity.checksum();
}

#[test]
fn events_lead_to_the_same_state_as_a_late_snapshot() {
    for room in [Room::Thread(THREAD), Room::Lobby] {
        let (server, state) = played(room, 4);
        assert_eq!(state, server.snapshot(), "{room}");
    }
}

#[test]
fn a_missing_or_repeated_frame_is_a_gap() {
    let missing = altered(|frame| frame.previous += 1);
    assert_eq!(missing, RoomError::Gap { previous: 7, seen: 6 });
    assert!(matches!(altered(|frame| frame.mark = mark(6)), RoomError::Gap { .. }));
}

#[test]
fn who_was_away_goes_on_from_its_own_mark_whatever_others_were_told_last() {
    let (mut server, mut state) = played(Room::Thread(THREAD), 2);
    assert_eq!(state.mark(), mark(6));
    state.resumed(mark(8), 0).unwrap();
    // Of what this frame follows the server is less sure than this client.
    state.apply(server.push(story().remove(2))).unwrap();
    assert_eq!(state.mark(), mark(9));
    assert_eq!(state.resumed(mark(8), 0).unwrap_err(), RoomError::Gap { previous: 8, seen: 9 });
}

#[test]
fn a_state_that_is_not_its_checksums_is_refused() {
    let error = altered(|frame| frame.changes[0].checksum = Hash32::ZERO);
    assert!(matches!(error, RoomError::Checksum(_)), "{error}");
}

#[test]
fn a_skipped_version_is_refused() {
    let error = altered(|frame| frame.changes[0].version += 1);
    assert!(matches!(error, RoomError::Version { .. }), "{error}");
}

#[test]
fn a_state_the_rules_do_not_lead_to_is_refused() {
    let invented = altered(|frame| {
        rewrite(&mut frame.changes[0], |entity| {
            if let Entity::Thread(thread) = entity {
                thread.co_authors += 1;
            }
        });
    });
    assert_eq!(invented, RoomError::Differs(EntityKey::Thread(THREAD)));
    let left_out = altered(|frame| frame.changes.clear());
    assert!(matches!(left_out, RoomError::Differs(_)), "{left_out}");
}

#[test]
fn an_event_that_cannot_follow_is_refused() {
    let error = altered(|frame| frame.event.event = story().remove(0));
    assert!(matches!(error, RoomError::Impossible(_)), "{error}");
}

#[test]
fn entities_and_frames_of_other_rooms_are_refused() {
    let other = altered(|frame| frame.room = Room::Lobby);
    assert!(matches!(other, RoomError::Foreign(_)), "{other}");
    let message = Message { thread: THREAD, hash: HASH, author: BOB, sequence: 0, approved_at: 1 };
    let misnamed =
        altered(|frame| rewrite(&mut frame.changes[0], |entity| *entity = Entity::Message(message)));
    assert!(matches!(misnamed, RoomError::Foreign(_)), "{misnamed}");
}

#[test]
fn the_lobby_holds_a_settlement_against_its_treasury() {
    let (mut server, mut state) = played(Room::Lobby, 3);
    let mut frame = server.push(rejected(Amount(40)));
    frame.event.event = rejected(Amount(41));
    assert_eq!(state.apply(frame), Err(RoomError::Differs(EntityKey::Treasury)));
}

#[test]
fn the_lobby_takes_no_other_treasury_from_an_event_that_does_not_move_it() {
    let (mut server, mut state) = played(Room::Lobby, 2);
    let mut frame = server.push(story().remove(2));
    let entity = Entity::Treasury(Treasury { balance: Amount(39) });
    let (key, checksum) = (EntityKey::Treasury, entity.checksum());
    frame.changes.push(VersionedEntity { key, version: 2, checksum, entity });
    assert_eq!(state.apply(frame), Err(RoomError::Differs(EntityKey::Treasury)));
}

/// Alice, who is alone since the proposal was rejected, leaves with what the thread need not keep.
fn divested(share: u64) -> Event {
    Event::Divested {
        thread: THREAD,
        wallet: ALICE,
        member: 0,
        share: Amount(share),
        claimed: Amount(0),
        divested_at: 160,
        token_balance: Amount(7 - share),
        archived: true,
    }
}

#[test]
fn a_departure_is_followed_in_the_room_of_its_thread() {
    let (mut server, mut state) = played(Room::Thread(THREAD), 4);
    state.apply(server.push(divested(6))).unwrap();
    assert_eq!(state, server.snapshot());
}

#[test]
fn nobody_leaves_with_more_than_there_is() {
    let (mut server, mut state) = played(Room::Thread(THREAD), 4);
    let mut frame = server.push(divested(6));
    if let Event::Divested { share, .. } = &mut frame.event.event {
        *share = Amount(8);
    }
    assert!(matches!(state.apply(frame), Err(RoomError::Impossible(_))));
}

#[test]
fn the_lobby_follows_the_deployment_by_the_rules() {
    let root = Hash32([30; 32]);
    let anchored = |authority| Event::RootAnchored { authority, slot: 5, root, anchored_at: 100 };
    let withdrawn = Event::TreasuryWithdrawn {
        authority: ALICE,
        destination: Wallet([5; 32]),
        amount: Amount(3),
        withdrawn_at: 100,
        treasury: Amount(37),
    };
    let (mut server, mut state) = played(Room::Lobby, 4);
    for event in [Event::PausedSet { authority: ALICE, paused: true, set_at: 100 }, withdrawn] {
        state.apply(server.push(event)).unwrap();
    }
    let frame = server.push(anchored(BOB));
    let mut usurped = frame.clone();
    usurped.event.event = anchored(ALICE);
    assert!(matches!(state.apply(usurped), Err(RoomError::Impossible(_))));
    state.apply(frame).unwrap();
    assert_eq!(state, server.snapshot());
}
