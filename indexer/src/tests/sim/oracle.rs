//! The oracle: what the chain says in the end, and whether a store says the same.

use super::chain::Chain;
use chorale_domain::event::ChainEvent;
use chorale_domain::id::Signature;
use chorale_domain::state::Entities;
use chorale_store::{Record, Store, StoreError, StoredEvent};
use chorale_wire::socket::Commitment;
use std::collections::BTreeSet;
use std::fmt::Debug;

const PAGE: usize = 1000;

/// What happened, up to some block.
pub struct Truth {
    /// Every event, in order.
    pub events: Vec<ChainEvent>,
    /// The state they lead to.
    pub entities: Entities,
    /// Transactions with something that cannot be read.
    pub strange: BTreeSet<Signature>,
    /// The block's slot.
    pub slot: u64,
}

impl Truth {
    /// What a block and those before it say.
    pub fn of(chain: &Chain, block: usize) -> Self {
        let blocks: Vec<_> = chain.path(block).map(|block| chain.block(block)).collect();
        let landed =
            blocks.iter().rev().flat_map(|block| block.landed.iter().map(|landed| (block.slot, landed)));
        let strange = landed.clone().filter(|(_, landed)| landed.is_strange());
        Self {
            strange: strange.map(|(_, landed)| landed.transaction.signature).collect(),
            events: landed.flat_map(|(slot, landed)| landed.events(slot)).collect(),
            entities: chain.block(block).life.entities.clone(),
            slot: chain.block(block).slot,
        }
    }
}

/// What a store says.
pub struct Kept {
    /// Events that were not taken back, in order.
    pub live: Vec<ChainEvent>,
    /// How many of them are not final.
    pub unsettled: usize,
    /// Rows that take others back.
    pub retractions: usize,
    /// The current state.
    pub entities: Entities,
    /// Signatures of dead letters.
    pub dead: BTreeSet<Signature>,
    /// Transactions that a fork may still drop.
    pub unfinalized: usize,
    /// Whether transactions that are known are still to be read.
    pub backlog: bool,
    /// The slot through which nothing is missing.
    pub seen: Option<u64>,
    /// Threads that were stopped, and what verifying found.
    pub faults: Vec<String>,
}

impl Kept {
    /// Reads all of a store, and has it verify itself.
    ///
    /// # Errors
    /// What the store cannot read is a fault of its own.
    pub async fn read(store: &Store) -> Result<Self, StoreError> {
        let rows = rows(store).await?;
        let live: Vec<_> = rows.iter().filter(|row| is_live(row)).collect();
        let unsettled = live.iter().filter(|row| row.commitment != Commitment::Finalized).count();
        let findings =
            store.verify(&mut |_| {}).await?.into_iter().map(|finding| format!("verify: {finding}"));
        let stopped = store.stopped().await?.into_iter().map(|stopped| format!("stopped: {stopped:?}"));
        Ok(Self {
            live: live.into_iter().map(|row| row.record.event().clone()).collect(),
            unsettled,
            retractions: rows.iter().filter(|row| matches!(row.record, Record::Retracted { .. })).count(),
            entities: entities(store).await?,
            dead: store.dead_letters(None, PAGE).await?.into_iter().map(|letter| letter.signature).collect(),
            unfinalized: store.unfinalized().await?.len(),
            backlog: store.backfill().await? != chorale_store::Backfill::Idle,
            seen: store.seen().await?,
            faults: findings.chain(stopped).collect(),
        })
    }

    /// Everything in which it differs from a chain that came to its end.
    pub fn differences(&self, truth: &Truth) -> Vec<String> {
        let mut found = self.faults.clone();
        found.extend(first_difference("event", &truth.events, &self.live));
        let (expected, actual): (Vec<_>, Vec<_>) =
            (truth.entities.iter().collect(), self.entities.iter().collect());
        found.extend(first_difference("entity", &expected, &actual));
        let dead = truth.strange.symmetric_difference(&self.dead).collect();
        found.extend(unequal("dead letters of only one side", &vec![], &dead));
        found.extend(unequal("events that are not final", &0, &self.unsettled));
        found.extend(unequal("transactions that are not final", &0, &self.unfinalized));
        found.extend(unequal("an unfinished backlog", &false, &self.backlog));
        found.extend(unequal("the slot seen", &Some(truth.slot), &self.seen));
        found
    }
}

/// What a store's rows must always be against what is final on the chain at that time: no final event in it that the
/// chain does not have there, and nothing missing of what was final when it last said how far it has seen.
///
/// # Errors
/// If it cannot be read.
pub async fn holds(store: &Store, truth: &Truth, complete: Option<u64>) -> Result<Vec<String>, StoreError> {
    let rows = rows(store).await?;
    let live = rows.iter().filter(|row| is_live(row));
    let settled = live.clone().filter(|row| row.commitment == Commitment::Finalized);
    let settled: Vec<_> = settled.map(|row| row.record.event().clone()).collect();
    let known = &truth.events[..settled.len().min(truth.events.len())];
    let mut found: Vec<_> = first_difference("final event", known, &settled).into_iter().collect();
    let until = complete.unwrap_or(0);
    let promised: Vec<_> = truth.events.iter().filter(|event| event.slot <= until).collect();
    let kept: Vec<_> = live.map(|row| row.record.event()).filter(|event| event.slot <= until).collect();
    found.extend(first_difference("event that was seen", &promised, &kept));
    Ok(found)
}

fn is_live(row: &StoredEvent) -> bool {
    matches!(row.record, Record::Happened(_)) && row.commitment != Commitment::Retracted
}

async fn rows(store: &Store) -> Result<Vec<StoredEvent>, StoreError> {
    let mut rows: Vec<StoredEvent> = vec![];
    loop {
        let last = rows.last().map_or(0, |row| row.sequence);
        let page = store.events_after(last, PAGE).await?;
        if page.is_empty() {
            return Ok(rows);
        }
        rows.extend(page);
    }
}

async fn entities(store: &Store) -> Result<Entities, StoreError> {
    let mut entities = Entities::new();
    let mut after = None;
    loop {
        let page = store.state(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(entities) };
        after = Some(last.key);
        entities.extend(page.into_iter().map(|versioned| (versioned.key, versioned.entity)));
    }
}

fn unequal<T: PartialEq + Debug>(what: &str, expected: &T, actual: &T) -> Option<String> {
    (expected != actual).then(|| format!("{what}: the chain says {expected:?}, the store {actual:?}"))
}

fn first_difference<T: PartialEq + Debug>(what: &str, expected: &[T], actual: &[T]) -> Option<String> {
    let same = expected.iter().zip(actual).take_while(|(expected, actual)| expected == actual).count();
    let (expected, actual) = (expected.get(same), actual.get(same));
    (expected.is_some() || actual.is_some())
        .then(|| format!("{what} {same}: the chain says {expected:?}, the store {actual:?}"))
}
