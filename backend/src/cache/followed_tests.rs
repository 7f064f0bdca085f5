//! What holds, what does not.

use super::*;
use chorale_domain::event::{ChainEvent, Event, EventId};
use chorale_domain::id::{Amount, Hash32, Signature, ThreadId, Wallet};
use chorale_domain::state::{Entity, EntityKey, Member};
use chorale_store::Record;
use chorale_wire::socket::{Commitment, RemovedEntity, VersionedEntity};

const HERE: ThreadId = ThreadId([1; 32]);
const THERE: ThreadId = ThreadId([2; 32]);
const ALICE: Wallet = Wallet([3; 32]);
const BOB: Wallet = Wallet([4; 32]);

fn tag(cursor: i64) -> [u8; 32] {
    let mut hash = [7; 32];
    hash[..4].copy_from_slice(&u32::try_from(cursor).unwrap().to_be_bytes());
    hash
}

fn mark(cursor: i64) -> Mark {
    Mark { cursor, tag: Hash32(tag(cursor)).into() }
}

/// A row that says what changed.
fn row(sequence: i64, changes: Vec<VersionedEntity>, removed: Vec<RemovedEntity>) -> StoredEvent {
    let id = EventId { signature: Signature([0; 64]), instruction: 0, inner: 0 };
    let event = Event::PausedSet { authority: ALICE, paused: true, set_at: 0 };
    let event = ChainEvent { id, slot: 1, schema: 1, event };
    let (hash, commitment) = (Hash32(tag(sequence)), Commitment::Confirmed);
    StoredEvent { sequence, hash, commitment, record: Record::Happened(event), changes, removed }
}

/// `wallet`'s seat in `thread` changes.
fn seat(sequence: i64, thread: ThreadId, wallet: Wallet) -> StoredEvent {
    let member = Member { thread, number: 0, wallet, joined_at: 0, claimable: Amount(0), current: false };
    let entity = Entity::Member(member);
    let (key, checksum) = (EntityKey::Member(thread, 0), entity.checksum());
    row(sequence, vec![VersionedEntity { key, version: 1, checksum, entity }], vec![])
}

fn followed() -> Followed {
    let followed = Followed::with_window(100);
    followed.begin(mark(10));
    followed
}

#[test]
fn a_value_holds_until_an_event_touches_what_it_depends_on() {
    let followed = followed();
    assert!(followed.holds(mark(10), Scope::Thread(HERE)));
    followed.note(&seat(11, HERE, ALICE));
    for (scope, holds) in [
        (Scope::Thread(HERE), false),
        (Scope::Thread(THERE), true),
        (Scope::Wallet(ALICE), false),
        (Scope::Wallet(BOB), true),
    ] {
        assert_eq!(followed.holds(mark(10), scope), holds, "{scope:?} as of 10");
        assert!(followed.holds(mark(11), scope), "{scope:?} as of 11");
    }
}

#[test]
fn an_event_that_is_noted_again_takes_nothing_from_what_is_known() {
    let followed = followed();
    let before = followed.moment();
    followed.note(&seat(11, HERE, ALICE));
    followed.note(&seat(11, HERE, ALICE));
    assert!(followed.holds(mark(10), Scope::Thread(THERE)));
    assert!(!followed.holds(mark(10), Scope::Thread(HERE)));
    assert_eq!(followed.mark_of(before), Some(mark(10)), "the following did not begin anew");
}

#[test]
fn a_seat_that_a_fork_drops_takes_everyones_rights_to_be_looked_up_anew() {
    let followed = followed();
    let gone = RemovedEntity { key: EntityKey::Member(HERE, 1), version: 2 };
    followed.note(&row(11, vec![], vec![gone]));
    assert!(!followed.holds(mark(10), Scope::Wallet(BOB)), "the row does not say whose seat it was");
    assert!(followed.holds(mark(11), Scope::Wallet(BOB)));
}

#[test]
fn nothing_holds_from_before_the_follower_began_or_from_beyond_where_it_is() {
    let followed = followed();
    for cursor in [0, 9, 11, i64::MAX] {
        let mark = Mark { cursor, ..mark(10) };
        assert!(!followed.holds(mark, Scope::Thread(HERE)), "as of {cursor}");
    }
    let new = Followed::with_window(100);
    assert_eq!(new.mark_of(new.moment()), None);
    assert!(!new.holds(Mark::default(), Scope::Thread(HERE)));
}

#[test]
fn nothing_of_another_store_holds() {
    let followed = followed();
    let of_another = Mark { cursor: 10, tag: Tag([9; 4]) };
    assert!(!followed.holds(of_another, Scope::Thread(HERE)));
    let before = followed.moment();
    followed.begin(mark(5));
    assert!(!followed.holds(mark(10), Scope::Thread(HERE)), "the store was replaced");
    assert_eq!(followed.mark_of(before), None);
    assert!(before < followed.moment(), "what was begun in the store before is older, whatever its cursor");
}

#[test]
fn what_is_behind_the_window_does_not_hold_and_what_is_in_it_does() {
    let followed = followed();
    followed.note(&seat(11, HERE, ALICE));
    for sequence in 12..=150 {
        followed.note(&seat(sequence, THERE, BOB));
    }
    assert!(!followed.holds(mark(11), Scope::Thread(HERE)), "it is forgotten");
    assert!(followed.holds(mark(120), Scope::Thread(HERE)));
    assert!(!followed.holds(mark(120), Scope::Thread(THERE)));
    let floors = followed.read().floors.len();
    assert_eq!(floors, 2, "only what was touched in the window has a floor: {floors}");
}

#[tokio::test]
async fn whoever_waits_for_an_event_is_woken_by_it() {
    let followed = followed();
    assert!(followed.reach(10, Duration::ZERO).await);
    assert!(!followed.reach(11, Duration::from_millis(10)).await);
    let (reached, ()) = tokio::join!(followed.reach(11, Duration::from_secs(10)), async {
        followed.wanted().await;
        followed.note(&seat(11, HERE, ALICE));
    });
    assert!(reached);
}
