//! Rows as they are stored.

use crate::{Store, Writer};
use sqlx::Row as _;

/// Runs SQL that no writer of ours would, on one row.
pub(super) async fn tamper(writer: &Writer, sql: &str) {
    let mut tx = writer.begin().await.unwrap();
    assert_eq!(sqlx::query(sql).execute(&mut *tx).await.unwrap().rows_affected(), 1, "{sql}");
    tx.commit().await.unwrap();
}

/// The column `line` of a query.
pub(super) async fn lines(store: &Store, sql: &str) -> Vec<String> {
    let rows = sqlx::query(sql).fetch_all(store.database.reader()).await.unwrap();
    rows.iter().map(|row| row.try_get("line").unwrap()).collect()
}

/// Every entity as it is now, without its version.
pub(super) async fn states(store: &Store) -> Vec<String> {
    const STATES: &str = "SELECT entity_id || ' ' || entity_type || ' ' || COALESCE(thread, '-') || ' ' \
         || CAST(ordinal AS TEXT) || ' ' || COALESCE(status, '-') || ' ' || state_data || ' ' || checksum AS line \
         FROM canonical_state ORDER BY entity_id";
    lines(store, STATES).await
}

/// Every row that a writer leaves, but for when it did.
pub(super) async fn everything(store: &Store) -> Vec<String> {
    const TABLES: [&str; 9] = [
        "SELECT CAST(sequence AS TEXT) || ' ' || signature || ' ' || commitment || ' ' || event_data || ' ' \
         || COALESCE(CAST(retracts AS TEXT), '-') || ' ' || hash AS line FROM event_store ORDER BY sequence",
        "SELECT entity_id || ' ' || CAST(state_version AS TEXT) || ' ' || state_data || ' ' || checksum || ' ' \
         || updated_by || ' ' || COALESCE(wallet, '-') || ' ' || CAST(event_sequence AS TEXT) AS line \
         FROM canonical_state ORDER BY entity_id",
        "SELECT entity_id || ' ' || CAST(state_version AS TEXT) || ' ' || COALESCE(state_data, '-') || ' ' \
         || COALESCE(checksum, '-') || ' ' || change_type || ' ' || CAST(live AS TEXT) || ' ' \
         || CAST(event_sequence AS TEXT) AS line FROM state_history ORDER BY entity_id, state_version",
        "SELECT name || ' ' || CAST(value AS TEXT) || ' ' || COALESCE(signature, '-') AS line \
         FROM positions ORDER BY name",
        "SELECT signature || ' ' || reason AS line FROM dead_letters ORDER BY signature",
        "SELECT CAST(place AS TEXT) || ' ' || signature AS line FROM unfinalized ORDER BY place",
        "SELECT CAST(place AS TEXT) || ' ' || signature AS line FROM backlog ORDER BY place",
        "SELECT thread || ' ' || CAST(event_sequence AS TEXT) || ' ' || reason AS line FROM stopped_threads",
        "SELECT CAST(number AS TEXT) || ' ' || detail AS line FROM incidents ORDER BY number",
    ];
    let mut all = vec![];
    for table in TABLES {
        all.extend(lines(store, table).await);
    }
    all
}
