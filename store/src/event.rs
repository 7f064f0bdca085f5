//! Reading what happened.

use crate::Store;
use crate::batch::IndexedTransaction;
use crate::database::{Row, Transaction};
use crate::entity::{limit_column, versioned};
use crate::error::StoreError;
use chorale_domain::event::{ChainEvent, EventId};
use chorale_domain::id::{Hash32, Signature};
use chorale_wire::socket::{Commitment, VersionedEntity};
use sqlx::Row as _;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Display;

/// An event with what it changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredEvent {
    /// Its place in the store: 1, 2, 3 and so on without a gap.
    pub sequence: i64,
    /// How settled it is.
    pub commitment: Commitment,
    /// What happened, where.
    pub event: ChainEvent,
    /// Every entity it changed, as it was after it.
    pub changes: Vec<VersionedEntity>,
}

impl Store {
    /// At most `limit` events after the sequence `cursor`, in order.
    ///
    /// # Errors
    /// [`StoreError::Database`], or [`StoreError::Corrupt`] if a row cannot be read.
    pub async fn events_after(&self, cursor: i64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        const PAGE: &str = "SELECT sequence, signature, instruction, inner_instruction, slot, commitment, \
             schema_version, event_data FROM event_store WHERE sequence > $1 ORDER BY sequence LIMIT $2";
        let mut tx = self.database.read().await?;
        let query = sqlx::query(PAGE).bind(cursor).bind(limit_column(limit));
        let rows = query.fetch_all(&mut *tx).await?;
        let mut events = rows.iter().map(stored).collect::<Result<Vec<_>, _>>()?;
        let last = events.last().map_or(cursor, |event| event.sequence);
        let mut changes = changes_between(&mut tx, cursor, last).await?;
        for event in &mut events {
            event.changes = changes.remove(&event.sequence).unwrap_or_default();
        }
        Ok(events)
    }

    /// Sequence and slot of the last event, zeros where there is none.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn last_event(&self) -> Result<(i64, u64), StoreError> {
        const LAST: &str = "SELECT sequence, slot FROM event_store ORDER BY sequence DESC LIMIT 1";
        let row = sqlx::query(LAST).fetch_optional(self.database.reader()).await?;
        let Some(row) = row else { return Ok((0, 0)) };
        let sequence: i64 = row.try_get("sequence")?;
        Ok((sequence, number(&row, sequence, "slot")?))
    }
}

/// Sequence and hash of the last row, zeros where there is none.
pub(crate) async fn last_row(tx: &mut Transaction) -> Result<(i64, Hash32), StoreError> {
    const LAST: &str = "SELECT sequence, hash FROM event_store ORDER BY sequence DESC LIMIT 1";
    let Some(row) = sqlx::query(LAST).fetch_optional(&mut **tx).await? else {
        return Ok((0, Hash32::ZERO));
    };
    let sequence: i64 = row.try_get("sequence")?;
    let hash = row.try_get::<String, _>("hash")?.parse();
    Ok((sequence, hash.map_err(|error| corrupt(sequence, &error))?))
}

/// The events of a transaction that are in already.
pub(crate) async fn known_events(
    tx: &mut Transaction,
    transaction: &IndexedTransaction,
) -> Result<HashSet<EventId>, StoreError> {
    const KNOWN: &str =
        "SELECT sequence, signature, instruction, inner_instruction FROM event_store WHERE signature = $1";
    let query = sqlx::query(KNOWN).bind(transaction.signature.to_string());
    let rows = query.fetch_all(&mut **tx).await?;
    rows.iter().map(|row| event_id(row, row.try_get("sequence")?)).collect()
}

async fn changes_between(
    tx: &mut Transaction,
    after: i64,
    until: i64,
) -> Result<BTreeMap<i64, Vec<VersionedEntity>>, StoreError> {
    const CHANGES: &str = "SELECT event_sequence, entity_id, state_version, state_data, checksum \
         FROM state_history WHERE event_sequence > $1 AND event_sequence <= $2 \
         ORDER BY event_sequence, entity_id";
    let query = sqlx::query(CHANGES).bind(after).bind(until);
    let mut changes = BTreeMap::<i64, Vec<VersionedEntity>>::new();
    for row in query.fetch_all(&mut **tx).await? {
        let sequence = row.try_get("event_sequence")?;
        changes.entry(sequence).or_default().push(versioned(&row)?);
    }
    Ok(changes)
}

fn stored(row: &Row) -> Result<StoredEvent, StoreError> {
    let sequence = row.try_get("sequence")?;
    let data: String = row.try_get("event_data")?;
    let event = ChainEvent {
        id: event_id(row, sequence)?,
        slot: number(row, sequence, "slot")?,
        schema: number(row, sequence, "schema_version")?,
        event: serde_json::from_str(&data).map_err(|error| corrupt(sequence, &error))?,
    };
    Ok(StoredEvent { sequence, commitment: commitment(row, sequence)?, event, changes: vec![] })
}

fn event_id(row: &Row, sequence: i64) -> Result<EventId, StoreError> {
    let signature = row.try_get::<String, _>("signature")?.parse::<Signature>();
    Ok(EventId {
        signature: signature.map_err(|error| corrupt(sequence, &error))?,
        instruction: number(row, sequence, "instruction")?,
        inner: number(row, sequence, "inner_instruction")?,
    })
}

fn commitment(row: &Row, sequence: i64) -> Result<Commitment, StoreError> {
    match row.try_get("commitment")? {
        "confirmed" => Ok(Commitment::Confirmed),
        "finalized" => Ok(Commitment::Finalized),
        other => Err(corrupt(sequence, &format!("unknown commitment {other:?}"))),
    }
}

/// A column that never holds a negative number.
fn number<T: TryFrom<i64>>(row: &Row, sequence: i64, column: &str) -> Result<T, StoreError> {
    let value: i64 = row.try_get(column)?;
    T::try_from(value).map_err(|_| corrupt(sequence, &format!("{column} is {value}")))
}

fn corrupt(sequence: i64, reason: &dyn Display) -> StoreError {
    StoreError::corrupt("event_store", &sequence, reason)
}
