//! What happens to a write that is given up, and to a database that is full, held or gone.

use super::migrating::version_1;
use super::rows::everything;
use super::story::{EVENTS, apply_each, batch, clock, on_each_engine, open, story, write_at};
use crate::{StoreError, Writer};
use chorale_testing::Postgres;
use chorale_wire::socket::Room;
use sqlx::Executor as _;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};
use tempfile::tempdir;

/// Polls a future so many times and drops it then; `None` if it was not done.
async fn polled<T>(times: usize, future: impl Future<Output = T>) -> Option<T> {
    let (mut future, mut polls) = (pin!(future), 0);
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if polls == times => Poll::Ready(None),
        Poll::Pending => {
            polls += 1;
            Poll::Pending
        }
    })
    .await
}

/// Everything, once the writing connection has done with what was given up.
async fn settled(writer: &Writer) -> Vec<String> {
    writer.begin().await.unwrap().rollback().await.unwrap();
    everything(writer.store()).await
}

/// Gives a write up after each of its polls in turn. It must leave nothing, until it leaves all of it.
async fn give_up_everywhere<T>(
    writer: &Writer,
    write: impl AsyncFn() -> Result<T, StoreError>,
) -> Vec<String> {
    let before = settled(writer).await;
    for times in 0..10_000 {
        let done = polled(times, write()).await;
        let after = settled(writer).await;
        if after != before {
            return after;
        }
        assert!(done.is_none(), "it was done after {times} polls, and nothing changed");
    }
    panic!("it was never done");
}

#[tokio::test]
async fn a_batch_that_is_given_up_anywhere_leaves_nothing_or_all() {
    on_each_engine(async |location| {
        let (writer, story) = (write_at(&location).await, story());
        apply_each(&writer, &story[..2]).await;
        let left = give_up_everywhere(&writer, async || writer.apply(batch(&story[2..])).await).await;
        apply_each(&writer, &story[2..]).await;
        assert_eq!(settled(&writer).await, left, "what it left was not all of it");
        writer.store().verify_chain().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_retraction_that_is_given_up_anywhere_leaves_nothing_or_all() {
    on_each_engine(async |location| {
        let (writer, story) = (write_at(&location).await, story());
        apply_each(&writer, &story).await;
        give_up_everywhere(&writer, async || writer.retract(story[3].signature).await).await;
        assert_eq!(writer.store().unfinalized().await.unwrap().len(), 3);
        writer.store().verify_chain().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn reads_that_are_given_up_leave_no_connection_in_the_past() {
    on_each_engine(async |location| {
        let (writer, story) = (write_at(&location).await, story());
        apply_each(&writer, &story[..2]).await;
        for times in 0..40 {
            let _ = polled(times, writer.store().snapshot(Room::Lobby)).await;
        }
        apply_each(&writer, &story[2..]).await;
        for reader in 0..20 {
            let last = writer.store().last_event().await.unwrap().0;
            assert_eq!(last, EVENTS, "reader {reader} sees an old state");
        }
    })
    .await;
}

#[tokio::test]
async fn a_full_disk_says_so_and_goes_on_when_there_is_room() {
    let folder = tempdir().unwrap();
    let (writer, story) = (open(folder.path()).await, story());
    apply_each(&writer, &story[..2]).await;
    let before = everything(writer.store()).await;
    limit_pages(&writer, 1).await;
    let error = writer.apply(batch(&story[2..])).await.unwrap_err();
    assert!(error.is_passing() && !error.is_corruption(), "{error}");
    assert!(error.to_string().contains("make room"), "{error}");
    assert_eq!(everything(writer.store()).await, before);
    limit_pages(&writer, 1_000_000).await;
    apply_each(&writer, &story[2..]).await;
}

#[tokio::test]
async fn a_store_that_is_held_while_it_is_to_be_migrated_is_waited_for_and_then_said() {
    let folder = tempdir().unwrap();
    let location = folder.path().join("store.db").into();
    let mut holder = version_1(&location).await;
    holder.execute("PRAGMA journal_mode = WAL").await.unwrap();
    holder.execute("BEGIN IMMEDIATE").await.unwrap();
    let error = Writer::open(&location, clock(0)).await.err().expect("it was migrated while it was held");
    assert!(matches!(error, StoreError::Migrate { .. }) && error.is_passing(), "{error}");
    assert!(error.to_string().contains("another process holds it"), "{error}");
}

/// SQLite's own limit stands in for the disk's: the file does not grow, and the error is the same.
async fn limit_pages(writer: &Writer, pages: u32) {
    let mut tx = writer.begin().await.unwrap();
    tx.execute(format!("PRAGMA max_page_count = {pages}").as_str()).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_store_that_another_process_holds_is_waited_for_and_then_said() {
    on_each_engine(async |location| {
        let (writer, other) = (write_at(&location).await, write_at(&location).await);
        let held = other.begin().await.unwrap();
        let begun = Instant::now();
        let error = writer.apply(batch(&story()[..1])).await.unwrap_err();
        assert!(begun.elapsed() > Duration::from_secs(5), "it was not waited for");
        assert!(error.is_passing() && error.to_string().contains("another process holds it"), "{error}");
        held.rollback().await.unwrap();
        apply_each(&writer, &story()[..1]).await;
    })
    .await;
}

#[tokio::test]
async fn a_database_that_was_killed_is_an_error_until_it_is_back() {
    let server = Postgres::start();
    let location = server.fresh().parse().unwrap();
    let (writer, story) = (write_at(&location).await, story());
    apply_each(&writer, &story[..3]).await;
    server.kill();
    let begun = Instant::now();
    let error = writer.apply(batch(&story[3..4])).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(30), "it hung for {:?}", begun.elapsed());
    assert!(error.is_passing() && !error.is_corruption(), "{error}");
    assert!(error.to_string().contains("check that the database runs"), "{error}");
    server.start_again();
    apply_each(&writer, &story[3..]).await;
    writer.store().verify_chain().await.unwrap();

    server.stop();
    server.start_again();
    let again = writer.apply(batch(&story)).await.unwrap();
    assert_eq!(again.events, 0, "an old connection is replaced by itself");
}
