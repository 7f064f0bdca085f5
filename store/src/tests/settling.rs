//! Transactions that wait to be settled, and the cursors.

use super::rows::everything;
use super::story::{
    apply_each, batch, created, finalized, on_each_engine, open, story, transaction, write_at,
};
use crate::{Finality, IndexCursor, IndexedTransaction, Store, StoreError, StoredEvent};
use chorale_domain::id::{Signature, ThreadId};
use chorale_wire::socket::Commitment;
use tempfile::tempdir;

fn cursor(transaction: &IndexedTransaction) -> Option<IndexCursor> {
    Some(IndexCursor { signature: transaction.signature, slot: transaction.slot })
}

async fn waiting(store: &Store) -> Vec<Signature> {
    store.unfinalized().await.unwrap().iter().map(|listed| listed.signature).collect()
}

fn names(transactions: &[IndexedTransaction]) -> Vec<Signature> {
    transactions.iter().map(|transaction| transaction.signature).collect()
}

#[tokio::test]
async fn confirmed_transactions_wait_in_the_chains_order_until_they_are_promoted() {
    on_each_engine(async |location| {
        let (writer, story) = (write_at(&location).await, story());
        let mixed = [finalized(&story[..2]), story[2..].to_vec()].concat();
        writer.apply(batch(&mixed)).await.unwrap();
        let store = writer.store();
        assert_eq!(waiting(store).await, names(&story[2..]));
        assert_eq!(store.finalized_cursor().await.unwrap(), cursor(&story[1]));
        assert_eq!(store.index_cursor().await.unwrap(), cursor(&story[11]));

        assert_eq!(writer.promote(story[6].signature).await.unwrap(), 8);
        assert_eq!(waiting(store).await, names(&story[7..]));
        assert_eq!(store.finalized_cursor().await.unwrap(), cursor(&story[6]));
        assert_eq!(store.index_cursor().await.unwrap(), cursor(&story[11]));
        let events = store.events_after(0, 100).await.unwrap();
        let settled = events.iter().filter(|event| event.commitment == Commitment::Finalized);
        assert_eq!(settled.map(|event| event.sequence).collect::<Vec<_>>(), (1..=11).collect::<Vec<_>>());
        store.verify_chain().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_waits_and_comes_again_as_final_is_promoted() {
    on_each_engine(async |location| {
        let (writer, story) = (write_at(&location).await, story());
        writer.apply(batch(&story[..6])).await.unwrap();
        let applied = writer.apply(batch(&finalized(&story[..4]))).await.unwrap();
        assert_eq!((applied.promoted, applied.events), (5, 0));
        assert_eq!(waiting(writer.store()).await, names(&story[4..6]));
        let all = [finalized(&story[4..8]), story[8..].to_vec()].concat();
        let applied = writer.apply(batch(&all)).await.unwrap();
        assert_eq!((applied.promoted, applied.events), (3, 9));
        assert_eq!(waiting(writer.store()).await, names(&story[8..]));
        assert_eq!(writer.store().finalized_cursor().await.unwrap(), cursor(&story[7]));
    })
    .await;
}

#[tokio::test]
async fn nothing_new_is_final_while_something_before_it_waits() {
    let folder = tempdir().unwrap();
    let (writer, story) = (open(folder.path()).await, story());
    writer.apply(batch(&story[..4])).await.unwrap();
    let before = everything(writer.store()).await;
    let refused = [
        finalized(&story[4..5]),
        finalized(&story[3..4]),
        [finalized(&story[..2]), finalized(&story[4..5])].concat(),
        [story[4..5].to_vec(), finalized(&story[5..6])].concat(),
    ];
    for transactions in refused {
        let error = writer.apply(batch(&transactions)).await.unwrap_err();
        assert!(matches!(error, StoreError::Order { .. }), "{error}");
        assert!(!error.is_corruption(), "a new look at the chain puts it right");
        assert_eq!(everything(writer.store()).await, before);
    }
}

#[tokio::test]
async fn an_older_slot_does_not_come_after_a_newer_one() {
    let folder = tempdir().unwrap();
    let (writer, story) = (open(folder.path()).await, story());
    apply_each(&writer, &[story[0].clone(), story[4 - 2].clone()][..1]).await;
    apply_each(&writer, &[transaction(50, vec![created(ThreadId([50; 32]))])]).await;
    let late = transaction(40, vec![created(ThreadId([40; 32]))]);
    let error = writer.apply(batch(&[late])).await.unwrap_err();
    assert!(matches!(error, StoreError::Order { .. }), "{error}");
    assert!(error.to_string().contains("slot 150 is in already"), "{error}");
}

#[tokio::test]
async fn a_transaction_that_is_only_half_in_counts_once_the_rest_of_it_came() {
    on_each_engine(async |location| {
        let (writer, story) = (write_at(&location).await, finalized(&story()));
        let mut half = story[1].clone();
        half.events.pop();
        writer.apply(batch(&[story[0].clone(), half])).await.unwrap();
        let applied = writer.apply(batch(&story[..2])).await.unwrap();
        assert_eq!((applied.events, applied.replayed), (1, 2));
        assert_eq!(writer.store().finalized_cursor().await.unwrap(), cursor(&story[1]));
        writer.store().verify_chain().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn only_what_waits_can_be_promoted() {
    let folder = tempdir().unwrap();
    let writer = open(folder.path()).await;
    writer.apply(batch(&finalized(&story()[..1]))).await.unwrap();
    for signature in [story()[0].signature, Signature([77; 64])] {
        let error = writer.promote(signature).await.unwrap_err();
        assert!(matches!(error, StoreError::Order { .. }), "{error}");
    }
}

#[tokio::test]
async fn transactions_without_events_move_the_cursors_too() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        let failed = IndexedTransaction { failed: true, ..transaction(2, vec![]) };
        let transactions = [finalized(&story()[..1]), finalized(std::slice::from_ref(&failed))].concat();
        writer.apply(batch(&transactions)).await.unwrap();
        let store = writer.store();
        assert_eq!(store.finalized_cursor().await.unwrap(), cursor(&failed));
        let later = IndexedTransaction { failed: true, ..transaction(3, vec![]) };
        apply_each(&writer, &[later.clone(), failed]).await;
        assert_eq!(store.index_cursor().await.unwrap(), cursor(&later));
        assert!(store.unfinalized().await.unwrap()[0].failed);
    })
    .await;
}

#[tokio::test]
async fn what_is_final_ends_before_what_waits_and_before_what_a_later_row_takes_back() {
    on_each_engine(async |location| {
        let (writer, story) = (write_at(&location).await, story());
        let store = writer.store();
        assert_eq!(store.finality(0).await.unwrap(), Finality::default());
        writer.apply(batch(&story[..6])).await.unwrap();
        let (last, _) = store.last_event().await.unwrap();
        assert_eq!(store.finality(last).await.unwrap().through, 0, "all of it may still be dropped");

        writer.promote(story[2].signature).await.unwrap();
        let settled = store.finality(last).await.unwrap();
        let first_waiting = first_of(store, &story[3]).await;
        assert_eq!(settled, Finality { through: first_waiting - 1, slot: story[2].slot });
        assert_eq!(store.finality(1).await.unwrap().through, 1, "of those who have read less, only that");

        let (dropped, slot) = (first_of(store, &story[5]).await, story[4].slot);
        writer.promote(story[4].signature).await.unwrap();
        writer.retract(story[5].signature).await.unwrap();
        let (end, _) = store.last_event().await.unwrap();
        assert_eq!(store.finality(last).await.unwrap(), Finality { through: dropped - 1, slot });
        assert_eq!(store.finality(end).await.unwrap(), Finality { through: end, slot });
    })
    .await;
}

/// The row of a transaction's first event.
async fn first_of(store: &Store, transaction: &IndexedTransaction) -> i64 {
    let events = store.events_after(0, 100).await.unwrap();
    let of = |event: &&StoredEvent| event.record.event().id.signature == transaction.signature;
    events.iter().find(of).expect("its events are in").sequence
}
