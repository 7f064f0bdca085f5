//! Connections and transactions, of both engines.
//!
//! sqlx's `Any` driver runs one SQL text on SQLite and PostgreSQL. What differs between them is here, in
//! `connect.rs` and in `schema.rs`.

use crate::connect::{self, Purpose};
use crate::error::StoreError;
use crate::location::Location;
use crate::news::channel;
use crate::schema::{self, Schema};
use chorale_domain::id::sha256;

/// The driver.
pub(crate) type Db = sqlx::Any;
pub(crate) type Row = sqlx::any::AnyRow;
pub(crate) type Transaction = sqlx::Transaction<'static, Db>;
pub(crate) type Pool = sqlx::Pool<Db>;

/// Which of the two it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Engine {
    Sqlite,
    Postgres {
        /// The advisory lock that a writer holds.
        lock: i64,
    },
}

impl Engine {
    pub(crate) fn of(location: &Location) -> Self {
        match location {
            Location::Sqlite(_) => Self::Sqlite,
            Location::Postgres { schema, .. } => {
                let [a, b, c, d, e, f, g, h, ..] = sha256(&[b"chorale:writer:", schema.as_bytes()]);
                Self::Postgres { lock: i64::from_be_bytes([a, b, c, d, e, f, g, h]) }
            }
        }
    }
}

/// What reads: connections that cannot write.
#[derive(Clone)]
pub(crate) struct Database {
    engine: Engine,
    readers: Pool,
}

impl Database {
    /// Opens a database that is there already and has the schema that this version knows.
    pub(crate) async fn open(schema: &Schema, location: &Location) -> Result<Self, StoreError> {
        schema::check(schema, location).await?;
        let options = connect::options(location, Purpose::Reading)?;
        let readers = connect::pool(location, Purpose::Reading).connect_lazy_with(options);
        Ok(Self { engine: Engine::of(location), readers })
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// The pool for reading.
    pub(crate) fn reader(&self) -> &Pool {
        &self.readers
    }

    /// A transaction in which all reads see the same state.
    pub(crate) async fn read(&self) -> Result<Transaction, StoreError> {
        let statement = match self.engine {
            Engine::Sqlite => "BEGIN",
            Engine::Postgres { .. } => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        begin(&self.readers, statement).await
    }

    pub(crate) async fn close(&self) {
        close(&self.readers).await;
    }
}

/// What writes: one connection.
#[derive(Clone)]
pub(crate) struct WritingDatabase {
    engine: Engine,
    writer: Pool,
    /// Whether others read it, who are told of every write.
    has_readers: bool,
}

impl WritingDatabase {
    /// Opens a database, making or migrating it where necessary.
    pub(crate) async fn open(schema: &Schema, location: &Location) -> Result<Self, StoreError> {
        schema::migrate(schema, location).await?;
        let options = connect::options(location, Purpose::Writing)?;
        let writer = connect::pool(location, Purpose::Writing).connect_lazy_with(options);
        Ok(Self { engine: Engine::of(location), writer, has_readers: schema.readers })
    }

    /// For writes of one statement each, which need no transaction around them.
    pub(crate) fn writer(&self) -> &Pool {
        &self.writer
    }

    /// The one transaction that may write, begun as a writer: nothing it reads can be stale when it writes.
    pub(crate) async fn write(&self) -> Result<Transaction, StoreError> {
        let Engine::Postgres { lock } = self.engine else {
            return begin(&self.writer, "BEGIN IMMEDIATE").await;
        };
        // Said, since a server can be set so that all of a transaction sees what was there before it had the lock.
        let mut tx = begin(&self.writer, "BEGIN ISOLATION LEVEL READ COMMITTED").await?;
        let locked = if self.has_readers {
            // Those who listen are told by PostgreSQL itself once the transaction is in, and not if it is not.
            sqlx::query("SELECT pg_advisory_xact_lock($1), pg_notify($2, '')").bind(lock).bind(channel(lock))
        } else {
            sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(lock)
        };
        locked.execute(&mut *tx).await?;
        Ok(tx)
    }

    /// Afterwards everything is in SQLite's one file, also where others go on reading it: SQLite sees to that by itself
    /// only where the last connection that closes may write.
    pub(crate) async fn close(&self) {
        const INTO_THE_FILE: &str = "PRAGMA wal_checkpoint(TRUNCATE)";
        if self.engine == Engine::Sqlite
            && !self.writer.is_closed()
            && let Err(error) = sqlx::query(INTO_THE_FILE).fetch_optional(&self.writer).await
        {
            tracing::warn!(%error, "what was written last stays in the file beside the store that ends with -wal");
        }
        close(&self.writer).await;
    }
}

/// Closes a pool's connections, all of them: one that is on its way back into the pool while sqlx closes it ends up among
/// the idle ones of a closed pool, where it would stay open as long as the process runs.
async fn close(pool: &Pool) {
    pool.close().await;
    while pool.size() > 0 {
        pool.close().await;
        tokio::task::yield_now().await;
    }
}

/// Begins a transaction in a task of its own. Given up half-way, sqlx leaves a connection in a transaction that nobody
/// ends: on SQLite it keeps its lock, on PostgreSQL whoever reads by it next sees an old state for ever. The task goes
/// on to the end, and what nobody waits for any more is rolled back.
async fn begin(pool: &Pool, statement: &'static str) -> Result<Transaction, StoreError> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(statement).await }).await;
    // It fails only where the runtime ends first.
    Ok(begun.unwrap_or(Err(sqlx::Error::PoolClosed))?)
}
