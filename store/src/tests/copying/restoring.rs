use super::{back_up, findings, follow, restore};
use crate::tests::lived::{lived, told};
use crate::tests::rows::{everything, lines, states};
use crate::tests::story::{
    batch, created, finalized, on_each_engine, published, story, transaction, write_at,
};
use crate::tests::{lived, story};
use crate::{IndexedTransaction, Location, Store};
use chorale_testing::engines;
use tempfile::tempdir;

/// The chain that a lived store followed, as it is in the end.
fn chain() -> Vec<IndexedTransaction> {
    let mut chain = finalized(&told());
    chain[12] = finalized(&[transaction(20, vec![created(lived::LATE_THREAD)])]).remove(0);
    chain
}

async fn hashes(store: &Store) -> Vec<String> {
    lines(store, "SELECT hash AS line FROM event_store ORDER BY sequence").await
}

#[tokio::test]
async fn a_store_can_be_restored_on_either_engine_from_a_backup_of_the_other() {
    let folder = tempdir().unwrap();
    for (from, place) in engines(folder.path(), "first.db") {
        let writer = lived(&place.parse().unwrap()).await;
        writer.set_position("content", 11).await.unwrap();
        writer.set_seen(130).await.unwrap();
        let backup = folder.path().join(from);
        let manifest = back_up(writer.store(), &backup).await;
        for (to, place) in engines(folder.path(), &format!("from-{from}.db")) {
            let location: Location = place.parse().unwrap();
            let last = restore(&backup, &location, None).await;
            assert_eq!(last, manifest.last_sequence);
            let restored = write_at(&location).await;
            let expected = everything(writer.store()).await;
            assert_eq!(everything(restored.store()).await, expected, "from {from} to {to}");
            assert_eq!(findings(restored.store()).await, [""; 0], "from {from} to {to}");
            follow(&restored, &chain()).await;
            assert_eq!(restored.store().unfinalized().await.unwrap(), []);
            restored.close().await;
        }
    }
}

#[tokio::test]
async fn a_store_can_be_restored_to_any_event_and_the_indexer_goes_on_from_there() {
    let folder = tempdir().unwrap();
    let writer = lived(&folder.path().join("store.db").into()).await;
    let last = back_up(writer.store(), &folder.path().join("backup")).await.last_sequence;
    let stopped = writer.store().stopped().await.unwrap()[0].event_sequence;
    let (hashes_before, with_stop) = (hashes(writer.store()).await, states(writer.store()).await);
    let never_stopped = write_at(&folder.path().join("plain.db").into()).await;
    follow(&never_stopped, &chain()).await;
    let without_stop = states(never_stopped.store()).await;
    for through in 0..=last {
        for (engine, place) in engines(folder.path(), &format!("{through}.db")) {
            let location: Location = place.parse().unwrap();
            let end = restore(&folder.path().join("backup"), &location, Some(through)).await;
            let restored = write_at(&location).await;
            let (what, through_row) =
                (format!("event {through} on {engine}"), usize::try_from(through).unwrap());
            assert_eq!(hashes(restored.store()).await[..through_row], hashes_before[..through_row], "{what}");
            assert_eq!(restored.store().last_event().await.unwrap().0, end);
            assert_eq!(findings(restored.store()).await, [""; 0], "{what}");
            follow(&restored, &chain()).await;
            let expected = if through < stopped { &without_stop } else { &with_stop };
            assert_eq!(&states(restored.store()).await, expected, "{what}");
            assert_eq!(findings(restored.store()).await, [""; 0], "after {what} and the rest of the chain");
            assert_eq!(
                restored.store().finalized_cursor().await.unwrap(),
                restored.store().index_cursor().await.unwrap()
            );
            restored.close().await;
        }
    }
}

#[tokio::test]
async fn only_what_a_fork_could_still_drop_is_taken_back_at_the_end() {
    let folder = tempdir().unwrap();
    let (backup, writer) =
        (folder.path().join("backup"), write_at(&folder.path().join("store.db").into()).await);
    writer.apply(batch(&finalized(&story()[..5]))).await.unwrap();
    writer.apply(batch(&story()[5..])).await.unwrap();
    back_up(writer.store(), &backup).await;
    // Event 2 is the first of two of a final transaction, event 9 the first of three of one that may still go.
    for (through, last, cursor) in [(2, 2, Some(0)), (3, 3, Some(1)), (9, 10, Some(5)), (11, 11, Some(6))] {
        let location = folder.path().join(format!("{through}.db")).into();
        assert_eq!(restore(&backup, &location, Some(through)).await, last, "through {through}");
        let restored = write_at(&location).await;
        let index = restored.store().index_cursor().await.unwrap();
        let expected = cursor.map(|index: usize| story()[index].signature);
        assert_eq!(index.map(|cursor| cursor.signature), expected, "through {through}");
    }
}

#[tokio::test]
async fn a_final_transaction_that_was_cut_counts_as_in_once_the_rest_of_it_came() {
    let folder = tempdir().unwrap();
    let (backup, writer) =
        (folder.path().join("backup"), write_at(&folder.path().join("store.db").into()).await);
    writer.apply(batch(&finalized(&story()[..5]))).await.unwrap();
    back_up(writer.store(), &backup).await;
    let place = folder.path().join("restored.db").into();
    restore(&backup, &place, Some(2)).await;
    let restored = write_at(&place).await;
    let mut chain = finalized(&story()[..2]);
    chain.extend_from_slice(&story()[2..]);
    follow(&restored, &chain).await;
    let cursor = restored.store().finalized_cursor().await.unwrap();
    assert_eq!(cursor.map(|cursor| cursor.signature), Some(chain[1].signature));
    follow(&restored, &chain).await;
    assert_eq!(restored.store().counts().await.unwrap().retracted, 0, "nothing of it was in the way");
}

#[tokio::test]
async fn what_does_not_follow_from_the_events_is_restored_as_far_as_it_is_of_them() {
    on_each_engine(async |location| {
        let folder = tempdir().unwrap();
        let writer = lived(&location).await;
        writer.set_position("content", 11).await.unwrap();
        back_up(writer.store(), folder.path()).await;
        let place = folder.path().join("restored.db").into();
        restore(folder.path(), &place, Some(7)).await;
        let restored = write_at(&place).await;
        assert_eq!(restored.store().position("content").await.unwrap(), 7);
        assert_eq!(restored.store().dead_letters(None, 10).await.unwrap(), []);
        assert_eq!(restored.store().stopped().await.unwrap(), []);
        let incidents = writer.store().incidents(0, 10).await.unwrap();
        assert_eq!(restored.store().incidents(0, 10).await.unwrap(), incidents);
        assert_eq!(restored.store().position("restore").await.unwrap(), 0, "it is done");
    })
    .await;
}

#[tokio::test]
async fn a_thread_that_an_event_contradicted_is_stopped_at_the_same_event_again() {
    on_each_engine(async |location| {
        let folder = tempdir().unwrap();
        let writer = write_at(&location).await;
        writer.apply(batch(&finalized(&story()[..3]))).await.unwrap();
        let contradiction = transaction(
            20,
            vec![published(story::OTHER_THREAD, 0), created(story::THREAD), published(story::THREAD, 1)],
        );
        writer.apply(batch(&finalized(&[contradiction]))).await.unwrap();
        back_up(writer.store(), folder.path()).await;
        let place = folder.path().join("restored.db").into();
        restore(folder.path(), &place, None).await;
        let restored = write_at(&place).await;
        assert_eq!(everything(restored.store()).await, everything(writer.store()).await);
        assert_eq!(findings(restored.store()).await, [""; 0]);
    })
    .await;
}
