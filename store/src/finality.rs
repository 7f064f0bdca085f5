//! How far nothing will be taken back any more.

use crate::Store;
use crate::database::Transaction;
use crate::error::StoreError;
use crate::position::{self, FINALIZED};
use sqlx::Row as _;

/// How far nothing will be taken back any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Finality {
    /// Every event up to and with this sequence is final, or was taken back by a row up to there.
    pub through: i64,
    /// The slot of the newest transaction that is final, 0 before the first.
    pub slot: u64,
}

impl Store {
    /// How far everything is final for someone who has read up to the sequence `at`, and knows of no retraction after
    /// that.
    ///
    /// # Errors
    /// [`StoreError::Database`], or [`StoreError::Corrupt`] if the stored cursor cannot be read.
    pub async fn finality(&self, at: i64) -> Result<Finality, StoreError> {
        let mut tx = self.database.read().await?;
        let unsettled = [waiting(&mut tx).await?, taken_back_after(&mut tx, at).await?];
        let first = unsettled.into_iter().flatten().min();
        let through = first.map_or(at, |first| at.min(first - 1));
        let slot = position::cursor(&mut tx, FINALIZED).await?.map_or(0, |cursor| cursor.slot);
        Ok(Finality { through, slot })
    }
}

/// The first event that a fork may still drop.
async fn waiting(tx: &mut Transaction) -> Result<Option<i64>, StoreError> {
    const FIRST: &str =
        "SELECT sequence FROM event_store WHERE commitment = 'confirmed' ORDER BY sequence LIMIT 1";
    let row = sqlx::query(FIRST).fetch_optional(&mut **tx).await?;
    Ok(row.map(|row| row.try_get("sequence")).transpose()?)
}

/// The first event that a row after `at` takes back.
async fn taken_back_after(tx: &mut Transaction, at: i64) -> Result<Option<i64>, StoreError> {
    // Saying that most rows take nothing back would have all retractions there ever were read instead of these few rows.
    const FIRST: &str = "SELECT MIN(retracts) AS first FROM event_store WHERE sequence > $1";
    Ok(sqlx::query(FIRST).bind(at).fetch_one(&mut **tx).await?.try_get("first")?)
}
