//! Which event a row of the history may be of, where it names one that it is not of.

use super::page;
use super::row::TextRow;
use crate::database::Transaction;
use crate::error::StoreError;
use sqlx::Row as _;
use std::collections::BTreeSet;

/// The events of the row's slot and type between those of the versions before and after it. Working them out says
/// which of them it is.
pub(super) async fn candidates(tx: &mut Transaction, row: &TextRow) -> Result<BTreeSet<i64>, StoreError> {
    const SAME: &str = "SELECT sequence FROM event_store WHERE sequence > $1 AND sequence < $2 AND slot = $3 \
         AND event_type = $4 ORDER BY sequence LIMIT 16";
    let (id, version) = (row.text("entity_id"), row.number("state_version").unwrap_or_default());
    let before = page::version(tx, id, version.saturating_sub(1)).await?;
    let after = page::version(tx, id, version.saturating_add(1)).await?;
    let event = |row: Option<TextRow>| row?.number("event_sequence");
    let query = sqlx::query(SAME)
        .bind(event(before).unwrap_or(0))
        .bind(event(after).unwrap_or(i64::MAX))
        .bind(row.number("slot"))
        .bind(row.text("change_reason"));
    let rows = query.fetch_all(&mut **tx).await?;
    rows.iter().map(|row| Ok(row.try_get("sequence")?)).collect()
}

/// Whether an event is not the one that a row of the history says it is of.
pub(super) async fn is_denied(tx: &mut Transaction, row: &TextRow) -> Result<bool, StoreError> {
    let Some(event) = page::event(tx, row.number("event_sequence").unwrap_or_default()).await? else {
        return Ok(true);
    };
    let same = |of_event: &str, of_row: &str| event.get(of_event) == row.get(of_row);
    Ok(!(same("slot", "slot") && same("event_type", "change_reason")))
}
