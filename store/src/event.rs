//! Reading what happened.

mod filter;

pub use filter::EventFilter;

use crate::Store;
use crate::database::{Row, Transaction};
use crate::entity::{limit_column, versioned};
use crate::error::StoreError;
use chorale_domain::event::{ChainEvent, EventId};
use chorale_domain::id::{Hash32, Signature, ThreadId};
use chorale_wire::socket::{Commitment, Mark, RemovedEntity, Tag, VersionedEntity};
use sqlx::Row as _;
use std::collections::BTreeMap;
use std::fmt::Display;

/// What [`stored`] reads.
pub(crate) const COLUMNS: &str = "sequence, signature, instruction, inner_instruction, slot, commitment, schema_version, event_data, retracts, hash";

/// A row of what happened, with what it changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredEvent {
    /// Its place in the store: 1, 2, 3 and so on without a gap.
    pub sequence: i64,
    /// Over everything that the row says happened, and the row before it.
    pub hash: Hash32,
    /// How settled it is; of a retraction and of what it takes back: [`Commitment::Retracted`].
    pub commitment: Commitment,
    /// What it records.
    pub record: Record,
    /// Every entity it changed, as it was after it.
    pub changes: Vec<VersionedEntity>,
    /// Every entity it left nothing of; only a retraction does that.
    pub removed: Vec<RemovedEntity>,
}

impl StoredEvent {
    /// The row's mark.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark { cursor: self.sequence, tag: self.hash.into() }
    }
}

/// What a row records.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Record {
    /// An event, where it is in the chain.
    Happened(ChainEvent),
    /// A fork dropped an event's transaction: the event is taken back.
    Retracted {
        /// The row that is taken back.
        sequence: i64,
        /// What that row says happened.
        event: ChainEvent,
    },
}

impl Record {
    /// The event that happened, or that did not happen after all.
    #[must_use]
    pub fn event(&self) -> &ChainEvent {
        match self {
            Self::Happened(event) | Self::Retracted { event, .. } => event,
        }
    }
}

impl Store {
    /// At most `limit` rows after the sequence `cursor`, in order; retractions too.
    ///
    /// # Errors
    /// [`StoreError::Database`], or [`StoreError::Corrupt`] if a row cannot be read.
    pub async fn events_after(&self, cursor: i64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        events_after(&mut self.database.read().await?, cursor, limit).await
    }

    /// The mark of the last row.
    ///
    /// # Errors
    /// [`StoreError::Database`], or [`StoreError::Corrupt`] if the row cannot be read.
    pub async fn mark(&self) -> Result<Mark, StoreError> {
        let (cursor, hash) = last_row(&mut self.database.read().await?).await?;
        Ok(Mark { cursor, tag: hash.into() })
    }

    /// At most `limit` rows after the one with this mark, in order; retractions too. `None` if there is no such row: the
    /// store was replaced, and nothing that was told before leads to what it says.
    ///
    /// # Errors
    /// As [`events_after`](Self::events_after).
    pub async fn events_following(
        &self,
        mark: Mark,
        limit: usize,
    ) -> Result<Option<Vec<StoredEvent>>, StoreError> {
        let mut tx = self.database.read().await?;
        if !is_there(&mut tx, mark).await? {
            return Ok(None);
        }
        events_after(&mut tx, mark.cursor, limit).await.map(Some)
    }

    /// The rows after the one with this mark, up to and with the sequence `until`, in order; of `thread` only, where
    /// given. `None` if there is no such row, or if those are more than `most`.
    ///
    /// # Errors
    /// As [`events_after`](Self::events_after).
    pub async fn events_since(
        &self,
        mark: Mark,
        until: i64,
        thread: Option<ThreadId>,
        most: usize,
    ) -> Result<Option<Vec<StoredEvent>>, StoreError> {
        let filter = EventFilter { thread, ..EventFilter::default() };
        let mut events = self.events(&filter, mark.cursor, most.saturating_add(1)).await?;
        // Asked last: if another store came meanwhile, what was read counts for nothing.
        if events.len() > most || !is_there(&mut self.database.read().await?, mark).await? {
            return Ok(None);
        }
        events.retain(|event| event.sequence <= until);
        Ok(Some(events))
    }

