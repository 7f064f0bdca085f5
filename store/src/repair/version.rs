//! Repairing a version in the history: it is what its event makes of the versions before.

use super::{Repair, rows};
use crate::database::Transaction;
use crate::error::StoreError;
use crate::verify::examination::Examination;
use crate::verify::finding::Place;
use crate::verify::page;
use crate::verify::row::TextRow;
use sqlx::Row as _;

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
    let examination = examined(tx, event).await?;
    match examination.corrections.get(id, version) {
        Some(Some(derived)) => replace(tx, stored, derived).await,
        Some(None) => remove(tx, stored).await,
        None => other(tx, &examination, stored, event).await,
    }
}

async fn examined(tx: &mut Transaction, event: i64) -> Result<Examination, StoreError> {
    let mut examination = Examination::begin(tx, event.saturating_sub(1)).await?;
    examination.events(tx, event.saturating_sub(1), 1).await?;
    Ok(examination)
}

async fn replace(
    tx: &mut Transaction,
    stored: Option<TextRow>,
    derived: &TextRow,
) -> Result<Repair, StoreError> {
    let vouched = stored.as_ref().is_some_and(|stored| stored.get("checksum") == derived.get("checksum"))
        || is_built_on(tx, derived).await?;
    if !vouched {
        return Ok(Repair::impossible("neither its checksum nor what follows it agrees with its event"));
    }
    if let Some(stored) = stored {
        rows::delete(tx, &stored, &KEY).await?;
    }
    rows::insert(tx, derived).await?;
    Ok(Repair::FromEvents)
}

/// Whether the next version follows from this one, or the current state is this one.
async fn is_built_on(tx: &mut Transaction, derived: &TextRow) -> Result<bool, StoreError> {
    const CURRENT: &str = "SELECT checksum FROM canonical_state WHERE entity_id = $1 AND state_version = $2";
    let (id, version) = (derived.text("entity_id"), derived.number("state_version").unwrap_or_default());
    let Some(next) = page::version(tx, id, version.saturating_add(1)).await? else {
        let query = sqlx::query(CURRENT).bind(id).bind(version);
        let Some(row) = query.fetch_optional(&mut **tx).await? else {
            // A retraction that left nothing.
            return Ok(derived.get("state_data").is_none());
        };
        return Ok(row.try_get::<Option<String>, _>("checksum")?.as_deref() == derived.get("checksum"));
    };
    let after = next.number("event_sequence").unwrap_or_default().saturating_sub(1);
    let mut examination = Examination::begin(tx, after).await?;
    examination.corrections.put(id, version, Some(derived.clone()));
    examination.events(tx, after, 1).await?;
    Ok(!examination.findings.has(&Place::Version(id.into(), version.saturating_add(1))))
}

async fn remove(tx: &mut Transaction, stored: Option<TextRow>) -> Result<Repair, StoreError> {
    let Some(stored) = stored else { return Ok(Repair::Sound) };
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
        return Ok(Repair::impossible("its event has to be repaired first"));
    }
    Ok(Repair::Sound)
}
