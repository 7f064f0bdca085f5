//! What an event's row may have said, from what else the store knows. Its hash decides.

use super::Spot;
use crate::database::Transaction;
use crate::error::StoreError;
use crate::verify::row::{EVENTS, TextRow};
use crate::verify::{derive, page};
use sqlx::Row as _;

pub(super) struct Candidate {
    pub row: TextRow,
    /// The row that it takes the place of, if that is elsewhere.
    pub instead_of: Option<TextRow>,
}

/// Everything that is worth trying.
pub(super) async fn of(tx: &mut Transaction, spot: &Spot) -> Result<Vec<Candidate>, StoreError> {
    let Some(stored) = &spot.stored else { return gone(tx, spot).await };
    let mut rows = vec![stored.clone()];
    rows.extend(twins(tx, stored).await?);
    rows.extend(retractions(tx, stored).await?);
    rows.extend(like_neighbours(tx, spot, stored).await?);
    let completed: Vec<_> = rows.iter().filter_map(|row| complete(row, spot)).collect();
    rows.extend(completed);
    Ok(rows.into_iter().map(|row| Candidate { row, instead_of: None }).collect())
}

/// With every column as the others have it that says the same.
fn complete(row: &TextRow, spot: &Spot) -> Option<TextRow> {
    Some(derive::columns(row, &derive::event(row)?, spot.previous.as_ref()))
}

/// An event and its retraction say the same, but for the cause, which only the event has.
async fn twins(tx: &mut Transaction, stored: &TextRow) -> Result<Vec<TextRow>, StoreError> {
    let found = match stored.number("retracts") {
        Some(target) => page::event(tx, target).await?,
        None => by(tx, "retracts", stored).await?,
    };
    let Some(twin) = found else { return Ok(vec![]) };
    let mut repeated = derive::repeated(stored, &twin);
    repeated.set("correlation_id", twin.get("signature").map(str::to_owned));
    let mut with_cause = repeated.clone();
    with_cause.set("causation_id", twin.get("causation_id").map(str::to_owned));
    Ok(vec![repeated, with_cause])
}

/// The same row as a retraction of each earlier one that says the same, and as none.
async fn retractions(tx: &mut Transaction, stored: &TextRow) -> Result<Vec<TextRow>, StoreError> {
    const SAME: &str = "SELECT sequence FROM event_store WHERE signature = $1 AND commitment = 'retracted' \
         AND retracts IS NULL ORDER BY sequence";
    let mut event = stored.clone();
    event.set("retracts", None);
    let mut rows = vec![event];
    for found in sqlx::query(SAME).bind(stored.text("signature")).fetch_all(&mut **tx).await? {
        rows.push(stored.clone().with("retracts", &found.try_get::<i64, _>("sequence")?));
    }
    Ok(rows)
}

/// With a column as a neighbour or what the event changed has it.
async fn like_neighbours(
    tx: &mut Transaction,
    spot: &Spot,
    stored: &TextRow,
) -> Result<Vec<TextRow>, StoreError> {
    const SHARED: [&str; 5] = ["signature", "slot", "block_time", "schema_version", "instruction"];
    let mut rows = vec![];
    for neighbour in [&spot.previous, &spot.next].into_iter().flatten() {
        for column in SHARED {
            let mut row = stored.clone();
            row.set(column, neighbour.get(column).map(str::to_owned));
            rows.push(row);
        }
    }
    if let Some(changed) = page::changes(tx, spot.sequence).await?.first() {
        rows.push(stored.clone().with("slot", &changed.text("slot")));
    }
    rows.push(stored.clone().with("signature", &stored.text("correlation_id")));
    Ok(rows)
}

