//! Comparing two stores of the same chain.

use crate::Store;
use crate::error::StoreError;
use sqlx::Row as _;

/// One SELECT a table, each row as one text. Left out is what only says when this store did or heard of something:
/// times, whether what counts is final already, and the positions of followers other than the indexer.
const TABLES: [&str; 5] = [
    "SELECT 'event_store ' || CAST(sequence AS TEXT) || ' ' || signature || ' ' || CAST(instruction AS TEXT) \
     || ' ' || CAST(inner_instruction AS TEXT) || ' ' || CAST(slot AS TEXT) || ' ' \
     || COALESCE(CAST(block_time AS TEXT), '-') || ' ' \
     || CASE WHEN commitment = 'retracted' THEN 'retracted' ELSE 'counts' END || ' ' || event_type || ' ' \
     || CAST(schema_version AS TEXT) || ' ' || event_data || ' ' || COALESCE(thread, '-') || ' ' \
     || COALESCE(causation_id, '-') || ' ' || correlation_id || ' ' || handshake || ' ' \
     || COALESCE(CAST(retracts AS TEXT), '-') || ' ' || previous_hash || ' ' || hash AS line \
     FROM event_store ORDER BY sequence",
    "SELECT 'canonical_state ' || entity_id || ' ' || entity_type || ' ' || COALESCE(thread, '-') || ' ' \
     || CAST(ordinal AS TEXT) || ' ' || COALESCE(status, '-') || ' ' || CAST(state_version AS TEXT) || ' ' \
     || state_data || ' ' || checksum || ' ' || handshake || ' ' || updated_by || ' ' \
     || CAST(event_sequence AS TEXT) || ' ' || CAST(slot AS TEXT) AS line \
     FROM canonical_state ORDER BY entity_id",
    "SELECT 'state_history ' || entity_id || ' ' || CAST(state_version AS TEXT) || ' ' \
     || COALESCE(state_data, '-') || ' ' || COALESCE(checksum, '-') || ' ' || change_type || ' ' \
     || change_reason || ' ' || changed_by || ' ' || CAST(live AS TEXT) || ' ' \
     || CAST(event_sequence AS TEXT) || ' ' || CAST(slot AS TEXT) AS line \
     FROM state_history ORDER BY entity_id, state_version",
    "SELECT 'positions ' || name || ' ' || CAST(value AS TEXT) || ' ' || COALESCE(signature, '-') AS line \
     FROM positions WHERE name = 'index'",
    "SELECT 'dead_letters ' || signature || ' ' || CAST(slot AS TEXT) || ' ' || reason AS line \
     FROM dead_letters ORDER BY signature",
];

impl Store {
    /// Every row as one line of text, without the times at which this store wrote it: two stores that
    /// followed the same chain to the same transaction give the same lines. Holds the whole store in memory.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn rows_without_times(&self) -> Result<Vec<String>, StoreError> {
        let mut tx = self.database.read().await?;
        let mut lines = vec![];
        for table in TABLES {
            for row in sqlx::query(table).fetch_all(&mut *tx).await? {
                lines.push(row.try_get("line")?);
            }
        }
        Ok(lines)
    }
}
