//! Reading what was: versions, states as of a slot, events by filter, what went wrong.

use super::lived::{LATE_THREAD, lived, told};
use super::story::{ALICE, OTHER_THREAD, THREAD, apply_each, on_each_engine, story, write_at};
use crate::{Counts, EventFilter, Record, Store, StoredEvent};
use chorale_domain::state::{Entity, EntityKey};
use chorale_wire::socket::{Commitment, VersionedEntity};

/// The whole state as of a slot, page by page.
async fn state_at(store: &Store, slot: u64) -> Vec<(EntityKey, Entity)> {
    let mut all: Vec<VersionedEntity> = vec![];
    while let page = store.state_at(slot, all.last().map(|entity| entity.key), 3).await.unwrap()
        && !page.is_empty()
    {
        all.extend(page);
    }
    all.into_iter().map(|entity| (entity.key, entity.entity)).collect()
}

async fn state(store: &Store) -> Vec<(EntityKey, Entity)> {
    let all = store.state(None, 1000).await.unwrap();
    all.into_iter().map(|entity| (entity.key, entity.entity)).collect()
}

#[tokio::test]
async fn the_state_as_of_a_slot_is_what_was_read_then_also_after_forks() {
    on_each_engine(async |location| {
        let (writer, story) = (write_at(&location).await, story());
        let mut then = vec![];
        for transaction in &story {
            apply_each(&writer, std::slice::from_ref(transaction)).await;
            then.push((transaction.slot, state(writer.store()).await));
        }
        writer.retract(story[4].signature).await.unwrap();
        let (slot, early) = &then[3];
        assert_eq!(&state_at(writer.store(), 1_000).await, early, "nothing after slot {slot} counts");
        apply_each(&writer, &story[4..]).await;
        for (slot, expected) in &then {
            assert_eq!(&state_at(writer.store(), *slot).await, expected, "slot {slot}");
            for (key, entity) in expected {
                let found = writer.store().entity_at(key, *slot).await.unwrap().unwrap();
                assert_eq!(&found.entity, entity, "{key} in slot {slot}");
            }
        }
        assert_eq!(state_at(writer.store(), 100).await, []);
    })
    .await;
}

#[tokio::test]
async fn versions_tell_what_became_of_an_entity() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        let versions = writer.store().versions(&EntityKey::Thread(LATE_THREAD), 0, 100).await.unwrap();
        let told: Vec<_> =
            versions.iter().map(|v| (v.version, v.change_type.as_str(), v.live, v.state.is_some())).collect();
        let expected = [
            (1, "create", false, true),
            (2, "update", false, true),
            (3, "retract", false, true),
            (4, "retract", false, false),
            (5, "create", true, true),
            (6, "update", true, true),
        ];
        assert_eq!(told, expected);
        assert_eq!((versions[2].reason.as_str(), versions[2].actor), ("message_published", ALICE));
        assert!(versions.iter().all(|v| v.checksum == v.state.as_ref().map(Entity::checksum)));
        let rest = writer.store().versions(&EntityKey::Thread(LATE_THREAD), 4, 1).await.unwrap();
        assert_eq!(rest, versions[4..5]);
    })
    .await;
}

#[tokio::test]
async fn a_retraction_is_an_event_with_what_it_restored_and_removed() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        let events = writer.store().events_after(0, 1000).await.unwrap();
        let retractions: Vec<_> =
            events.iter().filter(|event| matches!(event.record, Record::Retracted { .. })).collect();
        assert!(!retractions.is_empty());
        for retraction in retractions {
            let Record::Retracted { sequence, event } = &retraction.record else { unreachable!() };
            let original = &events[usize::try_from(sequence - 1).unwrap()];
            assert_eq!(original.record, Record::Happened(event.clone()));
            let commitments = [original.commitment, retraction.commitment];
            assert_eq!(commitments, [Commitment::Retracted; 2]);
            let changed = original.changes.len();
            assert_eq!(retraction.changes.len() + retraction.removed.len(), changed, "{retraction:?}");
        }
    })
    .await;
}

fn fits(event: &StoredEvent, filter: &EventFilter) -> bool {
    let happened = event.record.event();
    filter.thread.is_none_or(|thread| happened.event.thread() == Some(thread))
        && filter.kind.as_ref().is_none_or(|kind| happened.event.kind() == kind)
        && filter.signature.is_none_or(|signature| happened.id.signature == signature)
        && filter.from_slot.is_none_or(|slot| happened.slot >= slot)
        && filter.to_slot.is_none_or(|slot| happened.slot <= slot)
        && (!filter.live_only || event.commitment != Commitment::Retracted)
}

#[tokio::test]
async fn a_filter_gives_exactly_the_events_that_fit_with_what_they_changed() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        let all = writer.store().events_after(0, 1000).await.unwrap();
        let none = EventFilter::default;
        let filters = [
            none(),
            EventFilter { thread: Some(OTHER_THREAD), ..none() },
            EventFilter { kind: Some("message_published".into()), ..none() },
            EventFilter { signature: Some(told()[8].signature), ..none() },
            EventFilter { from_slot: Some(105), to_slot: Some(109), ..none() },
            EventFilter { live_only: true, ..none() },
            EventFilter { thread: Some(THREAD), from_slot: Some(107), live_only: true, ..none() },
            EventFilter { kind: Some("nothing".into()), ..none() },
        ];
        for filter in filters {
            let expected: Vec<_> = all.iter().filter(|event| fits(event, &filter)).cloned().collect();
            let mut found: Vec<StoredEvent> = vec![];
            while let after = found.last().map_or(0, |event| event.sequence)
                && let page = writer.store().events(&filter, after, 4).await.unwrap()
                && !page.is_empty()
            {
                found.extend(page);
            }
            assert_eq!(found, expected, "{filter:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn counts_add_up() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        let events = writer.store().events_after(0, 1000).await.unwrap();
        let retracted = events.iter().filter(|e| matches!(e.record, Record::Retracted { .. })).count();
        let live = events.iter().filter(|event| event.commitment != Commitment::Retracted).count();
        let number = |count: usize| i64::try_from(count).unwrap();
        let expected = Counts {
            events: number(events.len()),
            live_events: number(live),
            retracted: number(retracted),
            entities: number(state(writer.store()).await.len()),
            dead_letters: 1,
            incidents: 1,
            stopped: 1,
        };
        assert_eq!(writer.store().counts().await.unwrap(), expected);
    })
    .await;
}

#[tokio::test]
async fn what_went_wrong_can_be_read() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        let store = writer.store();
        let [letter] = store.dead_letters(None, 10).await.unwrap().try_into().unwrap();
        assert_eq!((letter.slot, letter.reason.as_str()), (108, "unknown event"));
        assert_eq!(store.dead_letters(Some(letter.signature), 10).await.unwrap(), []);
        let [stopped] = store.stopped().await.unwrap().try_into().unwrap();
        assert_eq!((stopped.stopped.thread, stopped.recorded_at), (OTHER_THREAD, 1_000));
        let [incident] = store.incidents(0, 10).await.unwrap().try_into().unwrap();
        assert_eq!((incident.number, incident.incident.kind.as_str()), (1, "difference"));
        assert_eq!(store.incidents(1, 10).await.unwrap(), []);
    })
    .await;
}
