//! The events of a backup, put together again to what the indexer once handed to the store.

use super::error::CopyError;
use super::line::Chain;
use super::manifest::Manifest;
use super::tables::{number, text};
use crate::IndexedTransaction;
use crate::chain::EventRow;
use chorale_domain::event::{ChainEvent, EventId};
use chorale_domain::id::{Hash32, Signature};
use chorale_wire::socket::Commitment;
use std::collections::{HashSet, VecDeque};
use std::fmt::Display;
use std::str::FromStr;

/// Transactions that are applied at once.
const BATCH: usize = 256;

/// What is done to a store.
pub(super) enum Deed {
    /// These transactions come, in the chain's order.
    Apply(Vec<IndexedTransaction>),
    /// A fork dropped this transaction and everything after it.
    Retract(Signature),
}

/// A deed, with the first event it leads to and where it leads.
pub(super) struct Step {
    pub deed: Deed,
    pub first: i64,
    pub end: Chain,
}

/// Which transactions a fork could still drop: those that one did drop later, and those that waited when the backup
/// was made.
pub(super) struct Unsettled {
    events: HashSet<i64>,
    transactions: HashSet<String>,
}

impl Unsettled {
    pub(super) fn of(manifest: &Manifest) -> Self {
        let retractions = manifest.segments.iter().flat_map(|segment| &segment.retractions);
        let transactions = manifest.unfinalized.iter().map(|row| text(row, "signature").to_owned());
        Self { events: retractions.map(|(_, event)| *event).collect(), transactions: transactions.collect() }
    }

    /// Whether an event is of such a transaction.
    pub(super) fn has(&self, sequence: i64, signature: &str) -> bool {
        self.events.contains(&sequence) || self.transactions.contains(signature)
    }
}

/// Puts rows together to steps.
pub(super) struct Steps {
    unsettled: Unsettled,
    /// Threads were stopped after these events, so that no step may lead across one.
    stops: HashSet<i64>,
    current: Option<Step>,
    ready: VecDeque<Step>,
    last: Option<EventRow>,
}

impl Steps {
    pub(super) fn new(manifest: &Manifest) -> Self {
        Self {
            unsettled: Unsettled::of(manifest),
            stops: manifest.stopped.iter().map(|row| number(row, "event_sequence")).collect(),
            current: None,
            ready: VecDeque::new(),
            last: None,
        }
    }

    /// Takes the next row.
    pub(super) fn push(&mut self, row: EventRow, hash: Hash32) -> Result<(), CopyError> {
        let end = Chain { sequence: row.sequence, hash };
        if row.retracts.is_some() {
            self.retract(&row, end)?;
        } else {
            self.apply(&row, end)?;
        }
        self.last = Some(row);
        Ok(())
    }

    fn retract(&mut self, row: &EventRow, end: Chain) -> Result<(), CopyError> {
        let from: Signature = parsed(row, &row.signature)?;
        match &mut self.current {
            // Newest first: the last one named is the oldest.
            Some(Step { deed: Deed::Retract(oldest), end: last, .. }) => (*oldest, *last) = (from, end),
            _ => self.begin(Deed::Retract(from), end),
        }
        Ok(())
    }

    fn apply(&mut self, row: &EventRow, end: Chain) -> Result<(), CopyError> {
        let goes_on = self.last.as_ref().is_some_and(|last| super::backup::goes_on(last, row));
        let stopped = self.stops.contains(&(row.sequence - 1));
        let event = chain_event(row)?;
        let unsettled = self.unsettled.has(row.sequence, &row.signature);
        match &mut self.current {
            Some(Step { deed: Deed::Apply(all), end: last, .. })
                if goes_on || (!stopped && all.len() < BATCH) =>
            {
                *last = end;
                match all.last_mut() {
                    Some(transaction) if goes_on => transaction.events.push(event),
                    _ => all.push(transaction(row, event, unsettled)),
                }
            }
            _ => self.begin(Deed::Apply(vec![transaction(row, event, unsettled)]), end),
        }
        Ok(())
    }

    fn begin(&mut self, deed: Deed, end: Chain) {
        self.ready.extend(self.current.take());
        self.current = Some(Step { deed, first: end.sequence, end });
    }

    /// The next step that is complete.
    pub(super) fn ready(&mut self) -> Option<Step> {
        self.ready.pop_front()
    }

    /// There are no more rows: the last step is complete too.
    pub(super) fn end(&mut self) {
        self.ready.extend(self.current.take());
    }
}

fn transaction(row: &EventRow, event: ChainEvent, unsettled: bool) -> IndexedTransaction {
    IndexedTransaction {
        signature: event.id.signature,
        slot: event.slot,
        block_time: row.block_time,
        failed: false,
        commitment: if unsettled { Commitment::Confirmed } else { Commitment::Finalized },
        events: vec![event],
        dead_letter: None,
    }
}

fn chain_event(row: &EventRow) -> Result<ChainEvent, CopyError> {
    let id = EventId {
        signature: parsed(row, &row.signature)?,
        instruction: fitting(row, row.instruction)?,
        inner: fitting(row, row.inner)?,
    };
    Ok(ChainEvent {
        id,
        slot: fitting(row, row.slot)?,
        schema: fitting(row, row.schema)?,
        event: serde_json::from_str(&row.data).map_err(|error| unreadable(row, &error))?,
    })
}

fn parsed<T: FromStr<Err: Display>>(row: &EventRow, text: &str) -> Result<T, CopyError> {
    text.parse().map_err(|error| unreadable(row, &error))
}

fn fitting<T: TryFrom<i64, Error: Display>>(row: &EventRow, number: i64) -> Result<T, CopyError> {
    T::try_from(number).map_err(|error| unreadable(row, &error))
}

fn unreadable(row: &EventRow, reason: &dyn Display) -> CopyError {
    CopyError::Event { sequence: row.sequence, reason: reason.to_string() }
}
