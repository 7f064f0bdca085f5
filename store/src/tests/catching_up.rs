//! The backlog: walked from the newest to the oldest, drained from the oldest to the newest.

use super::story::{batch, finalized, on_each_engine, story, write_at};
use crate::{Backfill, IndexedTransaction, Listed};

fn listed(transaction: &IndexedTransaction) -> Listed {
    let IndexedTransaction { signature, slot, failed, .. } = *transaction;
    Listed { signature, slot, failed }
}

/// The story as the chain lists it: newest first.
fn list() -> Vec<Listed> {
    story().iter().rev().map(listed).collect()
}

#[tokio::test]
async fn a_walk_is_kept_page_by_page_and_goes_on_after_a_restart() {
    on_each_engine(async |location| {
        let (mut writer, list) = (write_at(&location).await, list());
        assert_eq!(writer.store().backfill().await.unwrap(), Backfill::Idle);
        for (page, found) in list.chunks(5).zip([5, 10, 12]) {
            writer.walk(page).await.unwrap();
            writer.close().await;
            writer = write_at(&location).await;
            let before = page.last().unwrap().signature;
            assert_eq!(writer.store().backfill().await.unwrap(), Backfill::Walking { before, found });
            assert_eq!(writer.store().backlog(100).await.unwrap(), vec![], "not before it is whole");
        }
        writer.walked().await.unwrap();
        assert_eq!(writer.store().backfill().await.unwrap(), Backfill::Draining { left: 12 });
        let oldest: Vec<_> = list.iter().rev().take(5).copied().collect();
        assert_eq!(writer.store().backlog(5).await.unwrap(), oldest);
        assert_eq!(writer.store().newest_of_backlog().await.unwrap(), Some(list[0]));
    })
    .await;
}

#[tokio::test]
async fn pages_that_overlap_count_each_transaction_once() {
    on_each_engine(async |location| {
        let (writer, list) = (write_at(&location).await, list());
        writer.walk(&list[..7]).await.unwrap();
        writer.walk(&list[4..]).await.unwrap();
        let before = list[11].signature;
        assert_eq!(writer.store().backfill().await.unwrap(), Backfill::Walking { before, found: 12 });
        writer.walk(&[]).await.unwrap();
        writer.walked().await.unwrap();
        let backlog = writer.store().backlog(100).await.unwrap();
        assert_eq!(backlog, list.into_iter().rev().collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn what_is_applied_leaves_the_backlog_in_the_same_transaction() {
    on_each_engine(async |location| {
        let (writer, story) = (write_at(&location).await, finalized(&story()));
        writer.walk(&list()).await.unwrap();
        writer.walked().await.unwrap();
        for (transactions, left) in story.chunks(5).zip([7, 2, 0]) {
            writer.apply(batch(transactions)).await.unwrap();
            let expected = if left == 0 { Backfill::Idle } else { Backfill::Draining { left } };
            assert_eq!(writer.store().backfill().await.unwrap(), expected);
        }
        assert_eq!(writer.store().newest_of_backlog().await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_walk_can_be_thrown_away() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        writer.walk(&list()).await.unwrap();
        writer.forget_walk().await.unwrap();
        assert_eq!(writer.store().backfill().await.unwrap(), Backfill::Idle);
        writer.walk(&list()[3..]).await.unwrap();
        let before = list()[11].signature;
        assert_eq!(writer.store().backfill().await.unwrap(), Backfill::Walking { before, found: 9 });
    })
    .await;
}
