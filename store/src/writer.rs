//! The handle that writes.

use crate::database::{Transaction, WritingDatabase};
use crate::error::StoreError;
use crate::location::Location;
use crate::owned::name_owners;
use crate::remembered::Remembered;
use crate::schema::CANONICAL;
use crate::{Clock, Store};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::timeout;

/// The longest a write may take: a database that hangs without ending its connections would be waited for for ever.
const LONGEST: Duration = Duration::from_secs(60);

/// Writes a store, and reads it. There is one in all: the indexer's. Cloning it is cheap.
///
/// Every write is one transaction: all of it is in, or nothing, also when its future is dropped half-way.
#[derive(Clone)]
pub struct Writer {
    database: WritingDatabase,
    store: Store,
    pub(crate) remembered: Arc<Mutex<Remembered>>,
}

impl Writer {
    /// Opens a store, making or migrating it where necessary. A file's folder must exist.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] if a later version of Chorale wrote it, [`StoreError::Unfinished`] if a restore was
    /// interrupted there, [`StoreError::Open`] or [`StoreError::Migrate`] if it cannot be opened or brought up to date.
    pub async fn open(location: &Location, clock: Clock) -> Result<Self, StoreError> {
        let database = WritingDatabase::open(&CANONICAL, location).await?;
        name_owners(&database).await?;
        let store = Store { writes: true, ..Store::open(location, clock).await? };
        Ok(Self { database, store, remembered: Arc::default() })
    }

    /// Opens it also where a restore is not finished: for that restore.
    pub(crate) async fn open_unfinished(location: &Location, clock: Clock) -> Result<Self, StoreError> {
        let database = WritingDatabase::open(&CANONICAL, location).await?;
        name_owners(&database).await?;
        let store = Store { writes: true, ..Store::open_unfinished(location, clock).await? };
        Ok(Self { database, store, remembered: Arc::default() })
    }

    /// The same store for reading. It hears of what this writer commits: see [`Store::watch`].
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Closes every connection, of clones too, after the running queries.
    pub async fn close(&self) {
        self.store.close().await;
        self.database.close().await;
    }

    /// Begins the one transaction that may write.
    pub(crate) async fn begin(&self) -> Result<Transaction, StoreError> {
        self.database.write().await
    }

    /// Seconds by the store's clock.
    pub(crate) fn now(&self) -> i64 {
        (self.store.clock)()
    }

    /// Gives a write up that takes too long; dropping it rolls it back.
    pub(crate) async fn bounded<T>(
        &self,
        write: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let seconds = LONGEST.as_secs();
        timeout(LONGEST, write).await.unwrap_or(Err(StoreError::NoAnswer { seconds }))
    }

    /// Tells everyone who watches of events up to `sequence`.
    pub(crate) fn announce(&self, sequence: i64) {
        self.store.announce(sequence);
    }
}
