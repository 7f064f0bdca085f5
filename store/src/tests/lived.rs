//! A store that has seen everything: final events, events that may still go, events taken back, a stopped thread.

use super::story::{
    ALICE, OTHER_THREAD, apply_each, batch, created, finalized, published, story, transaction, write_at,
};
use crate::verify::row::{EVENTS, HISTORY, STATES, Table, TextRow};
use crate::{IndexedTransaction, Location, Stopped, Store, Writer};
use chorale_domain::id::ThreadId;
use chorale_domain::state::EntityKey;

pub(super) const LATE_THREAD: ThreadId = ThreadId([3; 32]);

pub(super) const TABLES: [&Table; 3] = [&EVENTS, &HISTORY, &STATES];

/// Every transaction of [`lived`], also those that were taken back for good.
pub(super) fn told() -> Vec<IndexedTransaction> {
    let mut transactions = story();
    transactions.push(transaction(20, vec![created(LATE_THREAD), published(LATE_THREAD, 0)]));
    transactions.push(transaction(21, vec![published(OTHER_THREAD, 0)]));
    transactions.push(transaction(22, vec![published(LATE_THREAD, 0)]));
    transactions
}

/// The first transactions are final; the rest was dropped by a fork and came again; one was dropped for good; one
/// thread is stopped and has an event since.
pub(super) async fn lived(location: &Location) -> Writer {
    let writer = write_at(location).await;
    let told = told();
    writer.apply(batch(&finalized(&told[..6]))).await.unwrap();
    apply_each(&writer, &told[6..13]).await;
    writer.retract(told[8].signature).await.unwrap();
    writer.apply(batch(&told[8..12])).await.unwrap();
    apply_each(&writer, &[transaction(20, vec![created(LATE_THREAD)])]).await;
    stop(&writer).await;
    apply_each(&writer, &told[13..]).await;
    writer
}

async fn stop(writer: &Writer) {
    let stopped = Stopped {
        thread: OTHER_THREAD,
        entity: EntityKey::Thread(OTHER_THREAD),
        reason: format!("{ALICE} says so"),
        derived: None,
        on_chain: None,
    };
    writer.stop_thread(stopped).await.unwrap();
}

/// Every row of a table, in the order of its columns.
pub(super) async fn rows(store: &Store, table: &'static Table) -> Vec<TextRow> {
    let text = format!("{} ORDER BY 1, 2", table.select());
    let rows = sqlx::query(&text).fetch_all(store.database.reader()).await.unwrap();
    rows.iter().map(|row| TextRow::read(table, row).unwrap()).collect()
}

/// Every row of every table that is derived or derived from.
pub(super) async fn all_rows(store: &Store) -> Vec<TextRow> {
    let mut all = vec![];
    for table in TABLES {
        all.extend(rows(store, table).await);
    }
    all
}

/// A row's name, as findings have it.
pub(super) fn name(row: &TextRow) -> String {
    match row.table.name {
        "event_store" => row.text("sequence").into(),
        "state_history" => format!("{} version {}", row.text("entity_id"), row.text("state_version")),
        _ => row.text("entity_id").into(),
    }
}
