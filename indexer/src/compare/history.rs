//! Every event of finalized transactions, as the chain gives it now and as the store has it.
//!
//! Both sides go from the oldest slot to the newest and are held against each other slot by slot; inside a slot, by
//! identity: nodes have listed the transactions of one slot in different orders. Whatever differs is looked at once
//! more at the end, when an indexer has had time to take back what a fork dropped.

use super::events::{difference, differences, differing};
use super::list::FinalizedList;
use super::patience::patiently;
use super::{CompareError, Compared, Comparison, Difference, Progress};
use crate::decode::decode;
use crate::source::{SignatureInfo, SourceError};
use chorale_domain::event::{ChainEvent, Event};
use chorale_domain::id::Signature;
use chorale_store::{EventFilter, StoreError};
use futures::stream::{self, StreamExt};
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

/// Transactions that are fetched at the same time.
const CONCURRENCY: usize = 16;
/// Events that are read at a time.
const PAGE: usize = 500;
/// How often, and how long, a store is waited for that does not have the newest yet.
const ATTEMPTS: u32 = 60;
const BETWEEN: Duration = Duration::from_secs(1);

/// Compares them.
pub(super) async fn compare(
    comparison: &Comparison<'_>,
    progress: Progress<'_>,
) -> Result<Vec<Difference>, CompareError> {
    let list = FinalizedList::read(comparison, &mut *progress).await?;
    wait_for(comparison, list.through(), &mut *progress).await?;
    let found = walk(comparison, &list, progress).await?;
    if list.is_whole && !found.begins(comparison, &list).await? {
        return Err(SourceError::Forgotten { url: comparison.source.url().to_owned() }.into());
    }
    found.again(comparison).await
}

/// Waits until the store has everything up to `slot`.
async fn wait_for(
    comparison: &Comparison<'_>,
    slot: u64,
    progress: Progress<'_>,
) -> Result<(), CompareError> {
    for _ in 0..ATTEMPTS {
        let at = comparison.store.index_cursor().await?.map_or(0, |cursor| cursor.slot);
        if at >= slot {
            return Ok(());
        }
        progress(Compared::Waiting(format!(
            "the store is at slot {at}, the chain has finalized slot {slot}"
        )));
        comparison.time.sleep(BETWEEN).await;
    }
    Err(CompareError::Behind { slot })
}

async fn walk(
    comparison: &Comparison<'_>,
    list: &FinalizedList,
    progress: Progress<'_>,
) -> Result<Found, CompareError> {
    let oldest_first = list.transactions.iter().rev().copied();
    let mut chain =
        stream::iter(oldest_first).map(|info| fetch_listed(comparison, info)).buffered(CONCURRENCY);
    let mut store = StoreSide::new(comparison, list.through());
    let (mut found, mut slot, mut events) = (Found::default(), 0, vec![]);
    let (mut done, of) = (0, list.transactions.len() as u64);
    while let Some(transaction) = chain.next().await {
        let (next, more) = transaction?;
        if next != slot {
            found.hold(&store.take_through(slot).await?, &events);
            progress(Compared::Events { slot, done, of });
            (slot, events) = (next, vec![]);
        }
        events.extend(more);
        done += 1;
    }
    found.hold(&store.take_through(u64::MAX).await?, &events);
    progress(Compared::Events { slot: list.through(), done, of });
    Ok(found)
}

/// What a transaction says, `None` if the node does not have it.
async fn ask(
    comparison: &Comparison<'_>,
    signature: Signature,
) -> Result<Option<Vec<ChainEvent>>, SourceError> {
    let Some(transaction) = comparison.source.transaction(signature).await? else { return Ok(None) };
    let url = comparison.source.url().to_owned();
    match decode(comparison.program, signature, &transaction) {
        Ok(decoded) => Ok(Some(decoded.events)),
        Err(reason) => Err(SourceError::NoAnswer { url, reason: reason.into() }),
    }
}

