//! Repairing a current state: it is the end of its history.

use super::{Repair, rows};
use crate::database::Transaction;
use crate::error::StoreError;
use crate::verify::examination::Examination;
use crate::verify::finding::Place;
use crate::verify::row::{STATES, TextRow};

pub(super) async fn repair(tx: &mut Transaction, id: &str) -> Result<Repair, StoreError> {
    let stored = stored(tx, id).await?;
    let mut examination = Examination::begin(tx, i64::MAX).await?;
    let end = examination.end(tx, id).await?;
    let end = examination.state(tx, id, end, stored.clone()).await?;
    if !end.is_known() || examination.corrections.of_entity(id).next().is_some() {
        return Ok(Repair::left("its history has to be repaired first"));
    }
    if !examination.findings.has(&Place::State(id.into())) {
        return Ok(Repair::Sound);
    }
    replace(tx, stored, end.current()).await
}

async fn stored(tx: &mut Transaction, id: &str) -> Result<Option<TextRow>, StoreError> {
    let text = format!("{} WHERE entity_id = $1", STATES.select());
    let row = sqlx::query(&text).bind(id).fetch_optional(&mut **tx).await?;
    row.map(|row| TextRow::read(&STATES, &row)).transpose()
}

async fn replace(
    tx: &mut Transaction,
    stored: Option<TextRow>,
    derived: Option<TextRow>,
) -> Result<Repair, StoreError> {
    if let Some(stored) = stored {
        rows::delete(tx, &stored, &["entity_id"]).await?;
    }
    if let Some(derived) = derived {
        rows::insert(tx, &derived).await?;
    }
    Ok(Repair::FromHistory)
}
