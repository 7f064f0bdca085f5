//! A page of events with what they changed.

use super::row::{EVENTS, HISTORY, TextRow};
use crate::database::Transaction;
use crate::entity::limit_column;
use crate::error::StoreError;
use sqlx::Row as _;
use std::collections::{BTreeMap, HashSet};

pub(crate) struct Page {
    /// The events, in order.
    pub rows: Vec<TextRow>,
    /// The event after them, if there is one.
    pub next: Option<TextRow>,
    /// What the events changed, by sequence. Also of sequences between them whose events are missing.
    pub history: BTreeMap<i64, Vec<TextRow>>,
    /// Which of the events were taken back.
    pub retracted: HashSet<i64>,
}

impl Page {
    /// At most `limit` events after the sequence `after`.
    pub(crate) async fn load(tx: &mut Transaction, after: i64, limit: usize) -> Result<Self, StoreError> {
        let mut rows = events(tx, after, limit + 1).await?;
        let next = if rows.len() > limit { rows.pop() } else { None };
        let last = rows.last().and_then(|row| row.number("sequence")).unwrap_or(after);
        let (history, retracted) = (history(tx, after, last).await?, retracted(tx, after, last).await?);
        Ok(Self { rows, next, history, retracted })
    }
}

async fn events(tx: &mut Transaction, after: i64, limit: usize) -> Result<Vec<TextRow>, StoreError> {
    let text = format!("{} WHERE sequence > $1 ORDER BY sequence LIMIT $2", EVENTS.select());
    let query = sqlx::query(&text).bind(after).bind(limit_column(limit));
    query.fetch_all(&mut **tx).await?.iter().map(|row| TextRow::read(&EVENTS, row)).collect()
}

async fn history(
    tx: &mut Transaction,
    after: i64,
    last: i64,
) -> Result<BTreeMap<i64, Vec<TextRow>>, StoreError> {
    let text = format!("{} WHERE event_sequence > $1 AND event_sequence <= $2", HISTORY.select());
    let mut history = BTreeMap::<i64, Vec<TextRow>>::new();
    for row in sqlx::query(&text).bind(after).bind(last).fetch_all(&mut **tx).await? {
        let row = TextRow::read(&HISTORY, &row)?;
        history.entry(row.number("event_sequence").unwrap_or(after)).or_default().push(row);
    }
    Ok(history)
}

async fn retracted(tx: &mut Transaction, after: i64, last: i64) -> Result<HashSet<i64>, StoreError> {
    const RETRACTED: &str = "SELECT retracts FROM event_store WHERE retracts > $1 AND retracts <= $2";
    let rows = sqlx::query(RETRACTED).bind(after).bind(last).fetch_all(&mut **tx).await?;
    rows.iter().map(|row| Ok(row.try_get("retracts")?)).collect()
}

/// One event.
pub(crate) async fn event(tx: &mut Transaction, sequence: i64) -> Result<Option<TextRow>, StoreError> {
    let found = events(tx, sequence.saturating_sub(1), 1).await?.pop();
    Ok(found.filter(|row| row.number("sequence") == Some(sequence)))
}

/// The last event up to `until`.
pub(crate) async fn event_before(tx: &mut Transaction, until: i64) -> Result<Option<TextRow>, StoreError> {
    let text = format!("{} WHERE sequence <= $1 ORDER BY sequence DESC LIMIT 1", EVENTS.select());
    let row = sqlx::query(&text).bind(until).fetch_optional(&mut **tx).await?;
    row.map(|row| TextRow::read(&EVENTS, &row)).transpose()
}

/// One version of an entity.
pub(crate) async fn version(
    tx: &mut Transaction,
    id: &str,
    version: i64,
) -> Result<Option<TextRow>, StoreError> {
    let text = format!("{} WHERE entity_id = $1 AND state_version = $2", HISTORY.select());
    let row = sqlx::query(&text).bind(id).bind(version).fetch_optional(&mut **tx).await?;
    row.map(|row| TextRow::read(&HISTORY, &row)).transpose()
}

/// What one event changed.
pub(crate) async fn changes(tx: &mut Transaction, sequence: i64) -> Result<Vec<TextRow>, StoreError> {
    Ok(history(tx, sequence.saturating_sub(1), sequence).await?.remove(&sequence).unwrap_or_default())
}
