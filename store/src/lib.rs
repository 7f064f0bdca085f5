//! The canonical store: what happened on the chain, what follows from it, and every state in between.
//!
//! The only crate with SQL, one text for SQLite and PostgreSQL. A store is at a [`Location`]. The indexer opens it as
//! a [`Writer`]; everyone else opens it as a [`Store`], which only reads. Every write is one transaction: events,
//! states, history and cursors are in together or not at all, and applying the same transaction again changes nothing.
//!
//! A transaction that a fork may still drop waits as unfinalized: it is promoted, or taken back by the exact inverse
//! of what it did. Nothing is ever deleted from the events or the history: a retraction is a row of its own.
//!
//! Beside it, in a database of its own, are the backend's [`Sessions`].

mod apply;
mod backlog;
mod batch;
mod chain;
mod connect;
pub mod copy;
mod counts;
mod database;
mod draft;
mod entity;
mod error;
mod event;
mod faults;
mod finality;
mod history;
mod incident;
mod known;
mod location;
mod news;
mod order;
mod owned;
mod position;
mod promote;
mod reading;
mod remembered;
mod repair;
mod retract;
mod schema;
mod scrub;
mod sessions;
mod snapshot;
mod statement;
mod stopped;
mod touched;
mod trouble;
mod unfinalized;
mod verify;
mod version;
mod write;
mod writer;

#[cfg(test)]
mod tests;

pub use backlog::{Backfill, Listed};
pub use batch::{Applied, Batch, IndexCursor, IndexedTransaction};
pub use counts::Counts;
pub use error::StoreError;
pub use event::{EventFilter, Record, StoredEvent};
pub use faults::{DeadLetter, RecordedIncident, StoppedThread};
pub use finality::Finality;
pub use history::Version;
pub use incident::Incident;
pub use location::{Location, LocationError};
pub use position::CONTENT_STATUSES;
pub use repair::Repair;
pub use scrub::ScrubReport;
pub use sessions::{Claim, Claimed, IssuedNonce, KeptAnswer, Sessions, SessionsError, StoredSession};
pub use snapshot::Snapshot;
pub use stopped::Stopped;
pub use verify::{Corrupt, Finding, Progress};
pub use writer::Writer;

use database::Database;
use std::sync::Arc;
use tokio::sync::watch;

/// Tells the time in Unix seconds. Binaries pass the real one.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The seeds' mark on every event and state.
pub const HANDSHAKE: &str = "55-45-17";

/// Reads a store; cloning it is cheap.
#[derive(Clone)]
pub struct Store {
    database: Database,
    clock: Clock,
    committed: watch::Sender<i64>,
    /// Whether it is a writer's own, which announces what it commits.
    writes: bool,
}

impl Store {
    /// Opens the store at `location` for reading.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if nothing was written there yet, [`StoreError::Unfinished`] if a restore was
    /// interrupted there, [`StoreError::OlderSchema`] and [`StoreError::NewerSchema`] if another version of Chorale
    /// wrote it, [`StoreError::NotGranted`] if this role may not read it, [`StoreError::Open`] if it cannot be opened.
    pub async fn open(location: &Location, clock: Clock) -> Result<Self, StoreError> {
        let store = Self::open_unfinished(location, clock).await?;
        match copy::check_finished(&store, location).await {
            Ok(()) => Ok(store),
            Err(error) => {
                store.close().await;
                Err(error)
            }
        }
    }

    /// Opens it also where a restore is not finished.
    pub(crate) async fn open_unfinished(location: &Location, clock: Clock) -> Result<Self, StoreError> {
        let database = Database::open(&schema::CANONICAL, location).await?;
        let (committed, _) = watch::channel(0);
        let store = Self { database, clock, committed, writes: false };
        let (sequence, _) = store.last_event().await?;
        store.committed.send_replace(sequence);
        Ok(store)
    }

    /// The sequence of the last committed event, as it grows by what the [`Writer`] of this handle writes, and by what
    /// other processes do while someone [`listen`](Self::listen)s.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<i64> {
        self.committed.subscribe()
    }

    /// Closes every connection, of clones too, after the running queries.
    pub async fn close(&self) {
        self.database.close().await;
    }
}
