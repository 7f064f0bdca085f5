//! Transactions that are in, but that a fork may still drop.

use crate::backlog::{Listed, listed};
use crate::chain::slot_column;
use crate::database::Transaction;
use crate::error::StoreError;
use crate::position::{self, FINALIZED, INDEX};
use crate::statement::{self, Rows};
use crate::{IndexCursor, Store};
use chorale_domain::id::Signature;
use sqlx::Row as _;

/// The transactions that wait, in the chain's order, with what is known of those before them.
pub(crate) struct Unfinalized {
    /// Each with its place.
    pub waiting: Vec<(i64, Listed)>,
    /// The newest one that is final.
    pub finalized: Option<IndexCursor>,
    /// Whether any event counts.
    pub has_begun: bool,
}

impl Store {
    /// The transactions that are in, but that a fork may still drop, in the chain's order.
    ///
    /// # Errors
    /// [`StoreError::Database`], or [`StoreError::Corrupt`] if a row cannot be read.
    pub async fn unfinalized(&self) -> Result<Vec<Listed>, StoreError> {
        let waiting = waiting(&mut self.database.read().await?).await?;
        Ok(waiting.into_iter().map(|(_, listed)| listed).collect())
    }
}

impl Unfinalized {
    /// Before the first event the cursor says nothing: a node that forgot old history may have given transactions
    /// without events that are not the first.
    pub(crate) async fn load(tx: &mut Transaction) -> Result<Self, StoreError> {
        const LIVE: &str = "SELECT sequence FROM event_store WHERE commitment <> 'retracted' LIMIT 1";
        let has_begun = sqlx::query(LIVE).fetch_optional(&mut **tx).await?.is_some();
        let finalized = position::cursor(tx, FINALIZED).await?;
        Ok(Self { waiting: waiting(tx).await?, finalized: finalized.filter(|_| has_begun), has_begun })
    }

    /// The newest transaction that is in.
    pub(crate) fn newest(&self) -> Option<IndexCursor> {
        let cursor = |(_, Listed { signature, slot, .. }): &(i64, Listed)| IndexCursor {
            signature: *signature,
            slot: *slot,
        };
        self.waiting.last().map(cursor).or(self.finalized)
    }

    /// Where a transaction stands among those that wait.
    pub(crate) fn index(&self, signature: Signature) -> Option<usize> {
        self.waiting.iter().position(|(_, listed)| listed.signature == signature)
    }

    /// As [`index`](Self::index), for one that must be there.
    pub(crate) fn expect(&self, signature: Signature) -> Result<usize, StoreError> {
        let missing = || StoreError::Order { signature, reason: "it does not wait to be settled".into() };
        self.index(signature).ok_or_else(missing)
    }

    /// Adds a transaction behind all others.
    pub(crate) fn push(&mut self, listed: Listed) {
        let place = self.waiting.last().map_or(1, |(place, _)| place + 1);
        self.waiting.push((place, listed));
    }

    /// Makes the first `count` final. Says how many events that were.
    pub(crate) async fn finalize(
        &mut self,
        tx: &mut Transaction,
        count: usize,
        now: i64,
    ) -> Result<usize, StoreError> {
        let settled: Vec<_> = self.waiting.drain(..count).collect();
        let Some((place, Listed { signature, slot, .. })) = settled.last() else { return Ok(0) };
        sqlx::query("DELETE FROM unfinalized WHERE place <= $1").bind(place).execute(&mut **tx).await?;
        self.set_finalized(tx, IndexCursor { signature: *signature, slot: *slot }, now).await?;
        promote_events(tx, &settled).await
    }

    /// Moves the cursor of what is final.
    pub(crate) async fn set_finalized(
        &mut self,
        tx: &mut Transaction,
        cursor: IndexCursor,
        now: i64,
    ) -> Result<(), StoreError> {
        self.finalized = Some(cursor);
        position::put_cursor(tx, FINALIZED, cursor, now).await
    }

    /// Moves the cursor of what is in to where it belongs now.
    pub(crate) async fn put_newest(&self, tx: &mut Transaction, now: i64) -> Result<(), StoreError> {
        match self.newest() {
            Some(cursor) => position::put_cursor(tx, INDEX, cursor, now).await,
            None => position::remove(tx, INDEX).await,
        }
    }
}

/// Writes transactions that wait, with their places.
pub(crate) async fn append(tx: &mut Transaction, rows: &[(i64, Listed)]) -> Result<(), StoreError> {
    static INSERT: Rows =
        Rows::new("INSERT INTO unfinalized (place, signature, slot, failed) VALUES ", 4, "");
    let inserted = INSERT.run(tx, rows, |query, (place, listed)| {
        let signature = listed.signature.to_string();
        query.bind(place).bind(signature).bind(slot_column(listed.slot)).bind(i64::from(listed.failed))
    });
    inserted.await.map(drop)
}

async fn waiting(tx: &mut Transaction) -> Result<Vec<(i64, Listed)>, StoreError> {
    const ALL: &str = "SELECT place, signature, slot, failed FROM unfinalized ORDER BY place";
    let rows = sqlx::query(ALL).fetch_all(&mut **tx).await?;
    rows.iter().map(|row| Ok((row.try_get("place")?, listed("unfinalized", row)?))).collect()
}

async fn promote_events(tx: &mut Transaction, settled: &[(i64, Listed)]) -> Result<usize, StoreError> {
    // The second condition is that of the index on signatures.
    const PROMOTE: (&str, &str) = (
        "UPDATE event_store SET commitment = 'finalized' WHERE signature IN ",
        " AND commitment <> 'retracted' AND commitment = 'confirmed'",
    );
    let signatures: Vec<_> = settled.iter().map(|(_, listed)| listed.signature.to_string()).collect();
    let promoted = statement::change(tx, PROMOTE, &signatures).await?;
    Ok(usize::try_from(promoted).unwrap_or(usize::MAX))
}
