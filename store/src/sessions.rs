//! What the backend alone decides: who is signed in.
//!
//! A database of its own beside the canonical store, on the same engines: see [`Location::sessions`]. Several backends
//! may share it. What opens something, tokens and nonces, is known here by its SHA-256 only, so that nothing here opens
//! anything if it leaks. Losing it signs everyone out, and does nothing else.
//!
//! Every write is one statement, so that it is in or not without a transaction around it, and so that of two backends
//! that do the same at once the database lets one be the first.

mod error;
mod idempotency;
mod nonce;
mod session;

pub use error::SessionsError;
pub use idempotency::{Claim, Claimed, KeptAnswer};
pub use nonce::IssuedNonce;
pub use session::StoredSession;

use crate::copy::CopyError;
use crate::database::{Database, Row, WritingDatabase};
use crate::error::StoreError;
use crate::location::Location;
use crate::schema::SESSIONS;
use crate::statement::Bound;
use chorale_domain::id::{Hash32, sha256};
use std::time::Duration;
use tokio::time::timeout;

/// How long the database is waited for: somebody waits for the answer.
const LONGEST: Duration = Duration::from_secs(5);

/// Sessions, nonces and what else is the backend's own; cloning it is cheap.
#[derive(Clone)]
pub struct Sessions {
    readers: Database,
    writer: WritingDatabase,
}

impl Location {
    /// The place beside this store where the backend keeps its [`Sessions`]: `store.sqlite.sessions` beside the file
    /// `store.sqlite`, the schema `chorale_sessions` beside the schema `chorale`.
    ///
    /// # Errors
    /// [`CopyError::Location`] if a schema cannot be called so.
    pub fn sessions(&self) -> Result<Self, CopyError> {
        self.beside("sessions")
    }
}

impl Sessions {
    /// Opens the database at `location`, making or migrating it where necessary. A file's folder must exist.
    ///
    /// # Errors
    /// [`SessionsError`] if it cannot be opened or brought up to date.
    pub async fn open(location: &Location) -> Result<Self, SessionsError> {
        let writer = WritingDatabase::open(&SESSIONS, location).await?;
        let readers = Database::open(&SESSIONS, location).await?;
        Ok(Self { readers, writer })
    }

    /// Removes all that has expired by `now`, Unix seconds, and says how many rows that was.
    ///
    /// # Errors
    /// [`SessionsError`].
    pub async fn purge(&self, now: i64) -> Result<u64, SessionsError> {
        const PURGE: [&str; 3] = [
            "DELETE FROM nonces WHERE expires_at <= $1",
            "DELETE FROM sessions WHERE expires_at <= $1",
            "DELETE FROM idempotency WHERE expires_at <= $1",
        ];
        let mut removed = 0;
        for statement in PURGE {
            removed += self.change(sqlx::query(statement).bind(now)).await?;
        }
        Ok(removed)
    }

    /// Closes every connection, of clones too, after the running queries.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Runs a statement that writes, and says how many rows it changed.
    async fn change(&self, statement: Bound<'_>) -> Result<u64, SessionsError> {
        let done = in_time(async { Ok(statement.execute(self.writer.writer()).await?) }).await?;
        Ok(done.rows_affected())
    }

    /// Runs a statement that writes and returns rows. To its end: SQLite commits no sooner.
    async fn change_returning(&self, statement: Bound<'_>) -> Result<Vec<Row>, SessionsError> {
        in_time(async { Ok(statement.fetch_all(self.writer.writer()).await?) }).await
    }

    async fn read(&self, statement: Bound<'_>) -> Result<Vec<Row>, SessionsError> {
        in_time(async { Ok(statement.fetch_all(self.readers.reader()).await?) }).await
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, SessionsError> {
    let seconds = LONGEST.as_secs();
    let done = timeout(LONGEST, work).await.unwrap_or(Err(StoreError::NoAnswer { seconds }));
    Ok(done?)
}

/// What a secret is known by.
fn hashed(secret: &str) -> Hash32 {
    Hash32(sha256(&[secret.as_bytes()]))
}
