//! How far the indexer and other followers are.

use crate::batch::IndexCursor;
pub(crate) use crate::chain::slot_column;
use crate::database::Transaction;
use crate::error::StoreError;
use crate::{Store, Writer};
use chorale_domain::id::Signature;
use sqlx::Row as _;

/// The newest transaction that is in.
pub(crate) const INDEX: &str = "index";
/// The newest transaction that is in and final.
pub(crate) const FINALIZED: &str = "finalized";
/// Transactions found by the walk so far, and the oldest of them.
pub(crate) const BACKFILL: &str = "backfill";
/// The name of the follower that tells the content engine what the chain decided.
pub const CONTENT_STATUSES: &str = "content_status";
/// The slot through which nothing is missing.
const SEEN: &str = "seen";

impl Store {
    /// The newest transaction that is in, `None` before the first.
    ///
    /// # Errors
    /// [`StoreError::Database`], or [`StoreError::Corrupt`] if the stored cursor cannot be read.
    pub async fn index_cursor(&self) -> Result<Option<IndexCursor>, StoreError> {
        cursor(&mut self.database.read().await?, INDEX).await
    }

    /// The newest transaction that is in and final, `None` before the first.
    ///
    /// # Errors
    /// As [`index_cursor`](Self::index_cursor).
    pub async fn finalized_cursor(&self) -> Result<Option<IndexCursor>, StoreError> {
        cursor(&mut self.database.read().await?, FINALIZED).await
    }

    /// The slot through which no transaction is missing, `None` if that was never known.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn seen(&self) -> Result<Option<u64>, StoreError> {
        let seen = value(&mut self.database.read().await?, SEEN).await?;
        Ok(seen.map(i64::unsigned_abs))
    }

    /// When it last became known that no transaction was missing, in Unix seconds by the indexer's clock. `None` if it
    /// never was.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn seen_at(&self) -> Result<Option<i64>, StoreError> {
        const AT: &str = "SELECT updated_at FROM positions WHERE name = $1";
        let row = sqlx::query(AT).bind(SEEN).fetch_optional(self.database.reader()).await?;
        Ok(row.map(|row| row.try_get("updated_at")).transpose()?)
    }

    /// The sequence up to which the follower `name` has seen the events, 0 before its first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn position(&self, name: &str) -> Result<i64, StoreError> {
        Ok(value(&mut self.database.read().await?, name).await?.unwrap_or(0))
    }
}

impl Writer {
    /// Remembers how far the follower `name` is. The names `index`, `finalized`, `backfill` and `seen` are taken.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn set_position(&self, name: &str, value: i64) -> Result<(), StoreError> {
        self.bounded(async {
            let mut tx = self.begin().await?;
            put(&mut tx, name, value, None, self.now()).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Remembers that no transaction is missing through `slot`.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn set_seen(&self, slot: u64) -> Result<(), StoreError> {
        self.set_seen_as_of(slot, self.now()).await
    }

    /// The same where the node that says so was behind itself: `at` is when that was so, Unix seconds.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn set_seen_as_of(&self, slot: u64, at: i64) -> Result<(), StoreError> {
        self.bounded(async {
            let mut tx = self.begin().await?;
            put(&mut tx, SEEN, slot_column(slot), None, at.min(self.now())).await?;
            Ok(tx.commit().await?)
        })
        .await
    }
}

/// A position's value and signature.
pub(crate) async fn get(
    tx: &mut Transaction,
    name: &str,
) -> Result<Option<(i64, Option<Signature>)>, StoreError> {
    let query = sqlx::query("SELECT value, signature FROM positions WHERE name = $1").bind(name);
    let Some(row) = query.fetch_optional(&mut **tx).await? else {
        return Ok(None);
    };
    let signature = row.try_get::<Option<&str>, _>("signature")?.map(str::parse).transpose();
    let signature = signature.map_err(|error| StoreError::corrupt("positions", &name, &error))?;
    Ok(Some((row.try_get("value")?, signature)))
}

/// A position's value.
pub(crate) async fn value(tx: &mut Transaction, name: &str) -> Result<Option<i64>, StoreError> {
    Ok(get(tx, name).await?.map(|(value, _)| value))
}

/// A position that names a transaction.
pub(crate) async fn cursor(tx: &mut Transaction, name: &str) -> Result<Option<IndexCursor>, StoreError> {
    let Some((slot, signature)) = get(tx, name).await? else { return Ok(None) };
    let corrupt = |reason: &str| StoreError::corrupt("positions", &name, &reason);
    Ok(Some(IndexCursor {
        signature: signature.ok_or_else(|| corrupt("it has no signature"))?,
        slot: u64::try_from(slot).map_err(|_| corrupt("its slot is negative"))?,
    }))
}

/// Writes a position; `signature` is what else there is to say of it.
pub(crate) async fn put(
    tx: &mut Transaction,
    name: &str,
    value: i64,
    signature: Option<&str>,
    now: i64,
) -> Result<(), StoreError> {
    const UPSERT: &str = "INSERT INTO positions (name, value, signature, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, signature = excluded.signature, \
         updated_at = excluded.updated_at";
    let query = sqlx::query(UPSERT).bind(name).bind(value).bind(signature).bind(now);
    query.execute(&mut **tx).await?;
    Ok(())
}

/// Writes a position that names a transaction.
pub(crate) async fn put_cursor(
    tx: &mut Transaction,
    name: &str,
    cursor: IndexCursor,
    now: i64,
) -> Result<(), StoreError> {
    let signature = cursor.signature.to_string();
    put(tx, name, slot_column(cursor.slot), Some(&signature), now).await
}

/// Forgets a position.
pub(crate) async fn remove(tx: &mut Transaction, name: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM positions WHERE name = $1").bind(name).execute(&mut **tx).await?;
    Ok(())
}
