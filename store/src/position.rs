//! How far the indexer and other followers are.

use crate::Store;
use crate::batch::IndexCursor;
use crate::chain::slot_column;
use crate::database::Transaction;
use crate::error::StoreError;
use sqlx::Row as _;

const INDEX: &str = "index";

impl Store {
    /// Where the indexer is, `None` before its first batch.
    ///
    /// # Errors
    /// [`StoreError::Database`], or [`StoreError::Corrupt`] if the stored cursor cannot be read.
    pub async fn index_cursor(&self) -> Result<Option<IndexCursor>, StoreError> {
        let query = sqlx::query("SELECT value, signature FROM positions WHERE name = $1").bind(INDEX);
        let Some(row) = query.fetch_optional(self.database.reader()).await? else {
            return Ok(None);
        };
        let slot = u64::try_from(row.try_get::<i64, _>("value")?);
        let signature = row.try_get::<String, _>("signature")?.parse();
        Ok(Some(IndexCursor {
            signature: signature.map_err(|error| StoreError::corrupt("positions", &INDEX, &error))?,
            slot: slot.map_err(|error| StoreError::corrupt("positions", &INDEX, &error))?,
        }))
    }

    /// The sequence up to which the follower `name` has seen the events, 0 before its first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn position(&self, name: &str) -> Result<i64, StoreError> {
        let query = sqlx::query("SELECT value FROM positions WHERE name = $1").bind(name);
        let row = query.fetch_optional(self.database.reader()).await?;
        Ok(row.map(|row| row.try_get("value")).transpose()?.unwrap_or(0))
    }

    /// Remembers how far the follower `name` is. The name `index` is the indexer's own.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn set_position(&self, name: &str, value: i64) -> Result<(), StoreError> {
        const UPSERT: &str = "INSERT INTO positions (name, value, updated_at) VALUES ($1, $2, $3) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at";
        let mut tx = self.database.write().await?;
        let query = sqlx::query(UPSERT).bind(name).bind(value).bind((self.clock)());
        query.execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }
}

/// Moves the indexer's cursor, never to an older slot: a batch that is replayed leaves it alone.
pub(crate) async fn move_index_cursor(
    tx: &mut Transaction,
    cursor: &IndexCursor,
    now: i64,
) -> Result<(), StoreError> {
    const UPSERT: &str = "INSERT INTO positions (name, value, signature, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, signature = excluded.signature, \
         updated_at = excluded.updated_at WHERE excluded.value >= positions.value";
    let query = sqlx::query(UPSERT)
        .bind(INDEX)
        .bind(slot_column(cursor.slot))
        .bind(cursor.signature.to_string())
        .bind(now);
    query.execute(&mut **tx).await?;
    Ok(())
}
