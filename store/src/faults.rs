//! Reading what went wrong: incidents, transactions that could not be decoded, threads that are stopped.

use crate::Store;
use crate::database::Row;
use crate::entity::limit_column;
use crate::error::StoreError;
use crate::incident::Incident;
use crate::stopped::Stopped;
use chorale_domain::id::{Signature, ThreadId};
use chorale_domain::state::Entity;
use sqlx::Row as _;
use std::collections::HashSet;
use std::fmt::Display;
use std::str::FromStr;

/// An incident as it was kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecordedIncident {
    /// 1, 2, 3 and so on.
    pub number: i64,
    /// What happened.
    pub incident: Incident,
    /// When, by the store's own clock, Unix seconds.
    pub recorded_at: i64,
}

/// A transaction with something in it that could not be decoded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeadLetter {
    /// The transaction.
    pub signature: Signature,
    /// Its slot.
    pub slot: u64,
    /// Why it could not be decoded.
    pub reason: String,
    /// When it was found, by the store's own clock, Unix seconds.
    pub recorded_at: i64,
}

/// A thread whose state stays as it is until a rebuild.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoppedThread {
    /// Which, and why.
    pub stopped: Stopped,
    /// Events of the thread after this one are kept, but not applied.
    pub event_sequence: i64,
    /// When, by the store's own clock, Unix seconds.
    pub recorded_at: i64,
}

impl Store {
    /// At most `limit` incidents in order, from the number `after` (exclusive) on.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn incidents(&self, after: i64, limit: usize) -> Result<Vec<RecordedIncident>, StoreError> {
        const PAGE: &str = "SELECT number, kind, subject, detail, repair, recorded_at FROM incidents \
             WHERE number > $1 ORDER BY number LIMIT $2";
        let query = sqlx::query(PAGE).bind(after).bind(limit_column(limit));
        query.fetch_all(self.database.reader()).await?.iter().map(incident).collect()
    }

    /// At most `limit` dead letters in the order of their signatures' text, from `after` (exclusive) on.
    ///
    /// # Errors
    /// [`StoreError::Database`], or [`StoreError::Corrupt`] if a row cannot be read.
    pub async fn dead_letters(
        &self,
        after: Option<Signature>,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        const PAGE: &str = "SELECT signature, slot, reason, recorded_at FROM dead_letters \
             WHERE signature > $1 ORDER BY signature LIMIT $2";
        let after = after.map(|signature| signature.to_string()).unwrap_or_default();
        let query = sqlx::query(PAGE).bind(after).bind(limit_column(limit));
        query.fetch_all(self.database.reader()).await?.iter().map(dead_letter).collect()
    }

    /// Every thread that is stopped, the first one first.
    ///
    /// # Errors
    /// As [`dead_letters`](Self::dead_letters).
    pub async fn stopped(&self) -> Result<Vec<StoppedThread>, StoreError> {
        const ALL: &str = "SELECT thread, event_sequence, entity_id, reason, derived, on_chain, recorded_at \
             FROM stopped_threads ORDER BY event_sequence, thread";
        sqlx::query(ALL).fetch_all(self.database.reader()).await?.iter().map(stopped_thread).collect()
    }
}

impl Store {
    /// The ids of the threads that are stopped.
    ///
    /// # Errors
    /// As [`dead_letters`](Self::dead_letters).
    pub async fn stopped_threads(&self) -> Result<HashSet<ThreadId>, StoreError> {
        Ok(self.stopped().await?.into_iter().map(|found| found.stopped.thread).collect())
    }
}

fn incident(row: &Row) -> Result<RecordedIncident, StoreError> {
    Ok(RecordedIncident {
        number: row.try_get("number")?,
        incident: Incident {
            kind: row.try_get("kind")?,
            subject: row.try_get("subject")?,
            detail: row.try_get("detail")?,
            repair: row.try_get("repair")?,
        },
        recorded_at: row.try_get("recorded_at")?,
    })
}

fn dead_letter(row: &Row) -> Result<DeadLetter, StoreError> {
    let id: String = row.try_get("signature")?;
    let slot: i64 = row.try_get("slot")?;
    Ok(DeadLetter {
        signature: parsed("dead_letters", &id, &id)?,
        slot: u64::try_from(slot).map_err(|error| StoreError::corrupt("dead_letters", &id, &error))?,
        reason: row.try_get("reason")?,
        recorded_at: row.try_get("recorded_at")?,
    })
}

fn stopped_thread(row: &Row) -> Result<StoppedThread, StoreError> {
    const TABLE: &str = "stopped_threads";
    let thread: String = row.try_get("thread")?;
    let entity: String = row.try_get("entity_id")?;
    let state = |column: &str| -> Result<Option<Entity>, StoreError> {
        let data: Option<String> = row.try_get(column)?;
        let state = data.map(|data| serde_json::from_str(&data)).transpose();
        state.map_err(|error| StoreError::corrupt(TABLE, &thread, &error))
    };
    let stopped = Stopped {
        thread: parsed(TABLE, &thread, &thread)?,
        entity: parsed(TABLE, &thread, &entity)?,
        reason: row.try_get("reason")?,
        derived: state("derived")?,
        on_chain: state("on_chain")?,
    };
    let (event_sequence, recorded_at) = (row.try_get("event_sequence")?, row.try_get("recorded_at")?);
    Ok(StoppedThread { stopped, event_sequence, recorded_at })
}

fn parsed<T: FromStr<Err: Display>>(table: &'static str, id: &str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|error| StoreError::corrupt(table, &id, &error))
}
