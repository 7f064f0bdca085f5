//! Sessions, of people and of their agents.

use super::{Sessions, SessionsError, hashed};
use crate::database::Row;
use crate::statement::Rows;
use chorale_domain::id::{Hash32, Wallet};
use chorale_wire::http::{Scopes, SessionKind};
use sqlx::Row as _;
use std::fmt::Display;
use std::str::FromStr;

const TABLE: &str = "sessions";

/// A session as it is kept. It grants nothing by itself: what a caller may do is the backend's to decide.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredSession {
    /// SHA-256 of its token: see [`id_of`](Self::id_of).
    pub id: Hash32,
    /// Who signed in, or on whose behalf an agent acts.
    pub wallet: Wallet,
    /// A person's, or an agent's.
    pub kind: SessionKind,
    /// What it may be used for.
    pub scopes: Scopes,
    /// What its owner calls it.
    pub label: String,
    /// When it was opened, Unix seconds of the backend's clock, as the others.
    pub created_at: i64,
    /// When it was last used, about a minute exact.
    pub used_at: i64,
    /// When it ends.
    pub expires_at: i64,
}

impl StoredSession {
    /// What the session with this token is known by.
    #[must_use]
    pub fn id_of(token: &str) -> Hash32 {
        hashed(token)
    }
}

impl Sessions {
    /// Keeps a new session until it is ended or purged.
    ///
    /// # Errors
    /// [`SessionsError`].
    pub async fn open_session(&self, new: &StoredSession) -> Result<(), SessionsError> {
        const INSERT: &str = "INSERT INTO sessions (id, wallet, kind, scopes, label, created_at, used_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let query = sqlx::query(INSERT).bind(new.id.to_string()).bind(new.wallet.to_string());
        let query = query.bind(new.kind.to_string()).bind(new.scopes.to_string()).bind(&*new.label);
        self.change(query.bind(new.created_at).bind(new.used_at).bind(new.expires_at)).await.map(drop)
    }

    /// A session, which may have expired.
    ///
    /// # Errors
    /// [`SessionsError`].
    pub async fn session(&self, id: Hash32) -> Result<Option<StoredSession>, SessionsError> {
        const BY_ID: &str = "SELECT id, wallet, kind, scopes, label, created_at, used_at, expires_at FROM sessions \
             WHERE id = $1";
        let found = self.read(sqlx::query(BY_ID).bind(id.to_string())).await?;
        found.first().map(stored).transpose()
    }

    /// A wallet's sessions and its agents' that have not expired by `now`, oldest first.
    ///
    /// # Errors
    /// [`SessionsError`].
    pub async fn sessions_of(&self, wallet: Wallet, now: i64) -> Result<Vec<StoredSession>, SessionsError> {
        const OF_WALLET: &str = "SELECT id, wallet, kind, scopes, label, created_at, used_at, expires_at FROM sessions \
             WHERE wallet = $1 AND expires_at > $2 ORDER BY created_at, id";
        let found = self.read(sqlx::query(OF_WALLET).bind(wallet.to_string()).bind(now)).await?;
        found.iter().map(stored).collect()
    }

    /// Ends a session if it is this wallet's, and says whether there was one.
    ///
    /// # Errors
    /// [`SessionsError`]; it may be ended all the same.
    pub async fn end_session(&self, wallet: Wallet, id: Hash32) -> Result<bool, SessionsError> {
        const END: &str = "DELETE FROM sessions WHERE id = $1 AND wallet = $2";
        let ended = self.change(sqlx::query(END).bind(id.to_string()).bind(wallet.to_string())).await?;
        Ok(ended > 0)
    }

    /// Ends all sessions of a wallet and of its agents, and says which those were.
    ///
    /// # Errors
    /// [`SessionsError`]; they may be ended all the same.
    pub async fn end_sessions(&self, wallet: Wallet) -> Result<Vec<Hash32>, SessionsError> {
        const END: &str = "DELETE FROM sessions WHERE wallet = $1 RETURNING id";
        let ended = self.change_returning(sqlx::query(END).bind(wallet.to_string())).await?;
        ended.iter().map(|row| column(row, "id")).collect()
    }

    /// Notes when sessions were last used, Unix seconds, where that is later than what is known.
    ///
    /// # Errors
    /// [`SessionsError`].
    pub async fn note_uses(&self, uses: &[(Hash32, i64)]) -> Result<(), SessionsError> {
        static UPDATE: Rows = Rows::new(
            "UPDATE sessions SET used_at = v.column2 FROM (VALUES ",
            2,
            ") AS v WHERE sessions.id = v.column1 AND sessions.used_at < v.column2",
        );
        if uses.is_empty() {
            return Ok(());
        }
        // One at a time over all backends: two that note the same sessions in different orders would block each other.
        let mut tx = self.writer.write().await?;
        UPDATE.run(&mut tx, uses, |query, (id, used_at)| query.bind(id.to_string()).bind(*used_at)).await?;
        Ok(tx.commit().await?)
    }
}

fn stored(row: &Row) -> Result<StoredSession, SessionsError> {
    Ok(StoredSession {
        id: column(row, "id")?,
        wallet: column(row, "wallet")?,
        kind: column(row, "kind")?,
        scopes: column(row, "scopes")?,
        label: row.try_get("label")?,
        created_at: row.try_get("created_at")?,
        used_at: row.try_get("used_at")?,
        expires_at: row.try_get("expires_at")?,
    })
}

fn column<T: FromStr<Err: Display>>(row: &Row, name: &str) -> Result<T, SessionsError> {
    let (id, text): (String, String) = (row.try_get("id")?, row.try_get(name)?);
    text.parse().map_err(|error| SessionsError::unreadable(TABLE, &id, &error))
}