/// What a row may have said that is not there: what one with another number says, or what its retraction repeats, or
/// what it took back.
async fn gone(tx: &mut Transaction, spot: &Spot) -> Result<Vec<Candidate>, StoreError> {
    let Some(previous) = spot.previous_hash() else { return Ok(vec![]) };
    let strayed = with(tx, "previous_hash", &previous).await?;
    let mut candidates: Vec<_> =
        strayed.into_iter().map(|row| Candidate { row: row.clone(), instead_of: Some(row) }).collect();
    let mut rows = vec![];
    for twin in untwinned(tx, spot.sequence).await? {
        let mut row = twin.clone();
        row.set("causation_id", None);
        row.set("retracts", twin.get("retracts").is_none().then(|| twin.text("sequence").to_owned()));
        rows.extend(complete(&row, spot));
        rows.push(row);
    }
    for mut row in rows {
        row.set("recorded_at", None);
        candidates.push(Candidate { row: times(tx, spot, row).await?, instead_of: None });
    }
    Ok(candidates)
}

/// Events that were taken back by a row that is not there, and retractions of the row that is not there.
async fn untwinned(tx: &mut Transaction, sequence: i64) -> Result<Vec<TextRow>, StoreError> {
    let text = format!(
        "{} WHERE retracts = $1 OR (commitment = 'retracted' AND retracts IS NULL AND NOT EXISTS \
         (SELECT 1 FROM event_store r WHERE r.retracts = event_store.sequence))",
        EVENTS.select()
    );
    let rows = sqlx::query(&text).bind(sequence).fetch_all(&mut **tx).await?;
    rows.iter().map(|row| TextRow::read(&EVENTS, row)).collect()
}

/// The row as it is right after the one whose hash it names, if it has the right hash there and the place is free.
pub(super) async fn moved(tx: &mut Transaction, spot: &Spot) -> Result<Option<TextRow>, StoreError> {
    let Some(stored) = &spot.stored else { return Ok(None) };
    let before = with(tx, "hash", stored.text("previous_hash")).await?;
    let Some(sequence) = before.and_then(|row| row.number("sequence")) else { return Ok(None) };
    let there = Spot::load(tx, sequence.saturating_add(1)).await?;
    let moved = stored.clone().with("sequence", &sequence.saturating_add(1));
    let right = derive::is_whole(&moved) && there.stored.is_none();
    Ok(right.then_some(moved))
}

/// Whether the event is in elsewhere, and counts.
pub(super) async fn is_there(tx: &mut Transaction, row: &TextRow) -> Result<bool, StoreError> {
    const FOUND: &str = "SELECT sequence FROM event_store WHERE signature = $1 AND instruction = $2 \
         AND inner_instruction = $3 AND commitment <> 'retracted'";
    let query = sqlx::query(FOUND)
        .bind(row.text("signature"))
        .bind(row.number("instruction"))
        .bind(row.number("inner_instruction"));
    Ok(query.fetch_optional(&mut **tx).await?.is_some())
}

async fn by(tx: &mut Transaction, column: &str, stored: &TextRow) -> Result<Option<TextRow>, StoreError> {
    let text = format!("{} WHERE {column} = $1", EVENTS.select());
    let query = sqlx::query(&text).bind(stored.number("sequence"));
    query.fetch_optional(&mut **tx).await?.map(|row| TextRow::read(&EVENTS, &row)).transpose()
}

async fn with(tx: &mut Transaction, column: &str, value: &str) -> Result<Option<TextRow>, StoreError> {
    let text = format!("{} WHERE {column} = $1", EVENTS.select());
    let row = sqlx::query(&text).bind(value).fetch_optional(&mut **tx).await?;
    row.map(|row| TextRow::read(&EVENTS, &row)).transpose()
}

/// With the times that can be told from the neighbours, where the row itself is gone.
pub(super) async fn times(
    tx: &mut Transaction,
    spot: &Spot,
    mut row: TextRow,
) -> Result<TextRow, StoreError> {
    if row.get("recorded_at").is_none() {
        let changed = page::changes(tx, spot.sequence).await?;
        row.set("recorded_at", changed.first().and_then(|row| row.get("changed_at")).map(str::to_owned));
    }
    if row.get("commitment").is_none() {
        // The examination that follows says whether it is.
        row.set("commitment", Some("finalized".into()));
    }
    Ok(row)
}
