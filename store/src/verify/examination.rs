//! Deriving everything again, event by event, and comparing it with what is stored.

mod back;

use super::context::Context;
use super::finding::{Findings, Place};
use super::page::{self, Page};
use super::row::{TextRow, shown};
use super::states::{Corrections, States};
use super::{changes, derive, replay};
use crate::database::Transaction;
use crate::error::StoreError;
use chorale_domain::event::Event;
use chorale_domain::id::Hash32;
use chorale_domain::state::EntityKey;
use chorale_domain::transition::Transition;

/// Events that are held at a time. They touch few enough entities for all of those to be remembered.
pub(crate) const PAGE: usize = 500;

/// Findings after which it is clear that a store is beyond repair.
pub(crate) const ENOUGH: usize = 10_000;

/// Corrupt rows of which each hides the one before it: more than these are not told apart.
const DEPTH: usize = 16;

/// Missing events in a row that are named one by one.
const NAMED: i64 = 100;

pub(crate) struct Examination {
    pub context: Context,
    pub states: States,
    pub findings: Findings,
    pub corrections: Corrections,
    /// The event before, and whether its row is as it was written.
    previous: Option<(TextRow, bool)>,
    /// The first event examined: rows of earlier ones are taken as they are, until something does not fit.
    from: i64,
    /// How many times earlier events may still be gone back to, each for the one that went back to it.
    depth: usize,
}

impl Examination {
    /// Begins after the event `after`.
    pub(crate) async fn begin(tx: &mut Transaction, after: i64) -> Result<Self, StoreError> {
        let before = page::event_before(tx, after).await?;
        let previous = before.map(|row| (row.clone(), derive::is_whole(&row)));
        Ok(Self {
            context: Context::load(tx).await?,
            states: States::default(),
            findings: Findings::default(),
            corrections: Corrections::default(),
            previous,
            from: after.saturating_add(1),
            depth: DEPTH,
        })
    }

    /// Examines at most `limit` events after `after`. Gives the last one's sequence, `None` if there is none.
    pub(crate) async fn events(
        &mut self,
        tx: &mut Transaction,
        after: i64,
        limit: usize,
    ) -> Result<Option<i64>, StoreError> {
        let mut page = Page::load(tx, after, limit).await?;
        self.states.prefetch(tx, &touched(&page), after, &self.corrections).await?;
        let (rows, after_them) = (std::mem::take(&mut page.rows), page.next.take());
        for (index, row) in rows.iter().enumerate() {
            let next = rows.get(index + 1).or(after_them.as_ref());
            self.event(tx, row, next, &mut page).await?;
        }
        Ok(rows.last().and_then(|row| row.number("sequence")))
    }

    async fn event(
        &mut self,
        tx: &mut Transaction,
        row: &TextRow,
        next: Option<&TextRow>,
        page: &mut Page,
    ) -> Result<(), StoreError> {
        let sequence = row.number("sequence").unwrap_or_default();
        // What events changed that are missing: nothing can be derived, so it is taken as it is.
        while let Some(entry) = page.history.first_entry().filter(|entry| *entry.key() < sequence) {
            changes::adopt(self, &entry.remove());
        }
        let sound = self.chain(row, next);
        let stored = page.history.remove(&sequence).unwrap_or_default();
        if is_taken_back(row, page.retracted.contains(&sequence), &stored) {
            page.retracted.insert(sequence);
        } else {
            page.retracted.remove(&sequence);
        }
        if sound {
            self.commitment(row, page);
        }
        let event = derive::event(row).filter(|_| sound);
        match event {
            Some(event) => replay::event(self, tx, (row, &event), stored, page).await?,
            None => changes::adopt(self, &stored),
        }
        self.previous = Some((row.clone(), sound));
        Ok(())
    }

    /// Checks a row against those before and after it, and says whether it is as it was written.
    fn chain(&mut self, row: &TextRow, next: Option<&TextRow>) -> bool {
        let place = place(row);
        let whole = derive::is_whole(row);
        let follows = self.sequence(row, whole, &place);
        self.hashes(row, next, follows, &place);
        if let Some(event) = derive::event(row) {
            // The cause is in the hash. Only where that is wrong does it help to say which column is.
            let previous = self.previous.as_ref().filter(|(_, sound)| *sound && follows && !whole);
            let derived = derive::columns(row, &event, previous.map(|(row, _)| row));
            self.findings.compare(&place, row, &derived);
        }
        !self.findings.has(&place)
    }

