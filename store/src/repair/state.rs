//! Repairing a current state: it is the end of its history.

use super::{Repair, rows};
use crate::database::Transaction;
use crate::error::StoreError;
use crate::verify::derive;
use crate::verify::examination::Examination;
use crate::verify::row::{STATES, TextRow};
use crate::verify::states::State;

pub(super) async fn repair(tx: &mut Transaction, id: &str) -> Result<Repair, StoreError> {
    let mut examination = Examination::begin(tx, i64::MAX).await?;
    let end = examination.end(tx, id).await?;
    let event = end.last.as_ref().and_then(|last| last.number("event_sequence"));
    // What the history ends with must follow from its event.
    if let Some(event) = event {
        examination = Examination::begin(tx, event.saturating_sub(1)).await?;
        examination.events(tx, event.saturating_sub(1), 1).await?;
    }
    let end = examination.end(tx, id).await?;
    let state = end.last.as_ref().map_or(State::Nothing, State::of);
    if state == State::Unknown {
        return Ok(Repair::impossible("its history has to be repaired first"));
    }
    let derived = end.last.as_ref().and_then(|last| derive::current(last, end.created_at.as_deref()));
    replace(tx, id, derived).await
}

async fn replace(tx: &mut Transaction, id: &str, derived: Option<TextRow>) -> Result<Repair, StoreError> {
    let text = format!("{} WHERE entity_id = $1", STATES.select());
    let stored = sqlx::query(&text).bind(id).fetch_optional(&mut **tx).await?;
    let stored = stored.map(|row| TextRow::read(&STATES, &row)).transpose()?;
    if stored == derived {
        return Ok(Repair::Sound);
    }
    if let Some(stored) = stored {
        rows::delete(tx, &stored, &["entity_id"]).await?;
    }
    if let Some(derived) = derived {
        rows::insert(tx, &derived).await?;
    }
    Ok(Repair::FromHistory)
}
