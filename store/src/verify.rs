//! Checking that every row is what was written.

use crate::Store;
use crate::chain::EventRow;
use crate::database::{Row, Transaction};
use crate::error::StoreError;
use chorale_domain::id::{Hash32, sha256};
use sqlx::Row as _;

const PAGE: i64 = 1000;

impl Store {
    /// Recomputes the chain of hashes over all events and the checksum of every state, past and present.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] with the first row that is not what was written, [`StoreError::Database`].
    pub async fn verify_chain(&self) -> Result<(), StoreError> {
        let mut tx = self.database.read().await?;
        events(&mut tx).await?;
        history(&mut tx).await?;
        states(&mut tx).await
    }
}

async fn events(tx: &mut Transaction) -> Result<(), StoreError> {
    const EVENTS: &str = "SELECT * FROM event_store WHERE sequence > $1 ORDER BY sequence LIMIT $2";
    let (mut last, mut hash) = (0, Hash32::ZERO);
    loop {
        let query = sqlx::query(EVENTS).bind(last).bind(PAGE);
        let rows = query.fetch_all(&mut **tx).await?;
        for row in &rows {
            (last, hash) = event(row, last, hash)?;
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

/// Checks a row against the one before and gives its sequence and hash.
fn event(row: &Row, last: i64, previous: Hash32) -> Result<(i64, Hash32), StoreError> {
    let event = event_row(row)?;
    let corrupt = |reason: &str| Err(StoreError::corrupt("event_store", &event.sequence, &reason));
    let hash = event.hash(previous);
    if event.sequence != last + 1 {
        return corrupt("events before it are missing");
    }
    if row.try_get::<&str, _>("previous_hash")? != previous.to_string() {
        return corrupt("previous_hash is not the hash of the row before");
    }
    if row.try_get::<&str, _>("hash")? != hash.to_string() {
        return corrupt("hash is not that of the row");
    }
    Ok((event.sequence, hash))
}

fn event_row(row: &Row) -> Result<EventRow, StoreError> {
    Ok(EventRow {
        sequence: row.try_get("sequence")?,
        signature: row.try_get("signature")?,
        instruction: row.try_get("instruction")?,
        inner: row.try_get("inner_instruction")?,
        slot: row.try_get("slot")?,
        block_time: row.try_get("block_time")?,
        event_type: row.try_get("event_type")?,
        schema: row.try_get("schema_version")?,
        data: row.try_get("event_data")?,
        thread: row.try_get("thread")?,
        causation: row.try_get("causation_id")?,
        correlation: row.try_get("correlation_id")?,
        handshake: row.try_get("handshake")?,
    })
}

async fn history(tx: &mut Transaction) -> Result<(), StoreError> {
    const HISTORY: &str = "SELECT entity_id, state_version, state_data, checksum FROM state_history \
         WHERE entity_id > $1 OR (entity_id = $1 AND state_version > $2) \
         ORDER BY entity_id, state_version LIMIT $3";
    let mut last = (String::new(), 0);
    loop {
        let query = sqlx::query(HISTORY).bind(&last.0).bind(last.1).bind(PAGE);
        let rows = query.fetch_all(&mut **tx).await?;
        for row in &rows {
            last = version(row, &last)?;
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

/// Checks a version against the one before and gives its key.
fn version(row: &Row, last: &(String, i64)) -> Result<(String, i64), StoreError> {
    let (id, version): (String, i64) = (row.try_get("entity_id")?, row.try_get("state_version")?);
    let name = format!("{id} version {version}");
    checksum("state_history", &name, row)?;
    let expected = if id == last.0 { last.1 + 1 } else { 1 };
    if version != expected {
        return Err(StoreError::corrupt("state_history", &name, &format!("version {expected} is missing")));
    }
    Ok((id, version))
}

async fn states(tx: &mut Transaction) -> Result<(), StoreError> {
    const STATES: &str = "SELECT entity_id, state_data, checksum FROM canonical_state \
         WHERE entity_id > $1 ORDER BY entity_id LIMIT $2";
    let mut last = String::new();
    loop {
        let rows = sqlx::query(STATES).bind(&last).bind(PAGE).fetch_all(&mut **tx).await?;
        for row in &rows {
            last = row.try_get("entity_id")?;
            checksum("canonical_state", &last, row)?;
        }
        if rows.is_empty() {
            return latest_of_history(tx).await;
        }
    }
}

/// Every state must be the last version of its history, and every history must have its state.
async fn latest_of_history(tx: &mut Transaction) -> Result<(), StoreError> {
    const DIFFERS: &str = "SELECT h.entity_id FROM \
         (SELECT entity_id, MAX(state_version) AS state_version FROM state_history GROUP BY entity_id) l \
         JOIN state_history h ON h.entity_id = l.entity_id AND h.state_version = l.state_version \
         LEFT JOIN canonical_state c ON c.entity_id = h.entity_id AND c.state_version = h.state_version \
         AND c.checksum = h.checksum WHERE c.entity_id IS NULL ORDER BY h.entity_id LIMIT 1";
    const UNKNOWN: &str = "SELECT entity_id FROM canonical_state WHERE NOT EXISTS \
         (SELECT 1 FROM state_history h WHERE h.entity_id = canonical_state.entity_id) \
         ORDER BY entity_id LIMIT 1";
    for query in [DIFFERS, UNKNOWN] {
        if let Some(row) = sqlx::query(query).fetch_optional(&mut **tx).await? {
            let id: String = row.try_get("entity_id")?;
            let reason = "it is not the last version in state_history";
            return Err(StoreError::corrupt("canonical_state", &id, &reason));
        }
    }
    Ok(())
}

fn checksum(table: &'static str, name: &str, row: &Row) -> Result<(), StoreError> {
    let data: &str = row.try_get("state_data")?;
    if row.try_get::<&str, _>("checksum")? == Hash32(sha256(&[data.as_bytes()])).to_string() {
        return Ok(());
    }
    Err(StoreError::corrupt(table, &name, &"checksum is not that of state_data"))
}
