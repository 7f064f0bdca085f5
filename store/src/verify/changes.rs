//! Comparing what an event changed with what the history says it did.

use super::examination::{Examination, place};
use super::finding::Place;
use super::page;
use super::row::{TextRow, shown};
use super::states::{Known, State, checksum_of};
use crate::database::Transaction;
use crate::error::StoreError;

/// Compares the rows that an event should have written with those it did.
pub(super) async fn compare(
    examination: &mut Examination,
    tx: &mut Transaction,
    event: &TextRow,
    derived: Vec<TextRow>,
    mut stored: Vec<TextRow>,
) -> Result<(), StoreError> {
    let time = time(examination, event, &derived, &stored);
    for mut derived in derived {
        derived.set("changed_at", time.clone());
        let same = |row: &TextRow| row_place(row) == row_place(&derived);
        let found = match stored.iter().position(same) {
            Some(index) => Some(stored.swap_remove(index)),
            None => elsewhere(examination, tx, &derived).await?,
        };
        row(examination, event, found.as_ref(), &derived);
    }
    for row in &stored {
        unclaimed(examination, tx, row).await?;
    }
    Ok(())
}

/// A row that says it is of another event.
async fn elsewhere(
    examination: &mut Examination,
    tx: &mut Transaction,
    derived: &TextRow,
) -> Result<Option<TextRow>, StoreError> {
    examination.findings.forget_extra(&row_place(derived));
    page::version(tx, derived.text("entity_id"), version(derived)).await
}

fn row(examination: &mut Examination, event: &TextRow, stored: Option<&TextRow>, derived: &TextRow) {
    let place = row_place(derived);
    let differs = match stored {
        Some(stored) => examination.findings.compare(&place, stored, derived),
        None => {
            examination.findings.missing(&place);
            true
        }
    };
    if differs {
        examination.findings.follows_from(&place, sequence(event));
        examination.corrections.put(derived.text("entity_id"), version(derived), Some(derived.clone()));
    }
}

/// When an event and what it changed were written: at the same time. If all that it changed agrees on another time than
/// its own, the event's is wrong. Nothing follows from these times, and nothing else tells them.
fn time(
    examination: &mut Examination,
    event: &TextRow,
    derived: &[TextRow],
    stored: &[TextRow],
) -> Option<String> {
    let own = event.get("recorded_at");
    let first = stored.first().and_then(|row| row.get("changed_at"));
    let agree = stored.iter().all(|row| row.get("changed_at") == first);
    if agree && stored.len() > 1 && stored.len() == derived.len() && own != first {
        examination.findings.add(&place(event), "recorded_at", shown(own), shown(first));
        return first.map(str::to_owned);
    }
    own.map(str::to_owned)
}

/// A row that does not follow from the event it names: of another one, or of nothing.
pub(super) async fn unclaimed(
    examination: &mut Examination,
    tx: &mut Transaction,
    row: &TextRow,
) -> Result<(), StoreError> {
    let known = examination.corrections.get(row.text("entity_id"), version(row)).is_some();
    if !known && !examination.find_event(tx, row).await? {
        extra(examination, row);
    }
    Ok(())
}

/// A row that follows from nothing.
pub(super) fn extra(examination: &mut Examination, row: &TextRow) {
    let place = row_place(row);
    examination.findings.extra(&place);
    if examination.corrections.get(row.text("entity_id"), version(row)).is_none() {
        examination.corrections.put(row.text("entity_id"), version(row), None);
    }
}

/// Takes rows as they are, where nothing tells what they should be but their checksums.
pub(super) fn adopt(examination: &mut Examination, rows: &[TextRow]) {
    let mut rows: Vec<_> = rows.iter().collect();
    rows.sort_by_key(|row| version(row));
    for row in rows {
        let state = State::of(row);
        if state == State::Unknown {
            let derived = row.get("state_data").map_or_else(|| "NULL".into(), checksum_of);
            examination.findings.add(&row_place(row), "checksum", row.text("checksum"), &derived);
        }
        if let Ok(key) = row.text("entity_id").parse() {
            examination.states.put(key, Known { version: version(row), state, read_from: None });
        }
    }
}

pub(super) fn row_place(row: &TextRow) -> Place {
    Place::Version(row.text("entity_id").into(), version(row))
}

/// The event's number.
pub(super) fn sequence(row: &TextRow) -> i64 {
    row.number("sequence").unwrap_or_default()
}

/// The version's number.
pub(super) fn version(row: &TextRow) -> i64 {
    row.number("state_version").unwrap_or_default()
}
