//! Reading what is there now.

use super::story::{
    ALICE, APPROVED, BOB, EVENTS, EXPIRED, OTHER_THREAD, PENDING, REJECTED, THREAD, apply_each, batch,
    on_each_engine, published, story, transaction, write_at,
};
use crate::{Location, Writer};
use chorale_domain::id::{Amount, ThreadId};
use chorale_domain::state::{Entity, EntityKey, ProposalStatus};
use chorale_wire::socket::{Commitment, Room, VersionedEntity};
use std::collections::BTreeMap;

async fn told(location: &Location) -> Writer {
    let writer = write_at(location).await;
    writer.apply(batch(&story())).await.unwrap();
    writer
}

const ROOMS: [Room; 3] = [Room::Lobby, Room::Thread(THREAD), Room::Thread(OTHER_THREAD)];

#[tokio::test]
async fn a_snapshot_and_the_events_after_it_give_the_state_at_every_step() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        let store = writer.store();
        let mut snapshots = vec![];
        for transaction in story() {
            for room in ROOMS {
                snapshots.push((room, store.snapshot(room).await.unwrap()));
            }
            apply_each(&writer, &[transaction]).await;
        }
        for (room, early) in snapshots {
            let mut entities: BTreeMap<_, _> = early.entities.into_iter().map(|e| (e.key, e)).collect();
            for event in store.events_after(early.mark.cursor, 100).await.unwrap() {
                follow(&mut entities, room, event.changes);
            }
            let late = store.snapshot(room).await.unwrap();
            assert_eq!(
                entities.into_values().collect::<Vec<_>>(),
                late.entities,
                "{room} from {}",
                early.mark.cursor
            );
        }
    })
    .await;
}

/// Takes an event's changes as a client does: each version follows the one it has.
fn follow(entities: &mut BTreeMap<EntityKey, VersionedEntity>, room: Room, changes: Vec<VersionedEntity>) {
    for change in changes.into_iter().filter(|change| room.holds(&change.key, &change.entity)) {
        let before = entities.get(&change.key).map_or(0, |entity| entity.version);
        assert_eq!(change.version, before + 1, "{}", change.key);
        assert_eq!(change.checksum, change.entity.checksum());
        entities.insert(change.key, change);
    }
}

#[tokio::test]
async fn a_snapshot_of_a_thread_that_is_not_there_is_empty() {
    on_each_engine(async |location| {
        let writer = told(&location).await;
        let store = writer.store();
        let snapshot = store.snapshot(Room::Thread(ThreadId([99; 32]))).await.unwrap();
        assert_eq!((snapshot.mark.cursor, snapshot.entities), (EVENTS, vec![]));
    })
    .await;
}

#[tokio::test]
async fn events_come_back_as_they_went_in_page_by_page() {
    on_each_engine(async |location| {
        let writer = told(&location).await;
        let store = writer.store();
        let mut seen = vec![];
        while let page = store.events_after(i64::try_from(seen.len()).unwrap(), 5).await.unwrap()
            && !page.is_empty()
        {
            seen.extend(page);
        }
        let sequences: Vec<_> = seen.iter().map(|event| event.sequence).collect();
        assert_eq!(sequences, (1..=EVENTS).collect::<Vec<_>>());
        assert!(
            seen.iter().all(|event| event.commitment == Commitment::Confirmed && !event.changes.is_empty())
        );
        let events: Vec<_> = seen.iter().map(|event| event.record.event().clone()).collect();
        let told: Vec<_> = story().into_iter().flat_map(|transaction| transaction.events).collect();
        assert_eq!(events, told);
    })
    .await;
}

#[tokio::test]
async fn an_empty_store_answers_everything() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        let store = writer.store();
        assert_eq!(store.last_event().await.unwrap(), (0, 0));
        assert_eq!(store.config().await.unwrap(), None);
        assert_eq!(store.treasury().await.unwrap().balance, Amount(0));
        assert_eq!(store.roots().await.unwrap().roots, vec![]);
        assert_eq!(store.threads(None, 10).await.unwrap(), vec![]);
        assert_eq!(store.events_after(0, 10).await.unwrap(), vec![]);
        assert_eq!(store.entity(&EntityKey::Config).await.unwrap(), None);
        store.verify_chain().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn entities_carry_version_and_checksum() {
    on_each_engine(async |location| {
        let writer = told(&location).await;
        let store = writer.store();
        let thread = store.entity(&EntityKey::Thread(THREAD)).await.unwrap().unwrap();
        let changes = store.events_after(0, 100).await.unwrap();
        let changes = changes.iter().flat_map(|event| &event.changes);
        let versions = changes.filter(|change| change.key == thread.key).count();
        assert_eq!(thread.version, i64::try_from(versions).unwrap());
        assert_eq!(thread.checksum, thread.entity.checksum());
    })
    .await;
}

#[tokio::test]
async fn config_treasury_and_members_follow_the_chain() {
    on_each_engine(async |location| {
        let writer = told(&location).await;
        let store = writer.store();
        assert_eq!(store.config().await.unwrap().unwrap().min_stake, Amount(5));
        assert_eq!(store.treasury().await.unwrap().balance, Amount(10));
        let members = store.members(THREAD).await.unwrap();
        let members: Vec<_> =
            members.iter().map(|member| (member.number, member.wallet, member.current)).collect();
        assert_eq!(members, [(0, ALICE, true), (1, BOB, false)]);
    })
    .await;
}

