use super::story::{
    ALICE, APPROVED, BOB, EVENTS, EXPIRED, OTHER_THREAD, PENDING, REJECTED, THREAD, apply_each, batch, open,
    published, story, transaction,
};
use crate::Store;
use chorale_domain::id::{Amount, ThreadId};
use chorale_domain::state::{Entity, EntityKey, ProposalStatus};
use chorale_wire::socket::{Commitment, Room, VersionedEntity};
use std::collections::BTreeMap;
use tempfile::{TempDir, tempdir};

async fn told() -> (TempDir, Store) {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    store.apply(batch(&story())).await.unwrap();
    (folder, store)
}

const ROOMS: [Room; 3] = [Room::Lobby, Room::Thread(THREAD), Room::Thread(OTHER_THREAD)];

#[tokio::test]
async fn a_snapshot_and_the_events_after_it_give_the_state_at_every_step() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    let mut snapshots = vec![];
    for transaction in story() {
        for room in ROOMS {
            snapshots.push((room, store.snapshot(room).await.unwrap()));
        }
        apply_each(&store, &[transaction]).await;
    }
    for (room, early) in snapshots {
        let mut entities: BTreeMap<_, _> = early.entities.into_iter().map(|e| (e.key, e)).collect();
        for event in store.events_after(early.cursor, 100).await.unwrap() {
            follow(&mut entities, room, event.changes);
        }
        let late = store.snapshot(room).await.unwrap();
        assert_eq!(entities.into_values().collect::<Vec<_>>(), late.entities, "{room} from {}", early.cursor);
    }
}

/// Takes an event's changes as a client does: each version follows the one it has.
fn follow(entities: &mut BTreeMap<EntityKey, VersionedEntity>, room: Room, changes: Vec<VersionedEntity>) {
    for change in changes.into_iter().filter(|change| room.holds(&change.key)) {
        let before = entities.get(&change.key).map_or(0, |entity| entity.version);
        assert_eq!(change.version, before + 1, "{}", change.key);
        assert_eq!(change.checksum, change.entity.checksum());
        entities.insert(change.key, change);
    }
}

#[tokio::test]
async fn a_snapshot_of_a_thread_that_is_not_there_is_empty() {
    let (_folder, store) = told().await;
    let snapshot = store.snapshot(Room::Thread(ThreadId([99; 32]))).await.unwrap();
    assert_eq!((snapshot.cursor, snapshot.entities), (EVENTS, vec![]));
}

#[tokio::test]
async fn events_come_back_as_they_went_in_page_by_page() {
    let (_folder, store) = told().await;
    let mut seen = vec![];
    while let page = store.events_after(i64::try_from(seen.len()).unwrap(), 5).await.unwrap()
        && !page.is_empty()
    {
        seen.extend(page);
    }
    let sequences: Vec<_> = seen.iter().map(|event| event.sequence).collect();
    assert_eq!(sequences, (1..=EVENTS).collect::<Vec<_>>());
    assert!(seen.iter().all(|event| event.commitment == Commitment::Confirmed && !event.changes.is_empty()));
    let events: Vec<_> = seen.into_iter().map(|event| event.event).collect();
    let told: Vec<_> = story().into_iter().flat_map(|transaction| transaction.events).collect();
    assert_eq!(events, told);
}

#[tokio::test]
async fn an_empty_store_answers_everything() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    assert_eq!(store.last_event().await.unwrap(), (0, 0));
    assert_eq!(store.config().await.unwrap(), None);
    assert_eq!(store.treasury().await.unwrap().balance, Amount(0));
    assert_eq!(store.roots().await.unwrap().roots, vec![]);
    assert_eq!(store.threads(None, 10).await.unwrap(), vec![]);
    assert_eq!(store.events_after(0, 10).await.unwrap(), vec![]);
    assert_eq!(store.entity(&EntityKey::Config).await.unwrap(), None);
    store.verify_chain().await.unwrap();
}

#[tokio::test]
async fn entities_carry_version_and_checksum() {
    let (_folder, store) = told().await;
    let thread = store.entity(&EntityKey::Thread(THREAD)).await.unwrap().unwrap();
    let changes = store.events_after(0, 100).await.unwrap();
    let changes = changes.iter().flat_map(|event| &event.changes);
    let versions = changes.filter(|change| change.key == thread.key).count();
    assert_eq!(thread.version, i64::try_from(versions).unwrap());
    assert_eq!(thread.checksum, thread.entity.checksum());
}

#[tokio::test]
async fn config_treasury_and_members_follow_the_chain() {
    let (_folder, store) = told().await;
    assert_eq!(store.config().await.unwrap().unwrap().min_stake, Amount(5));
    assert_eq!(store.treasury().await.unwrap().balance, Amount(10));
    let members = store.members(THREAD).await.unwrap();
    let members: Vec<_> =
        members.iter().map(|member| (member.number, member.wallet, member.current)).collect();
    assert_eq!(members, [(0, ALICE, true), (1, BOB, false)]);
}

#[tokio::test]
async fn the_lobby_has_the_roots_that_were_posted() {
    let (_folder, store) = told().await;
    let lobby = store.snapshot(Room::Lobby).await.unwrap();
    let found = lobby.entities.into_iter().find(|found| found.key == EntityKey::Roots).unwrap();
    let roots = store.roots().await.unwrap();
    assert_eq!(roots.roots.iter().map(|root| root.slot).collect::<Vec<_>>(), [90]);
    assert_eq!(found.entity, Entity::Roots(roots));
}

#[tokio::test]
async fn threads_come_in_the_order_of_their_ids_text() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    let ids: Vec<_> = (1..=25).map(|n| ThreadId([n * 10; 32])).collect();
    let created = ids.iter().map(|id| super::story::created(*id)).collect();
    store.apply(batch(&[story()[0].clone(), transaction(2, created)])).await.unwrap();
    let mut expected = ids;
    expected.sort_by_key(ToString::to_string);

    let mut seen = vec![];
    while let page = store.threads(seen.last().copied(), 10).await.unwrap()
        && !page.is_empty()
    {
        seen.extend(page.into_iter().map(|thread| thread.thread));
    }
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn messages_come_by_sequence_from_any_point() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    apply_each(&store, &story()[..2]).await;
    let messages = (0..12).map(|sequence| published(THREAD, sequence)).collect();
    store.apply(batch(&[transaction(3, messages)])).await.unwrap();
    for (after, limit, expected) in
        [(None, 3, 0..3), (Some(2), 3, 3..6), (Some(8), 50, 9..12), (Some(11), 5, 0..0)]
    {
        let page = store.messages(THREAD, after, limit).await.unwrap();
        let sequences: Vec<_> = page.iter().map(|message| message.sequence).collect();
        assert_eq!(sequences, expected.collect::<Vec<_>>(), "after {after:?}");
    }
    assert_eq!(store.messages(OTHER_THREAD, None, 5).await.unwrap(), vec![]);
}

#[tokio::test]
async fn proposals_come_oldest_first_and_by_status() {
    let (_folder, store) = told().await;
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
}

#[tokio::test]
async fn reading_goes_on_while_a_batch_is_written() {
    let (_folder, store) = told().await;
    let writing = store.database.write().await.unwrap();
    assert_eq!(store.snapshot(Room::Lobby).await.unwrap().cursor, EVENTS);
    drop(writing);
}
