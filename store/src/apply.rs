//! Writing a batch: worked out first, then written, in one transaction.

use crate::batch::{Applied, Batch, IndexedTransaction};
use crate::chain::event_name;
use crate::database::Transaction;
use crate::draft::Draft;
use crate::error::StoreError;
use crate::event::commitment_column;
use crate::known::Known;
use crate::order::{Fate, Order};
use crate::unfinalized::{self, Unfinalized};
use crate::{Writer, backlog, stopped, write};
use chorale_domain::event::Event;
use chorale_domain::transition::Transition;
use chorale_wire::socket::Commitment;
use std::collections::HashSet;

impl Writer {
    /// Writes a batch, all or nothing, and moves the cursors behind it. What is in already is passed over; what
    /// waited as unfinalized and comes again as finalized is promoted.
    ///
    /// A final event that contradicts the state of its thread stops that thread: see [`Applied::stopped`].
    ///
    /// # Errors
    /// [`StoreError::Transition`] if a final event contradicts the configuration, the treasury or the roots,
    /// [`StoreError::Unsettled`] if another event contradicts anything,
    /// [`StoreError::Order`] if the transactions do not follow what is in, [`StoreError::NotTheBeginning`] if the store
    /// is empty and the batch does not begin with the deployment's set-up, [`StoreError::Conflict`] if another writer
    /// is at work, [`StoreError::Database`] if the database fails.
    pub async fn apply(&self, batch: Batch) -> Result<Applied, StoreError> {
        let (transactions, repeated) = without_repeats(batch.transactions);
        let mut applied = self.bounded(self.write_batch(&transactions)).await?;
        applied.replayed += repeated;
        self.announce(applied.last_sequence);
        Ok(applied)
    }

    async fn write_batch(&self, transactions: &[IndexedTransaction]) -> Result<Applied, StoreError> {
        let now = self.now();
        let mut tx = self.begin().await?;
        let mut known = Known::load(&mut tx, transactions).await?;
        let mut unfinalized = Unfinalized::load(&mut tx).await?;
        let order = Order::of(transactions, &unfinalized, &known)?;
        if !unfinalized.has_begun {
            check_beginning(transactions)?;
        }
        let mut draft = draft(self, &mut tx, transactions, &order, &mut known).await?;
        write::events(&mut tx, &draft.events, now).await?;
        write::history(&mut tx, &draft.history, now).await?;
        write::states(&mut tx, draft.states(), now).await?;
        for (stopped, after) in &draft.stopped {
            stopped::stop(&mut tx, stopped, *after, now).await?;
        }
        draft.applied.dead_letters = write::dead_letters(&mut tx, transactions, now).await?;
        draft.applied.promoted = settle(&mut tx, &mut unfinalized, order, now).await?;
        backlog::remove(&mut tx, &known.signatures).await?;
        tx.commit().await?;
        let applied = draft.applied.clone();
        self.remember(draft.into_remembered());
        Ok(applied)
    }
}

/// A store without events must begin with the deployment's first.
fn check_beginning(transactions: &[IndexedTransaction]) -> Result<(), StoreError> {
    match transactions.iter().flat_map(|transaction| &transaction.events).next() {
        Some(first) if !matches!(first.event, Event::ConfigInitialized { .. }) => {
            Err(StoreError::NotTheBeginning { event: event_name(first.id), kind: first.event.kind() })
        }
        _ => Ok(()),
    }
}

/// Each transaction once, and how many events were left out.
fn without_repeats(mut transactions: Vec<IndexedTransaction>) -> (Vec<IndexedTransaction>, usize) {
    let (mut seen, mut repeated) = (HashSet::new(), 0);
    transactions.retain(|transaction| {
        let first = seen.insert(transaction.signature);
        repeated += if first { 0 } else { transaction.events.len() };
        first
    });
    (transactions, repeated)
}

/// Works out what is new in a batch.
async fn draft(
    writer: &Writer,
    tx: &mut Transaction,
    transactions: &[IndexedTransaction],
    order: &Order,
    known: &mut Known,
) -> Result<Draft, StoreError> {
    let new = |(index, transaction): &(usize, &IndexedTransaction)| {
        known.of(*index, transaction) < transaction.events.len()
    };
    let new: Vec<_> = transactions.iter().enumerate().filter(new).collect();
    let events = || new.iter().flat_map(|(_, transaction)| &transaction.events);
    let keys = events().flat_map(|event| Transition::touches(&event.event));
    let mut draft = Draft::begin(writer, tx, keys).await?;
    for (index, transaction) in transactions.iter().enumerate() {
        draft.take((index, transaction), known, commitment(transaction, order.fates[index]))?;
    }
    Ok(draft)
}

/// How settled the rows of a transaction's new events are.
fn commitment(transaction: &IndexedTransaction, fate: Fate) -> &'static str {
    match fate {
        Fate::New => commitment_column(transaction.commitment),
        Fate::Waiting => commitment_column(Commitment::Confirmed),
        Fate::Settled | Fate::Final => commitment_column(Commitment::Finalized),
    }
}

/// Brings the transactions that wait, and the cursors, to where they belong. Says how many events became final.
async fn settle(
    tx: &mut Transaction,
    unfinalized: &mut Unfinalized,
    order: Order,
    now: i64,
) -> Result<usize, StoreError> {
    let before = unfinalized.newest();
    let promoted = unfinalized.finalize(tx, order.settled, now).await?;
    if let Some(cursor) = order.finalized {
        unfinalized.set_finalized(tx, cursor, now).await?;
    }
    let old = unfinalized.waiting.len();
    order.waiting.into_iter().for_each(|listed| unfinalized.push(listed));
    unfinalized::append(tx, &unfinalized.waiting[old..]).await?;
    if unfinalized.newest() != before {
        unfinalized.put_newest(tx, now).await?;
    }
    Ok(promoted)
}
