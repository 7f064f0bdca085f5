//! Finalized transactions that are known, but not in yet: how a store that is far behind catches up.
//!
//! The chain lists its history from the newest to the oldest, while a store takes it from the oldest to the newest.
//! So the list is walked to its end first and kept, and then drained from its old end.

use crate::chain::slot_column;
use crate::database::{Row, Transaction};
use crate::error::StoreError;
use crate::position::{self, BACKFILL};
use crate::statement::{self, Rows};
use crate::{Store, Writer};
use chorale_domain::id::Signature;
use sqlx::Row as _;

/// A transaction as the chain lists it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Listed {
    /// Names it.
    pub signature: Signature,
    /// Its slot.
    pub slot: u64,
    /// Whether it failed on the chain, and so did nothing.
    pub failed: bool,
}

/// Where catching up stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Backfill {
    /// There is nothing to catch up with.
    Idle,
    /// The list is being walked, from the newest to the oldest.
    Walking {
        /// The oldest transaction found so far: what comes before it is next.
        before: Signature,
        /// Transactions found so far.
        found: u64,
    },
    /// The list is whole and is being applied, from the oldest to the newest.
    Draining {
        /// Transactions that are still to be applied.
        left: u64,
    },
}

impl Writer {
    /// Adds a page of finalized transactions, newest first, below what was found before.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn walk(&self, page: &[Listed]) -> Result<(), StoreError> {
        let Some(oldest) = page.last() else { return Ok(()) };
        self.bounded(async {
            let mut tx = self.begin().await?;
            let (lowest, before) = extent(&mut tx).await?;
            append(&mut tx, lowest, page).await?;
            let (_, found) = extent(&mut tx).await?;
            let walked = position::value(&mut tx, BACKFILL).await?.unwrap_or(before) + found - before;
            let oldest = oldest.signature.to_string();
            position::put(&mut tx, BACKFILL, walked, Some(&oldest), self.now()).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// The walk reached what is in the store: the backlog is whole and can be drained.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn walked(&self) -> Result<(), StoreError> {
        self.bounded(async {
            let mut tx = self.begin().await?;
            position::remove(&mut tx, BACKFILL).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Throws the backlog away, to walk anew.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn forget_walk(&self) -> Result<(), StoreError> {
        self.bounded(async {
            let mut tx = self.begin().await?;
            position::remove(&mut tx, BACKFILL).await?;
            sqlx::query("DELETE FROM backlog").execute(&mut *tx).await?;
            Ok(tx.commit().await?)
        })
        .await
    }
}

impl Store {
    /// Where catching up stands.
    ///
    /// # Errors
    /// [`StoreError::Database`], or [`StoreError::Corrupt`] if a row cannot be read.
    pub async fn backfill(&self) -> Result<Backfill, StoreError> {
        let mut tx = self.database.read().await?;
        if let Some((found, before)) = position::get(&mut tx, BACKFILL).await? {
            let before =
                before.ok_or_else(|| StoreError::corrupt("positions", &BACKFILL, &"no signature"))?;
            return Ok(Backfill::Walking { before, found: found.unsigned_abs() });
        }
        let (_, left) = extent(&mut tx).await?;
        Ok(if left == 0 { Backfill::Idle } else { Backfill::Draining { left: left.unsigned_abs() } })
    }

    /// At most `limit` transactions of the backlog, oldest first; none while it is still being walked.
    ///
    /// # Errors
    /// As [`backfill`](Self::backfill).
    pub async fn backlog(&self, limit: usize) -> Result<Vec<Listed>, StoreError> {
        const OLDEST: &str = "SELECT signature, slot, failed FROM backlog \
             WHERE NOT EXISTS (SELECT 1 FROM positions WHERE name = $1) ORDER BY place LIMIT $2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let query = sqlx::query(OLDEST).bind(BACKFILL).bind(limit);
        query.fetch_all(self.database.reader()).await?.iter().map(|row| listed("backlog", row)).collect()
    }

    /// The newest transaction of the backlog: what the chain lists after it is not known yet.
    ///
    /// # Errors
    /// As [`backfill`](Self::backfill).
    pub async fn newest_of_backlog(&self) -> Result<Option<Listed>, StoreError> {
        const NEWEST: &str = "SELECT signature, slot, failed FROM backlog ORDER BY place DESC LIMIT 1";
        let row = sqlx::query(NEWEST).fetch_optional(self.database.reader()).await?;
        row.map(|row| listed("backlog", &row)).transpose()
    }
}

/// The lowest place (0 if it is empty) and the number of rows.
async fn extent(tx: &mut Transaction) -> Result<(i64, i64), StoreError> {
    const EXTENT: &str = "SELECT COALESCE(MIN(place), 0) AS lowest, COUNT(*) AS found FROM backlog";
    let row = sqlx::query(EXTENT).fetch_one(&mut **tx).await?;
    Ok((row.try_get("lowest")?, row.try_get("found")?))
}

/// Pages may overlap: what is known stays where it is.
async fn append(tx: &mut Transaction, lowest: i64, page: &[Listed]) -> Result<(), StoreError> {
    static INSERT: Rows = Rows::new(
        "INSERT INTO backlog (place, signature, slot, failed) VALUES ",
        4,
        " ON CONFLICT (signature) DO NOTHING",
    );
    let placed: Vec<_> = (1..).zip(page).collect();
    let inserted = INSERT.run(tx, &placed, |query, (down, listed)| {
        query
            .bind(lowest - down)
            .bind(listed.signature.to_string())
            .bind(slot_column(listed.slot))
            .bind(i64::from(listed.failed))
    });
    inserted.await.map(drop)
}

/// Takes transactions that are in out of the backlog.
pub(crate) async fn remove(tx: &mut Transaction, signatures: &[String]) -> Result<(), StoreError> {
    if sqlx::query("SELECT place FROM backlog LIMIT 1").fetch_optional(&mut **tx).await?.is_none() {
        return Ok(());
    }
    statement::change(tx, ("DELETE FROM backlog WHERE signature IN ", ""), signatures).await.map(drop)
}

/// Reads `signature, slot, failed`.
pub(crate) fn listed(table: &'static str, row: &Row) -> Result<Listed, StoreError> {
    let signature: &str = row.try_get("signature")?;
    let slot: i64 = row.try_get("slot")?;
    Ok(Listed {
        signature: signature.parse().map_err(|error| StoreError::corrupt(table, &signature, &error))?,
        slot: u64::try_from(slot).map_err(|error| StoreError::corrupt(table, &signature, &error))?,
        failed: row.try_get::<i64, _>("failed")? != 0,
    })
}