#[tokio::test]
async fn the_lobby_has_the_roots_that_were_posted() {
    on_each_engine(async |location| {
        let writer = told(&location).await;
        let store = writer.store();
        let lobby = store.snapshot(Room::Lobby).await.unwrap();
        let found = lobby.entities.into_iter().find(|found| found.key == EntityKey::Roots).unwrap();
        let roots = store.roots().await.unwrap();
        assert_eq!(roots.roots.iter().map(|root| root.slot).collect::<Vec<_>>(), [90]);
        assert_eq!(found.entity, Entity::Roots(roots));
    })
    .await;
}

#[tokio::test]
async fn threads_come_in_the_order_of_their_ids_text() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        let store = writer.store();
        let ids: Vec<_> = (1..=25).map(|n| ThreadId([n * 10; 32])).collect();
        let created = ids.iter().map(|id| super::story::created(*id)).collect();
        writer.apply(batch(&[story()[0].clone(), transaction(2, created)])).await.unwrap();
        let mut expected = ids;
        expected.sort_by_key(ToString::to_string);

        let mut seen = vec![];
        while let page = store.threads(seen.last().copied(), 10).await.unwrap()
            && !page.is_empty()
        {
            seen.extend(page.into_iter().map(|thread| thread.thread));
        }
        assert_eq!(seen, expected);
    })
    .await;
}

#[tokio::test]
async fn messages_come_by_sequence_from_any_point() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        let store = writer.store();
        apply_each(&writer, &story()[..2]).await;
        let messages = (0..12).map(|sequence| published(THREAD, sequence)).collect();
        writer.apply(batch(&[transaction(3, messages)])).await.unwrap();
        for (after, limit, expected) in
            [(None, 3, 0..3), (Some(2), 3, 3..6), (Some(8), 50, 9..12), (Some(11), 5, 0..0)]
        {
            let page = store.messages(THREAD, after, limit).await.unwrap();
            let sequences: Vec<_> = page.iter().map(|message| message.sequence).collect();
            assert_eq!(sequences, expected.collect::<Vec<_>>(), "after {after:?}");
        }
        assert_eq!(store.messages(OTHER_THREAD, None, 5).await.unwrap(), vec![]);
    })
    .await;
}

#[tokio::test]
async fn the_last_messages_come_newest_first_from_any_point() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        apply_each(&writer, &story()[..2]).await;
        let messages = (0..12).map(|sequence| published(THREAD, sequence)).collect();
        writer.apply(batch(&[transaction(3, messages)])).await.unwrap();
        for (before, limit, expected) in [(None, 3, 9..12), (Some(9), 3, 6..9), (Some(2), 50, 0..2)] {
            let page = writer.store().latest_messages(THREAD, before, limit).await.unwrap();
            let sequences: Vec<_> = page.iter().map(|message| message.sequence).collect();
            assert_eq!(sequences, expected.rev().collect::<Vec<_>>(), "before {before:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn members_proposals_and_the_whole_state_come_page_by_page() {
    on_each_engine(async |location| {
        let writer = told(&location).await;
        let store = writer.store();
        let (mut members, mut proposals, mut state) = (vec![], vec![], vec![]);
        while let page = store.members_after(THREAD, members.last().copied(), 1).await.unwrap()
            && !page.is_empty()
        {
            members.extend(page.into_iter().map(|member| member.number));
        }
        while let page = store.proposals_after(THREAD, None, proposals.last().copied(), 1).await.unwrap()
            && !page.is_empty()
        {
            proposals.extend(page.into_iter().map(|proposal| proposal.hash));
        }
        while let page = store.state(state.last().copied(), 2).await.unwrap()
            && !page.is_empty()
        {
            state.extend(page.into_iter().map(|entity| entity.key));
        }
        assert_eq!(members, [0, 1]);
        assert_eq!(proposals, [APPROVED, REJECTED, PENDING, EXPIRED]);
        assert_eq!(i64::try_from(state.len()).unwrap(), store.counts().await.unwrap().entities);
        assert!(state.is_sorted_by_key(ToString::to_string), "{state:?}");
    })
    .await;
}

#[tokio::test]
async fn proposals_come_oldest_first_and_by_status() {
    on_each_engine(async |location| {
        let writer = told(&location).await;
        let store = writer.store();
        let statuses = [
            (None, vec![APPROVED, REJECTED, PENDING, EXPIRED]),
            (Some(ProposalStatus::Pending), vec![PENDING]),
            (Some(ProposalStatus::Approved), vec![APPROVED]),
            (Some(ProposalStatus::Rejected), vec![REJECTED]),
            (Some(ProposalStatus::Expired), vec![EXPIRED]),
            (Some(ProposalStatus::Cancelled), vec![]),
        ];
        for (status, expected) in statuses {
            let found = store.proposals(THREAD, status).await.unwrap();
            let hashes: Vec<_> = found.iter().map(|proposal| proposal.hash).collect();
            assert_eq!(hashes, expected, "{status:?}");
        }
        assert_eq!(store.proposals(OTHER_THREAD, None).await.unwrap(), vec![]);
    })
    .await;
}

#[tokio::test]
async fn reading_goes_on_while_a_batch_is_written() {
    on_each_engine(async |location| {
        let writer = told(&location).await;
        let store = writer.store();
        let writing = writer.begin().await.unwrap();
        assert_eq!(store.snapshot(Room::Lobby).await.unwrap().mark.cursor, EVENTS);
        drop(writing);
    })
    .await;
}
