//! Versions that are missing among those of events that are not examined now.
//!
//! What builds on such a version cannot be worked out here. The examination that reaches its event names it.

use super::changes::version;
use super::row::TextRow;
use super::{origin, page, witness};
use crate::database::Transaction;
use crate::error::StoreError;
use chorale_domain::state::EntityKey;

/// Whether one of the entities had another version after the one that is known, before the event that should leave
/// `derived` and left `stored`.
pub(super) async fn is_before(
    tx: &mut Transaction,
    known: &[(EntityKey, i64)],
    derived: &[TextRow],
    stored: &[TextRow],
) -> Result<bool, StoreError> {
    for (key, last) in known {
        let id = key.to_string();
        let of = |row: &&TextRow| row.get("entity_id") == Some(&id);
        let derived = derived.iter().find(of);
        let stored: Vec<_> = stored.iter().filter(of).collect();
        if is_before_one(tx, (&id, last.saturating_add(1)), derived, &stored).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn is_before_one(
    tx: &mut Transaction,
    (id, next): (&str, i64),
    derived: Option<&TextRow>,
    stored: &[&TextRow],
) -> Result<bool, StoreError> {
    let data = |row: &TextRow| row.get("state_data").map(str::to_owned);
    let fits = |row: &&&TextRow| version(row) == next && derived.is_some_and(|d| data(d) == data(row));
    if stored.iter().any(|row| fits(&row)) {
        return Ok(false);
    }
    match stored.iter().max_by_key(|row| version(row)) {
        Some(last) => Ok(version(last) > next && witness::stands(tx, last).await?),
        // It should have a row of its own, which is what is missing.
        None if derived.is_some() => Ok(false),
        None => is_skipped(tx, id, next).await,
    }
}

/// Whether a version is missing, or is of an earlier event than it says, of an entity that the event only reads.
async fn is_skipped(tx: &mut Transaction, id: &str, next: i64) -> Result<bool, StoreError> {
    if let Some(row) = page::version(tx, id, next).await? {
        return origin::is_denied(tx, &row).await;
    }
    let current = witness::current(tx, id).await?;
    Ok(current.is_some_and(|(version, _)| version >= next)
        || page::version(tx, id, next.saturating_add(1)).await?.is_some())
}
