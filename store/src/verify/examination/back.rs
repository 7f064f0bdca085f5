//! Going to other events than the ones that are examined now: to what those build on, and to those that rows are of
//! whose event is not there.

use super::super::finding::Place;
use super::super::row::{HISTORY, TextRow};
use super::super::states::Known;
use super::super::{changes, origin, page};
use super::Examination;
use crate::database::Transaction;
use crate::entity::limit_column;
use crate::error::StoreError;
use std::collections::BTreeSet;

impl Examination {
    /// Whether what is known of an entity was taken as it is.
    pub(crate) fn is_taken(&self, known: &Known) -> bool {
        known.read_from.map_or(known.version == 0 && self.from > 1, |event| event < self.from)
    }

    /// Goes back to `events`, which were not examined but taken as they are. Says whether one of their rows is wrong.
    pub(crate) async fn go_back(
        &mut self,
        tx: &mut Transaction,
        events: &BTreeSet<i64>,
    ) -> Result<bool, StoreError> {
        let before = self.corrections.0.len();
        let (from, depth) = (self.from, self.depth);
        for event in events.iter().filter(|event| **event < from && depth > 0) {
            let mut earlier = self.within(tx, *event).await?;
            // It may go back itself.
            Box::pin(earlier.events(tx, event.saturating_sub(1), 1)).await?;
            if *event < 1 {
                page::changes(tx, *event).await?.iter().for_each(|row| changes::extra(&mut earlier, row));
            }
            self.take(earlier);
        }
        Ok(self.corrections.0.len() > before)
    }

    /// Looks for the event of a row that is not of the one it names, and says whether there is one.
    pub(crate) async fn find_event(
        &mut self,
        tx: &mut Transaction,
        row: &TextRow,
    ) -> Result<bool, StoreError> {
        let (id, version) = (row.text("entity_id"), changes::version(row));
        for event in origin::candidates(tx, row).await? {
            if self.depth == 0 {
                break;
            }
            let mut other = self.within(tx, event).await?;
            // What it names may be earlier: then its own event would seem to come after it.
            other.corrections.put(id, version, None);
            Box::pin(other.events(tx, event.saturating_sub(1), 1)).await?;
            if other.corrections.get(id, version).is_some_and(|row| row.is_some()) {
                self.take(other);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Begins before another event, knowing what is known here.
    async fn within(&self, tx: &mut Transaction, event: i64) -> Result<Self, StoreError> {
        let mut other = Self::begin(tx, event.saturating_sub(1)).await?;
        other.depth = self.depth - 1;
        other.corrections = self.corrections.clone();
        Ok(other)
    }

    fn take(&mut self, other: Self) {
        self.findings.take(other.findings);
        self.corrections.0.extend(other.corrections.0);
    }

    /// Examines at most `limit` rows of the history that none of the events can have written: what the last ones wrote
    /// is all that is left of them, where those are missing.
    pub(crate) async fn orphans(&mut self, tx: &mut Transaction, limit: usize) -> Result<(), StoreError> {
        let last = self.previous.as_ref().and_then(|(row, _)| row.number("sequence")).unwrap_or(0);
        let text = format!("{} WHERE event_sequence < 1 OR event_sequence > $1 LIMIT $2", HISTORY.select());
        for row in sqlx::query(&text).bind(last).bind(limit_column(limit)).fetch_all(&mut **tx).await? {
            let row = TextRow::read(&HISTORY, &row)?;
            match row.number("event_sequence") {
                Some(event) if event > last => self.without_event(tx, &row, event).await?,
                _ => changes::unclaimed(self, tx, &row).await?,
            }
        }
        Ok(())
    }

    /// A row of an event that is missing, unless it is of another.
    async fn without_event(
        &mut self,
        tx: &mut Transaction,
        row: &TextRow,
        event: i64,
    ) -> Result<(), StoreError> {
        if !self.findings.has(&changes::row_place(row)) && !self.find_event(tx, row).await? {
            self.findings.missing(&Place::Event(event));
            changes::adopt(self, std::slice::from_ref(row));
        }
        Ok(())
    }
}
