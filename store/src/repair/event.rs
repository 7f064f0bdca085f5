//! Repairing an event: whatever it said has the hash that the next row knows, or that it has itself.

mod candidates;

use super::{Repair, rows};
use crate::batch::IndexedTransaction;
use crate::chain::{EventRow, Meta};
use crate::database::Transaction;
use crate::error::StoreError;
use crate::verify::derive;
use crate::verify::examination::Examination;
use crate::verify::finding::Place;
use crate::verify::page;
use crate::verify::row::{EVENTS, TextRow};
use chorale_domain::id::Hash32;

/// A row with its neighbours.
struct Spot {
    sequence: i64,
    previous: Option<TextRow>,
    stored: Option<TextRow>,
    next: Option<TextRow>,
}

impl Spot {
    async fn load(tx: &mut Transaction, sequence: i64) -> Result<Self, StoreError> {
        Ok(Self {
            sequence,
            previous: page::event(tx, sequence.saturating_sub(1)).await?,
            stored: page::event(tx, sequence).await?,
            next: page::event(tx, sequence.saturating_add(1)).await?,
        })
    }

    /// The hash of the row before.
    fn previous_hash(&self) -> Option<String> {
        match &self.previous {
            Some(previous) => previous.get("hash").map(str::to_owned),
            None => (self.sequence == 1).then(|| Hash32::ZERO.to_string()),
        }
    }

    /// The hash that the row must have: the next row's word counts more than its own.
    fn hash(&self) -> Option<&str> {
        let next = self.next.as_ref().filter(|next| derive::is_whole(next));
        let known = next.and_then(|next| next.get("previous_hash"));
        known.or_else(|| self.stored.as_ref()?.get("hash"))
    }

    /// The row that is there, if its hash is right.
    fn sound(&self) -> Option<&TextRow> {
        self.stored.as_ref().filter(|stored| self.accept(stored).as_ref() == Some(*stored))
    }

    /// The row that says what `candidate` does, if that has the right hash.
    fn accept(&self, candidate: &TextRow) -> Option<TextRow> {
        let previous = self.previous_hash()?;
        let candidate = candidate.clone().with("sequence", &self.sequence).with("previous_hash", &previous);
        let hash = derive::hash(&candidate, &previous)?;
        (Some(hash.as_str()) == self.hash()).then(|| candidate.with("hash", &hash))
    }
}

/// Repairs an event from what else the store knows of it.
pub(super) async fn from_store(tx: &mut Transaction, sequence: i64, now: i64) -> Result<Repair, StoreError> {
    let spot = Spot::load(tx, sequence).await?;
    if let Some(sound) = spot.sound() {
        return beside_the_hash(tx, sound.clone()).await;
    }
    for candidate in candidates::of(tx, &spot).await? {
        if let Some(right) = spot.accept(&candidate.row) {
            return replace(tx, candidate.instead_of.or(spot.stored), right, now).await;
        }
    }
    if let Some(right) = candidates::moved(tx, &spot).await? {
        return replace(tx, spot.stored, right, now).await;
    }
    Ok(unknown(&spot))
}

/// What to ask the chain for.
fn unknown(spot: &Spot) -> Repair {
    let stored = spot.stored.as_ref();
    let named = stored.and_then(|row| row.get("signature"));
    let correlated = stored.and_then(|row| row.get("correlation_id"));
    // The next event of the same transaction names it.
    let cause = spot.next.as_ref().and_then(|next| next.get("causation_id")?.split('/').next());
    if stored.is_some_and(|row| row.get("retracts").is_some() || row.get("commitment") == Some("retracted")) {
        return Repair::impossible("the chain does not know any more what a fork dropped");
    }
    let signature = [named, correlated, cause].into_iter().flatten().find_map(|text| text.parse().ok());
    signature.map_or_else(
        || Repair::impossible("nothing says which transaction it was of"),
        |signature| Repair::NeedsChain { signature },
    )
}

/// Puts the right row in the place of `stored`.
async fn replace(
    tx: &mut Transaction,
    stored: Option<TextRow>,
    mut right: TextRow,
    now: i64,
) -> Result<Repair, StoreError> {
    if right.get("recorded_at").is_none() {
        right.set("recorded_at", Some(now.to_string()));
    }
    if let Some(stored) = stored {
        rows::delete(tx, &stored, &["sequence"]).await?;
    }
    rows::insert(tx, &right).await?;
    beside_the_hash(tx, right).await?;
    Ok(Repair::FromEvents)
}

