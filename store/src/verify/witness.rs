//! What else speaks for a version in the history: the one after it, or the current state.

use super::page;
use super::row::TextRow;
use crate::database::Transaction;
use crate::error::StoreError;
use sqlx::Row as _;

/// Whether something speaks for a row of the history being there, at its version, whatever it says.
pub(crate) async fn stands(tx: &mut Transaction, row: &TextRow) -> Result<bool, StoreError> {
    let (id, version) = (row.text("entity_id"), row.number("state_version").unwrap_or_default());
    if page::version(tx, id, version.saturating_add(1)).await?.is_some() {
        return Ok(true);
    }
    match current(tx, id).await? {
        Some((current, checksum)) => Ok(current == version && checksum.as_deref() == row.get("checksum")),
        // A retraction that left nothing came after something.
        None if row.get("state_data").is_none() => {
            Ok(page::version(tx, id, version.saturating_sub(1)).await?.is_some())
        }
        None => Ok(false),
    }
}

/// The version and checksum of an entity's current state.
pub(crate) async fn current(
    tx: &mut Transaction,
    id: &str,
) -> Result<Option<(i64, Option<String>)>, StoreError> {
    const CURRENT: &str = "SELECT state_version, checksum FROM canonical_state WHERE entity_id = $1";
    let row = sqlx::query(CURRENT).bind(id).fetch_optional(&mut **tx).await?;
    row.map(|row| Ok((row.try_get("state_version")?, row.try_get("checksum")?))).transpose()
}
