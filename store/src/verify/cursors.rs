//! The indexer's cursors, which say the same thing several times over.

use super::derive;
use super::examination::Examination;
use super::finding::Place;
use super::row::{EVENTS, TextRow};
use crate::database::Transaction;
use crate::error::StoreError;
use crate::position::{FINALIZED, INDEX};
use sqlx::Row as _;

/// A transaction with its slot.
type Named = (String, i64);

impl Examination {
    /// Examines where the indexer says it is.
    pub(crate) async fn cursors(&mut self, tx: &mut Transaction) -> Result<(), StoreError> {
        const NEWEST: &str = "SELECT signature, slot FROM unfinalized ORDER BY place DESC LIMIT 1";
        let (index, finalized) = (position(tx, INDEX).await?, position(tx, FINALIZED).await?);
        for (name, cursor) in [(INDEX, &index), (FINALIZED, &finalized)] {
            let Some((signature, slot)) = cursor else { continue };
            if let Some(found) = slot_of(tx, signature).await? {
                self.number(name, "value", *slot, found);
            }
        }
        let newest = sqlx::query(NEWEST).fetch_optional(&mut **tx).await?;
        let newest = newest.map(|row| named(&row, "slot")).transpose()?;
        self.index(index.as_ref(), newest.or(finalized).as_ref());
        Ok(())
    }

    /// The newest transaction is the last one that is not final, or else the last one that is.
    fn index(&mut self, index: Option<&Named>, newest: Option<&Named>) {
        let place = Place::Position(INDEX);
        match (index, newest) {
            (Some((signature, slot)), Some((expected, expected_slot))) => {
                if signature != expected {
                    self.findings.add(&place, "signature", signature, expected);
                } else if !self.findings.has(&Place::Position(FINALIZED)) {
                    self.number(INDEX, "value", *slot, *expected_slot);
                }
            }
            (None, Some(_)) => self.findings.missing(&place),
            (Some(_), None) => self.findings.extra(&place),
            (None, None) => {}
        }
    }

    fn number(&mut self, position: &'static str, field: &str, stored: i64, derived: i64) {
        if stored != derived {
            let place = Place::Position(position);
            self.findings.add(&place, field, &stored.to_string(), &derived.to_string());
        }
    }
}

async fn position(tx: &mut Transaction, name: &str) -> Result<Option<Named>, StoreError> {
    let query = sqlx::query("SELECT signature, value FROM positions WHERE name = $1").bind(name);
    let row = query.fetch_optional(&mut **tx).await?;
    row.map(|row| named(&row, "value")).transpose()
}

fn named(row: &crate::database::Row, slot: &str) -> Result<Named, StoreError> {
    let signature: Option<String> = row.try_get("signature")?;
    Ok((signature.unwrap_or_default(), row.try_get(slot)?))
}

/// The slot of a transaction, if it has events that are as they were written.
async fn slot_of(tx: &mut Transaction, signature: &str) -> Result<Option<i64>, StoreError> {
    let text = format!("{} WHERE signature = $1 AND commitment <> 'retracted'", EVENTS.select());
    for row in sqlx::query(&text).bind(signature).fetch_all(&mut **tx).await? {
        let row = TextRow::read(&EVENTS, &row)?;
        if derive::is_whole(&row) {
            return Ok(row.number("slot"));
        }
    }
    Ok(None)
}
