//! Where the indexer stands: what only it writes is looked at again, but not repaired.

use super::Repair;
use crate::database::Transaction;
use crate::error::StoreError;
use crate::verify::examination::Examination;
use crate::verify::finding::Place;
use sqlx::Row as _;

/// Says whether a position, or a row of what is not final, is still not what it should be: an event may have been
/// repaired that it was compared with.
pub(super) async fn repair(tx: &mut Transaction, place: &Place) -> Result<Repair, StoreError> {
    let mut examination = Examination::begin(tx, i64::MAX).await?;
    if let Place::Unfinalized(signature) = place {
        events(&mut examination, tx, signature).await?;
    } else {
        examination.cursors(tx).await?;
    }
    if examination.findings.has(place) {
        return Ok(Repair::impossible("where the indexer stands is written by the indexer alone"));
    }
    Ok(Repair::Sound)
}

async fn events(
    examination: &mut Examination,
    tx: &mut Transaction,
    signature: &str,
) -> Result<(), StoreError> {
    const EVENTS: &str =
        "SELECT sequence FROM event_store WHERE signature = $1 AND commitment <> 'retracted'";
    let rows = sqlx::query(EVENTS).bind(signature).fetch_all(&mut **tx).await?;
    let events = rows.iter().map(|row| row.try_get("sequence"));
    let events = events.collect::<Result<_, _>>()?;
    examination.go_back(tx, &events).await?;
    Ok(())
}
