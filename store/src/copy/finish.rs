//! The end of a restore: what does not follow from the events, and where the indexer goes on.

use super::error::CopyError;
use super::manifest::Manifest;
use super::restore::UNFINISHED;
use super::tables::{self, Columns, number, text};
use crate::database::Transaction;
use crate::error::StoreError;
use crate::position::{self, FINALIZED, INDEX};
use crate::{IndexCursor, Writer};

/// What is said of the chain, which the indexer finds out again.
const OF_THE_CHAIN: [&str; 3] = [INDEX, FINALIZED, "seen"];

pub(super) struct Finish<'f> {
    pub manifest: &'f Manifest,
    pub through: i64,
    pub writer: &'f Writer,
}

impl Finish<'_> {
    /// Ends the restore; `partial` is the transaction of which only a part is in. Gives the last event's number.
    pub(super) async fn run(&self, partial: Option<String>) -> Result<i64, CopyError> {
        self.take_back(partial.as_deref()).await?;
        let mut tx = self.writer.begin().await?;
        if self.through == self.manifest.last_sequence {
            self.all(&mut tx).await?;
        } else {
            if let Some(partial) = partial {
                self.stand_before(&mut tx, &partial).await?;
            }
            self.part(&mut tx).await?;
        }
        position::remove(&mut tx, UNFINISHED).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(self.writer.store().last_event().await?.0)
    }

    /// Takes back the part of a transaction that a fork could still drop: the indexer would take it for the whole.
    async fn take_back(&self, partial: Option<&str>) -> Result<(), CopyError> {
        let waiting = self.writer.store().unfinalized().await?;
        let waiting = waiting.iter().find(|listed| partial == Some(&listed.signature.to_string()));
        if let Some(listed) = waiting {
            self.writer.retract(listed.signature).await?;
        }
        Ok(())
    }

    /// Everything is as it was when the backup was made.
    async fn all(&self, tx: &mut Transaction) -> Result<(), StoreError> {
        tables::replace(tx, &tables::UNFINALIZED, &self.manifest.unfinalized).await?;
        tables::replace(tx, &tables::DEAD_LETTERS, &self.manifest.dead_letters).await?;
        tables::replace(tx, &tables::INCIDENTS, &self.manifest.incidents).await?;
        tables::replace(tx, &tables::STOPPED, &self.manifest.stopped).await?;
        tables::replace(tx, &tables::POSITIONS, &self.manifest.positions).await
    }

    /// Only what is of the events that are in. Incidents are of the past, whatever they were about.
    async fn part(&self, tx: &mut Transaction) -> Result<(), StoreError> {
        let cursor = position::cursor(tx, INDEX).await?;
        let slot = cursor.map_or(-1, |cursor| position::slot_column(cursor.slot));
        let letters = only(&self.manifest.dead_letters, |row| number(row, "slot") <= slot);
        tables::replace(tx, &tables::DEAD_LETTERS, &letters).await?;
        tables::replace(tx, &tables::INCIDENTS, &self.manifest.incidents).await?;
        let stopped = only(&self.manifest.stopped, |row| number(row, "event_sequence") <= self.through);
        tables::replace(tx, &tables::STOPPED, &stopped).await?;
        let mut followers = only(&self.manifest.positions, |row| !OF_THE_CHAIN.contains(&text(row, "name")));
        for row in &mut followers {
            let value = number(row, "value").min(self.through);
            row.insert("value".into(), value.into());
        }
        tables::add(tx, &tables::POSITIONS, &followers).await
    }

    /// Puts the cursors before a final transaction of which only a part is in, so that the rest of it comes.
    async fn stand_before(&self, tx: &mut Transaction, partial: &str) -> Result<(), StoreError> {
        const BEFORE: &str = "SELECT signature, slot, CAST(0 AS BIGINT) AS failed FROM event_store \
             WHERE commitment = 'finalized' \
             AND signature <> $1 ORDER BY sequence DESC LIMIT 1";
        const IS_FINAL: &str =
            "SELECT 1 AS found FROM event_store WHERE signature = $1 AND commitment = 'finalized' LIMIT 1";
        if sqlx::query(IS_FINAL).bind(partial).fetch_optional(&mut **tx).await?.is_none() {
            return Ok(());
        }
        let row = sqlx::query(BEFORE).bind(partial).fetch_optional(&mut **tx).await?;
        for name in [INDEX, FINALIZED] {
            match &row {
                Some(row) => position::put_cursor(tx, name, cursor(row)?, self.writer.now()).await?,
                None => position::remove(tx, name).await?,
            }
        }
        Ok(())
    }
}

fn cursor(row: &crate::database::Row) -> Result<IndexCursor, StoreError> {
    let listed = crate::backlog::listed("event_store", row)?;
    Ok(IndexCursor { signature: listed.signature, slot: listed.slot })
}

fn only(rows: &[Columns], kept: impl Fn(&Columns) -> bool) -> Vec<Columns> {
    rows.iter().filter(|row| kept(row)).cloned().collect()
}
