//! The cheap check: hashes, checksums and last versions, without deriving anything again.

use super::derive;
use super::row::{EVENTS, HISTORY, STATES, Table, TextRow, shown};
use super::states::checksum_of;
use crate::Store;
use crate::database::Transaction;
use crate::error::StoreError;
use chorale_domain::id::Hash32;
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
    let text = format!("{} WHERE sequence > $1 ORDER BY sequence LIMIT $2", EVENTS.select());
    let (mut last, mut hash) = (0, Hash32::ZERO.to_string());
    loop {
        let rows = sqlx::query(&text).bind(last).bind(PAGE).fetch_all(&mut **tx).await?;
        for row in &rows {
            (last, hash) = event(&TextRow::read(&EVENTS, row)?, last, &hash)?;
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

/// Checks a row against the one before and gives its sequence and hash.
fn event(row: &TextRow, last: i64, previous: &str) -> Result<(i64, String), StoreError> {
    let corrupt =
        |reason: &str| Err(StoreError::corrupt("event_store", &shown(row.get("sequence")), &reason));
    let sequence = row.number("sequence").unwrap_or_default();
    if sequence != last.saturating_add(1) {
        return corrupt("events before it are missing");
    }
    if row.get("previous_hash") != Some(previous) {
        return corrupt("previous_hash is not the hash of the row before");
    }
    if !derive::is_whole(row) {
        return corrupt("hash is not that of the row");
    }
    Ok((sequence, row.text("hash").into()))
}

async fn history(tx: &mut Transaction) -> Result<(), StoreError> {
    let text = format!(
        "{} WHERE entity_id > $1 OR (entity_id = $1 AND state_version > $2) \
         ORDER BY entity_id, state_version LIMIT $3",
        HISTORY.select()
    );
    let mut last = (String::new(), 0);
    loop {
        let query = sqlx::query(&text).bind(&last.0).bind(last.1).bind(PAGE);
        let rows = query.fetch_all(&mut **tx).await?;
        for row in &rows {
            last = version(&TextRow::read(&HISTORY, row)?, &last)?;
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

/// Checks a version against the one before and gives its key.
fn version(row: &TextRow, last: &(String, i64)) -> Result<(String, i64), StoreError> {
    let (id, version) = (row.text("entity_id").to_owned(), row.number("state_version").unwrap_or_default());
    let name = format!("{id} version {version}");
    checksum(&HISTORY, &name, row)?;
    let expected = if id == last.0 { last.1.saturating_add(1) } else { 1 };
    if version != expected {
        return Err(StoreError::corrupt("state_history", &name, &format!("version {expected} is missing")));
    }
    Ok((id, version))
}

async fn states(tx: &mut Transaction) -> Result<(), StoreError> {
    let text = format!("{} WHERE entity_id > $1 ORDER BY entity_id LIMIT $2", STATES.select());
    let mut last = String::new();
    loop {
        let rows = sqlx::query(&text).bind(&last).bind(PAGE).fetch_all(&mut **tx).await?;
        for row in &rows {
            let row = TextRow::read(&STATES, row)?;
            row.text("entity_id").clone_into(&mut last);
            checksum(&STATES, &last, &row)?;
        }
        if rows.is_empty() {
            return latest_of_history(tx).await;
        }
    }
}

/// Every state must be the last version of its history, and every history that does not end in nothing must have one.
async fn latest_of_history(tx: &mut Transaction) -> Result<(), StoreError> {
    const DIFFERS: &str = "SELECT h.entity_id FROM \
         (SELECT entity_id, MAX(state_version) AS state_version FROM state_history GROUP BY entity_id) l \
         JOIN state_history h ON h.entity_id = l.entity_id AND h.state_version = l.state_version \
         LEFT JOIN canonical_state c ON c.entity_id = h.entity_id \
         WHERE (h.state_data IS NULL AND c.entity_id IS NOT NULL) OR (h.state_data IS NOT NULL AND \
         (c.entity_id IS NULL OR c.state_version <> h.state_version OR c.checksum <> h.checksum)) \
         ORDER BY h.entity_id LIMIT 1";
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

fn checksum(table: &Table, name: &str, row: &TextRow) -> Result<(), StoreError> {
    if row.get("checksum") == row.get("state_data").map(checksum_of).as_deref() {
        return Ok(());
    }
    Err(StoreError::corrupt(table.name, &name, &"checksum is not that of state_data"))
}
