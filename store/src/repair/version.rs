//! Repairing a version in the history: it is what its event makes of the versions before.

use super::{Repair, rows};
use crate::database::Transaction;
use crate::error::StoreError;
use crate::verify::examination::Examination;
use crate::verify::finding::Place;
use crate::verify::row::TextRow;
use crate::verify::states::State;
use crate::verify::{page, witness};

const KEY: [&str; 2] = ["entity_id", "state_version"];

/// Repairs the version of an entity, which follows from `event` as far as that is known.
pub(super) async fn repair(
    tx: &mut Transaction,
    (id, version): (&str, i64),
    event: Option<i64>,
) -> Result<Repair, StoreError> {
    let stored = page::version(tx, id, version).await?;
    let event = event.or_else(|| stored.as_ref()?.number("event_sequence"));
    let Some(event) = event else { return Ok(Repair::Sound) };
    let mut examination = Examination::begin(tx, event.saturating_sub(1)).await?;
    if stored.as_ref().is_some_and(|stored| stored.number("event_sequence") != Some(event)) {
        // It may name an earlier event, which would make it what its own one builds on.
        examination.corrections.put(id, version, None);
    }
    examination.events(tx, event.saturating_sub(1), 1).await?;
    match examination.corrections.get(id, version) {
        Some(Some(derived)) => replace(tx, stored, derived).await,
        Some(None) => remove(tx, stored).await,
        None => other(tx, &examination, stored, event).await,
    }
}

async fn replace(
    tx: &mut Transaction,
    stored: Option<TextRow>,
    derived: &TextRow,
) -> Result<Repair, StoreError> {
    if stored.as_ref() == Some(derived) {
        return Ok(Repair::Sound);
    }
    let whole = stored.as_ref().is_some_and(|stored| State::of(stored) != State::Unknown);
    let same = stored.as_ref().is_some_and(|stored| stored.get("checksum") == derived.get("checksum"));
    if whole && !same && is_taken_over(tx, derived).await? {
        return Ok(Repair::left("it is what its checksum is of, and nothing builds on what it says"));
    }
    if !same && !is_built_on(tx, derived).await? {
        return Ok(Repair::impossible("neither its checksum nor what follows it agrees with its event"));
    }
    if let Some(stored) = stored {
        rows::delete(tx, &stored, &KEY).await?;
    }
    rows::insert(tx, derived).await?;
    Ok(Repair::FromEvents)
}

/// Whether the next version is of a retraction, which follows from earlier ones.
async fn is_taken_over(tx: &mut Transaction, derived: &TextRow) -> Result<bool, StoreError> {
    let version = derived.number("state_version").unwrap_or_default();
    let next = page::version(tx, derived.text("entity_id"), version.saturating_add(1)).await?;
    Ok(next.is_some_and(|next| next.get("change_type") == Some("retract")))
}

/// Whether the next version follows from this one, or the current state is this one.
async fn is_built_on(tx: &mut Transaction, derived: &TextRow) -> Result<bool, StoreError> {
    let (id, version) = (derived.text("entity_id"), derived.number("state_version").unwrap_or_default());
    let Some(next) = page::version(tx, id, version.saturating_add(1)).await? else {
        return Ok(match witness::current(tx, id).await? {
            Some((_, checksum)) => checksum.as_deref() == derived.get("checksum"),
            // A retraction that left nothing.
            None => derived.get("state_data").is_none(),
        });
    };
    let after = next.number("event_sequence").unwrap_or_default().saturating_sub(1);
    let mut examination = Examination::begin(tx, after).await?;
    examination.corrections.put(id, version, Some(derived.clone()));
    examination.events(tx, after, 1).await?;
    Ok(!examination.findings.has(&Place::Version(id.into(), version.saturating_add(1))))
}

/// Removes a row that follows from nothing, if nothing follows from it.
async fn remove(tx: &mut Transaction, stored: Option<TextRow>) -> Result<Repair, StoreError> {
    let Some(stored) = stored else { return Ok(Repair::Sound) };
    if witness::stands(tx, &stored).await? {
        return Ok(Repair::left("something builds on it: its own event tells what is wrong with it"));
    }
    rows::delete(tx, &stored, &KEY).await?;
    Ok(Repair::FromEvents)
}

/// A row that its event's examination says nothing of: right by now, or of an event that is not there or not readable.
async fn other(
    tx: &mut Transaction,
    examination: &Examination,
    stored: Option<TextRow>,
    event: i64,
) -> Result<Repair, StoreError> {
    if event < 1 {
        return remove(tx, stored).await;
    }
    if page::event(tx, event).await?.is_none() || examination.findings.has(&Place::Event(event)) {
        return Ok(Repair::left("its event has to be repaired first"));
    }
    Ok(Repair::Sound)
}