    /// Sequence and slot of the last row, zeros where there is none.
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

async fn events_after(
    tx: &mut Transaction,
    cursor: i64,
    limit: usize,
) -> Result<Vec<StoredEvent>, StoreError> {
    let page = format!("SELECT {COLUMNS} FROM event_store WHERE sequence > $1 ORDER BY sequence LIMIT $2");
    let rows = sqlx::query(&page).bind(cursor).bind(limit_column(limit)).fetch_all(&mut **tx).await?;
    let mut events = rows.iter().map(stored).collect::<Result<Vec<_>, _>>()?;
    let last = events.last().map_or(cursor, |event| event.sequence);
    changes_between(tx, cursor, last, &mut events).await?;
    Ok(events)
}

async fn is_there(tx: &mut Transaction, mark: Mark) -> Result<bool, StoreError> {
    const HASH: &str = "SELECT hash FROM event_store WHERE sequence = $1";
    if mark.cursor == 0 {
        return Ok(mark == Mark::default());
    }
    let row = sqlx::query(HASH).bind(mark.cursor).fetch_optional(&mut **tx).await?;
    Ok(row.map(|row| hash(&row, mark.cursor)).transpose()?.map(Tag::from) == Some(mark.tag))
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

/// Gives each of `events`, which are after `after` and not after `until`, what it changed.
async fn changes_between(
    tx: &mut Transaction,
    after: i64,
    until: i64,
    events: &mut [StoredEvent],
) -> Result<(), StoreError> {
    const CHANGES: &str = "SELECT event_sequence, entity_id, state_version, state_data, checksum \
         FROM state_history WHERE event_sequence > $1 AND event_sequence <= $2 \
         ORDER BY event_sequence, entity_id";
    let rows = sqlx::query(CHANGES).bind(after).bind(until).fetch_all(&mut **tx).await?;
    let mut by_sequence: BTreeMap<_, _> = events.iter_mut().map(|event| (event.sequence, event)).collect();
    for row in rows {
        // An event that a filter left out.
        let Some(event) = by_sequence.get_mut(&row.try_get("event_sequence")?) else { continue };
        match row.try_get::<Option<String>, _>("state_data")? {
            Some(_) => event.changes.push(versioned(&row)?),
            None => event.removed.push(removed(&row)?),
        }
    }
    Ok(())
}

fn removed(row: &Row) -> Result<RemovedEntity, StoreError> {
    let id: String = row.try_get("entity_id")?;
    let key = id.parse().map_err(|error| StoreError::corrupt("state_history", &id, &error))?;
    Ok(RemovedEntity { key, version: row.try_get("state_version")? })
}

/// Reads [`COLUMNS`], without what the row changed.
pub(crate) fn stored(row: &Row) -> Result<StoredEvent, StoreError> {
    let sequence = row.try_get("sequence")?;
    let event = chain_event(row, sequence)?;
    let record = match row.try_get("retracts")? {
        None => Record::Happened(event),
        Some(sequence) => Record::Retracted { sequence, event },
    };
    let commitment = commitment(row, sequence)?;
    let hash = hash(row, sequence)?;
    Ok(StoredEvent { sequence, hash, commitment, record, changes: vec![], removed: vec![] })
}

fn hash(row: &Row, sequence: i64) -> Result<Hash32, StoreError> {
    row.try_get::<&str, _>("hash")?.parse().map_err(|error| corrupt(sequence, &error))
}

fn chain_event(row: &Row, sequence: i64) -> Result<ChainEvent, StoreError> {
    let data: String = row.try_get("event_data")?;
    Ok(ChainEvent {
        id: event_id(row, sequence)?,
        slot: number(row, sequence, "slot")?,
        schema: number(row, sequence, "schema_version")?,
        event: serde_json::from_str(&data).map_err(|error| corrupt(sequence, &error))?,
    })
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
    let text: String = row.try_get("commitment")?;
    parse_commitment(&text).ok_or_else(|| corrupt(sequence, &format!("unknown commitment {text:?}")))
}

/// A commitment as a row holds it.
pub(crate) fn commitment_column(commitment: Commitment) -> &'static str {
    match commitment {
        Commitment::Confirmed => "confirmed",
        Commitment::Finalized => "finalized",
        Commitment::Retracted => "retracted",
    }
}

fn parse_commitment(text: &str) -> Option<Commitment> {
    let all = [Commitment::Confirmed, Commitment::Finalized, Commitment::Retracted];
    all.into_iter().find(|commitment| commitment_column(*commitment) == text)
}

/// A column that never holds a negative number.
fn number<T: TryFrom<i64>>(row: &Row, sequence: i64, column: &str) -> Result<T, StoreError> {
    let value: i64 = row.try_get(column)?;
    T::try_from(value).map_err(|_| corrupt(sequence, &format!("{column} is {value}")))
}

fn corrupt(sequence: i64, reason: &dyn Display) -> StoreError {
    StoreError::corrupt("event_store", &sequence, reason)
}