/// Puts right what the hash is not over: how settled an event is, and when it was recorded.
async fn beside_the_hash(tx: &mut Transaction, stored: TextRow) -> Result<Repair, StoreError> {
    let sequence = stored.number("sequence").unwrap_or_default();
    let mut examination = Examination::begin(tx, sequence.saturating_sub(1)).await?;
    examination.events(tx, sequence.saturating_sub(1), 1).await?;
    let mut right = stored.clone();
    let found = examination.findings.into_rows();
    let found = found.into_iter().filter(|row| row.place == Place::Event(sequence));
    let mut contradiction = None;
    for finding in found.flat_map(|row| row.findings) {
        if ["commitment", "recorded_at"].contains(&finding.field.as_str()) {
            right.set(&finding.field, Some(finding.derived));
        } else {
            contradiction =
                Some("the row is what the chain of hashes says, and contradicts what came before it");
        }
    }
    if right == stored {
        return Ok(contradiction.map_or(Repair::Sound, Repair::left));
    }
    rows::delete(tx, &stored, &["sequence"]).await?;
    rows::insert(tx, &right).await?;
    Ok(Repair::FromEvents)
}

/// Repairs an event from its transaction.
pub(super) async fn from_chain(
    tx: &mut Transaction,
    sequence: i64,
    transaction: &IndexedTransaction,
    now: i64,
) -> Result<Repair, StoreError> {
    let spot = Spot::load(tx, sequence).await?;
    if let Some(sound) = spot.sound() {
        return beside_the_hash(tx, sound.clone()).await;
    }
    for candidate in rows_of(&spot, transaction) {
        if put_back(tx, &spot, &candidate, now).await? {
            return Ok(Repair::FromChain);
        }
    }
    Ok(Repair::impossible("what the chain says there does not have the hash that the store knows"))
}

/// Puts a row into its place if it is the right one.
async fn put_back(
    tx: &mut Transaction,
    spot: &Spot,
    candidate: &TextRow,
    now: i64,
) -> Result<bool, StoreError> {
    if let Some(right) = spot.accept(candidate).or_else(|| only_the_hash(spot, candidate)) {
        let right = candidates::times(tx, spot, right).await?;
        replace(tx, spot.stored.clone(), right, now).await?;
        return Ok(true);
    }
    Ok(spot.hash().is_none() && last_of_all(tx, spot, candidate, now).await?)
}

/// The last row, of which nothing but the hash is wrong: no other row knows it, but the chain says the same.
fn only_the_hash(spot: &Spot, candidate: &TextRow) -> Option<TextRow> {
    let stored = spot.stored.as_ref().filter(|_| spot.next.is_none())?;
    let previous = spot.previous_hash()?;
    let candidate = candidate.clone().with("previous_hash", &previous);
    let candidate = candidate.with("hash", &stored.text("hash"));
    (candidate == *stored)
        .then(|| derive::hash(&candidate, &previous))
        .flatten()
        .map(|hash| candidate.with("hash", &hash))
}

/// Puts the last event back, whose row is gone, if it changed what the history says it did. No row knows its hash.
async fn last_of_all(
    tx: &mut Transaction,
    spot: &Spot,
    candidate: &TextRow,
    now: i64,
) -> Result<bool, StoreError> {
    let Some(previous) = spot.previous_hash() else { return Ok(false) };
    let Some(hash) = derive::hash(candidate, &previous) else { return Ok(false) };
    if candidates::is_there(tx, candidate).await? {
        return Ok(false);
    }
    let right = candidate.clone().with("previous_hash", &previous).with("hash", &hash);
    let right = candidates::times(tx, spot, right).await?;
    replace(tx, None, right.clone(), now).await?;
    let mut examination = Examination::begin(tx, spot.sequence.saturating_sub(1)).await?;
    examination.events(tx, spot.sequence.saturating_sub(1), 1).await?;
    let vouched = examination.findings.into_rows().is_empty();
    let vouched = vouched && !page::changes(tx, spot.sequence).await?.is_empty();
    if !vouched {
        rows::delete(tx, &right, &["sequence"]).await?;
    }
    Ok(vouched)
}

/// The rows that the events of a transaction would have in a place. What the chain does not say stays as it is.
fn rows_of(spot: &Spot, transaction: &IndexedTransaction) -> Vec<TextRow> {
    let (signature, block_time, mut cause) =
        (transaction.signature.to_string(), transaction.block_time, None);
    let rows = transaction.events.iter().map(|event| {
        let meta = Meta { signature: &signature, block_time, cause };
        cause = Some(event.id);
        let mut row = text(&EventRow::new(spot.sequence, event, meta));
        for column in ["commitment", "recorded_at"] {
            let stored = spot.stored.as_ref().and_then(|stored| stored.get(column));
            row.set(column, stored.map(str::to_owned));
        }
        row
    });
    rows.collect()
}

fn text(row: &EventRow) -> TextRow {
    let mut text = TextRow::empty(&EVENTS)
        .with("sequence", &row.sequence)
        .with("signature", &row.signature)
        .with("instruction", &row.instruction)
        .with("inner_instruction", &row.inner)
        .with("slot", &row.slot)
        .with("event_type", &row.event_type)
        .with("schema_version", &row.schema)
        .with("event_data", &row.data)
        .with("correlation_id", &row.correlation)
        .with("handshake", &row.handshake);
    text.set("block_time", row.block_time.map(|time| time.to_string()));
    text.set("thread", row.thread.clone());
    text.set("causation_id", row.causation.clone());
    text
}