/// One that is listed must be there sooner or later.
async fn fetch_listed(
    comparison: &Comparison<'_>,
    info: SignatureInfo,
) -> Result<(u64, Vec<ChainEvent>), SourceError> {
    if info.failed {
        return Ok((info.slot, vec![]));
    }
    let (url, signature) = (comparison.source.url(), info.signature);
    let events = patiently(comparison.time, || async {
        let found = ask(comparison, signature).await?;
        found.ok_or_else(|| SourceError::NotYet { url: url.to_owned(), signature })
    });
    Ok((info.slot, events.await?))
}

/// The store's live events, in order.
struct StoreSide<'a> {
    comparison: &'a Comparison<'a>,
    filter: EventFilter,
    after: i64,
    read: VecDeque<ChainEvent>,
}

impl<'a> StoreSide<'a> {
    fn new(comparison: &'a Comparison<'a>, through: u64) -> Self {
        let (from_slot, to_slot) = (Some(comparison.from_slot), Some(through));
        let filter = EventFilter { from_slot, to_slot, live_only: true, ..EventFilter::default() };
        Self { comparison, filter, after: 0, read: VecDeque::new() }
    }

    /// The next events, up to the first one of a later slot than `slot`.
    async fn take_through(&mut self, slot: u64) -> Result<Vec<ChainEvent>, StoreError> {
        let mut taken = vec![];
        loop {
            if self.read.is_empty() && !self.read_page().await? {
                return Ok(taken);
            }
            match self.read.pop_front_if(|event| event.slot <= slot) {
                Some(event) => taken.push(event),
                None => return Ok(taken),
            }
        }
    }

    /// False at the end.
    async fn read_page(&mut self) -> Result<bool, StoreError> {
        let page = self.comparison.store.events(&self.filter, self.after, PAGE).await?;
        self.after = page.last().map_or(self.after, |event| event.sequence);
        self.read.extend(page.into_iter().map(|stored| stored.record.event().clone()));
        Ok(!self.read.is_empty())
    }
}

/// What a walk found.
#[derive(Default)]
struct Found {
    /// Whether the chain's first slot with events sets the program up; `None` if it has no event.
    set_up_first: Option<bool>,
    /// Transactions that the two sides tell differently.
    suspicious: BTreeSet<Signature>,
    /// Events that come after later ones in the store.
    disordered: Vec<Difference>,
    newest_in_store: u64,
}

impl Found {
    fn hold(&mut self, store: &[ChainEvent], chain: &[ChainEvent]) {
        if self.set_up_first.is_none() && !chain.is_empty() {
            let sets_up = |event: &ChainEvent| matches!(event.event, Event::ConfigInitialized { .. });
            self.set_up_first = Some(chain.iter().any(sets_up));
        }
        self.suspicious.extend(differing(store, chain).into_iter().map(|id| id.signature));
        store.iter().for_each(|event| self.note_order(event));
    }

    fn note_order(&mut self, event: &ChainEvent) {
        if event.slot < self.newest_in_store {
            let stored = format!("after one of slot {}", self.newest_in_store);
            let on_chain = format!("in slot {}", event.slot);
            self.disordered.push(difference(event.id, "order", &stored, &on_chain));
        }
        self.newest_in_store = self.newest_in_store.max(event.slot);
    }

    /// Whether the chain's history begins where the program's does, as far as can be told: of a program that was set up
    /// a moment ago nothing is final.
    async fn begins(&self, comparison: &Comparison<'_>, list: &FinalizedList) -> Result<bool, StoreError> {
        match self.set_up_first {
            Some(set_up_first) => Ok(set_up_first),
            None => Ok(list.goes_on || comparison.store.index_cursor().await?.is_none()),
        }
    }

    /// Looks at everything suspicious once more, transaction by transaction.
    async fn again(self, comparison: &Comparison<'_>) -> Result<Vec<Difference>, CompareError> {
        let mut found = self.disordered;
        for signature in self.suspicious {
            let filter =
                EventFilter { signature: Some(signature), live_only: true, ..EventFilter::default() };
            let stored = comparison.store.events(&filter, 0, usize::MAX).await?;
            let stored: Vec<_> = stored.into_iter().map(|stored| stored.record.event().clone()).collect();
            let on_chain = patiently(comparison.time, || ask(comparison, signature)).await?;
            found.extend(differences(&stored, &on_chain.unwrap_or_default()));
        }
        Ok(found)
    }
}