    /// Checks that no event is missing before a row, and says whether it follows the one before.
    fn sequence(&mut self, row: &TextRow, whole: bool, place: &Place) -> bool {
        let last = self.previous.as_ref().and_then(|(row, _)| row.number("sequence")).unwrap_or(0);
        let (expected, found) = (last.saturating_add(1), row.number("sequence").unwrap_or_default());
        if found == expected {
            return true;
        }
        // The sequence is part of the hash: if that is right, what is missing is missing.
        if whole && found > expected {
            (expected..found).take(usize::try_from(NAMED).unwrap_or(0)).for_each(|missing| {
                self.findings.missing(&Place::Event(missing));
            });
        } else {
            self.findings.add(place, "sequence", &found.to_string(), &expected.to_string());
        }
        false
    }

    /// Checks a row's hashes. If two neighbours disagree, the one is wrong whose hash is not that of what it holds.
    fn hashes(&mut self, row: &TextRow, next: Option<&TextRow>, follows: bool, place: &Place) {
        let (stored, named) = (row.get("hash"), row.text("previous_hash"));
        let first = Hash32::ZERO.to_string();
        let previous = self.previous.as_ref().map_or(first.as_str(), |(row, _)| row.text("hash"));
        let own = derive::hash(row, named);
        if own.as_deref() == stored {
            if follows && self.previous.is_none() && named != previous {
                self.findings.add(place, "previous_hash", named, previous);
            }
            return self.successor(row, next, place);
        }
        let with_previous = derive::hash(row, previous);
        if follows && with_previous.is_some() && with_previous.as_deref() == stored {
            self.findings.add(place, "previous_hash", named, previous);
        } else {
            self.findings.add(
                place,
                "hash",
                shown(stored),
                own.as_deref().unwrap_or("that of a readable row"),
            );
        }
    }

    /// A row that has the hash of what it holds, but not the one that the next row knows, was written anew.
    fn successor(&mut self, row: &TextRow, next: Option<&TextRow>, place: &Place) {
        let Some(next) = next.filter(|next| derive::is_whole(next)) else { return };
        let follows = row.number("sequence").and_then(|sequence| sequence.checked_add(1));
        if next.number("sequence") == follows && next.get("previous_hash") != row.get("hash") {
            self.findings.add(place, "hash", row.text("hash"), next.text("previous_hash"));
        }
    }

    /// Checks how settled a row says it is, and that the list of what is not final agrees.
    fn commitment(&mut self, row: &TextRow, page: &Page) {
        let sequence = row.number("sequence").unwrap_or_default();
        let (signature, stored) = (row.text("signature"), row.text("commitment"));
        let taken_back = row.get("retracts").is_some() || page.retracted.contains(&sequence);
        let derived = if taken_back {
            "retracted"
        } else {
            self.context.commitment(signature, row.number("slot").unwrap_or_default(), stored)
        };
        if stored != derived {
            self.findings.add(&place(row), "commitment", stored, derived);
        }
        if derived != "retracted" {
            self.unfinalized(row, derived == "confirmed");
        }
    }

    /// Checks that a transaction with events is in the list of what is not final, if it should be.
    fn unfinalized(&mut self, row: &TextRow, expected: bool) {
        let place = Place::Unfinalized(row.text("signature").into());
        let slot = row.number("slot").unwrap_or_default();
        match self.context.unfinalized(row.text("signature")) {
            None if expected => self.findings.missing(&place),
            Some(_) if !expected => self.findings.extra(&place),
            Some(listed) if listed.slot != slot => {
                self.findings.add(&place, "slot", &listed.slot.to_string(), &slot.to_string());
            }
            Some(listed) if listed.failed != 0 => {
                self.findings.add(&place, "failed", &listed.failed.to_string(), "0");
            }
            _ => {}
        }
    }
}

pub(crate) fn place(row: &TextRow) -> Place {
    Place::Event(row.number("sequence").unwrap_or_default())
}

/// Whether an event was taken back. Three rows say so, of which one may be wrong: the event's, its retraction, and what
/// it changed.
fn is_taken_back(row: &TextRow, retracted: bool, changed: &[TextRow]) -> bool {
    let dead = changed.iter().filter(|row| row.get("live") == Some("0")).count();
    let says = row.get("commitment") == Some("retracted");
    if changed.is_empty() || row.get("retracts").is_some() {
        return retracted;
    }
    let witnesses = [retracted, says, dead * 2 > changed.len()];
    witnesses.into_iter().filter(|witness| *witness).count() >= 2
}

/// Every entity that events of a page touch.
fn touched(page: &Page) -> Vec<EntityKey> {
    let events = page.rows.iter().filter_map(derive::event);
    events.flat_map(|event: Event| Transition::touches(&event)).collect()
}
