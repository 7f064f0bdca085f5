//! The canonical store: what happened on the chain, what follows from it, and every state in between.
//!
//! The only crate with SQL. The indexer writes, with [`Store::apply`]; everyone else reads. A batch is one
//! transaction: events, states, history and the indexer's cursor are in together or not at all. Applying
//! the same event again changes nothing.

mod apply;
mod batch;
mod chain;
mod compare;
mod database;
mod draft;
mod entity;
mod error;
mod event;
mod position;
mod snapshot;
mod verify;
mod write;

#[cfg(test)]
mod tests;

pub use batch::{Applied, Batch, IndexCursor, IndexedTransaction};
pub use error::StoreError;
pub use event::StoredEvent;
pub use snapshot::Snapshot;

use database::Database;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;

/// Tells the time in Unix seconds. Binaries pass the real one.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The seeds' mark on every event and state.
pub const HANDSHAKE: &str = "55-45-17";

/// A handle to the store; cloning it is cheap.
#[derive(Clone)]
pub struct Store {
    database: Database,
    clock: Clock,
    committed: watch::Sender<i64>,
}

impl Store {
    /// Opens the store in the file `path`, creating or migrating it where necessary. Its folder must exist.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] if a later version of Chorale wrote it, [`StoreError::Open`] or
    /// [`StoreError::Migrate`] if the file cannot be opened or brought up to date.
    pub async fn open(path: &Path, clock: Clock) -> Result<Self, StoreError> {
        let database = Database::open(path).await?;
        let (committed, _) = watch::channel(0);
        let store = Self { database, clock, committed };
        let (sequence, _) = store.last_event().await?;
        store.committed.send_replace(sequence);
        Ok(store)
    }

    /// The sequence of the last committed event, as it grows by [`apply`](Self::apply) in this process.
    /// Another process that reads the same store has to ask [`last_event`](Self::last_event).
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<i64> {
        self.committed.subscribe()
    }

    /// Closes every connection, of clones too, after the running queries.
    pub async fn close(&self) {
        self.database.close().await;
    }
}
