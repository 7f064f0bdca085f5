//! Connections: one that writes, several that read.

use crate::error::StoreError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::path::Path;
use std::time::Duration;

/// The engine. Nothing outside this file depends on which one it is.
pub(crate) type Db = sqlx::Sqlite;
pub(crate) type Row = <Db as sqlx::Database>::Row;
pub(crate) type Transaction = sqlx::Transaction<'static, Db>;
type Pool = sqlx::Pool<Db>;

/// Values one statement may bind: the least of the limits of SQLite (32,766) and PostgreSQL (65,535).
pub(crate) const MAX_BINDS: usize = 32_766;

const READERS: u32 = 8;
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

#[derive(Clone)]
pub(crate) struct Database {
    writer: Pool,
    readers: Pool,
}

impl Database {
    pub(crate) async fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Open { path: path.into(), source };
        let options =
            SqliteConnectOptions::new().filename(path).busy_timeout(BUSY_TIMEOUT).foreign_keys(true);
        // NORMAL can lose the last commits in a power cut, cursor and rows alike: the chain has them still.
        let writing = options
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal);
        let writer = SqlitePoolOptions::new().max_connections(1);
        let writer = writer.connect_with(writing).await.map_err(failed)?;
        migrate(path, &writer).await?;
        let readers = SqlitePoolOptions::new().max_connections(READERS);
        let readers = readers.connect_with(options.read_only(true)).await;
        Ok(Self { writer, readers: readers.map_err(failed)? })
    }

    /// The pool for reading.
    pub(crate) fn reader(&self) -> &Pool {
        &self.readers
    }

    /// A transaction in which all reads see the same state.
    pub(crate) async fn read(&self) -> Result<Transaction, StoreError> {
        Ok(self.readers.begin().await?)
    }

    /// The one transaction that may write, begun as a writer: nothing it reads can be stale when it writes.
    pub(crate) async fn write(&self) -> Result<Transaction, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

async fn migrate(path: &Path, writer: &Pool) -> Result<(), StoreError> {
    let path = path.to_path_buf();
    MIGRATIONS.run(writer).await.map_err(|error| match error {
        MigrateError::VersionMissing(found) => StoreError::NewerSchema {
            path,
            found,
            known: MIGRATIONS.iter().map(|m| m.version).max().unwrap_or(0),
        },
        source => StoreError::Migrate { path, source },
    })
}
