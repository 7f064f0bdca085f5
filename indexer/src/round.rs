//! Rounds: each looks at the chain once, and brings the store nearer to it.
//!
//! What a round has to do follows from the store and the chain alone, so that a round after a crash goes on where the
//! last one was. Only reading is ever cut short by a shutdown: each write is one transaction of the store.

use crate::backfill;
use crate::batch::batches;
use crate::beginning::Beginning;
use crate::chain::Chain;
use crate::comparing::Comparing;
use crate::error::Trouble;
use crate::fetch::fetch;
use crate::fork::Fork;
use crate::inside::Inside;
use crate::limits::Limits;
use crate::listing::{self, Listing, Wanted};
use crate::metrics::Metrics;
use crate::sight::Sight;
use crate::source::{SignatureInfo, Tip};
use crate::time::Time;
use chorale_domain::id::{Signature, Wallet};
use chorale_store::{
    Applied, Backfill, Batch, IndexedTransaction, Listed, Stopped, Store, StoreError, Writer,
};

/// What a round came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// There is more to do. Nothing came into the store, so that what is wrong may be so still.
    More,
    /// Something is in the store that was not, and there is more to do.
    Applied,
    /// The store has everything there was when the round began.
    UpToDate,
}

/// Follows the chain, round by round. What it remembers is only for numbers and comparisons.
pub(crate) struct Rounds<'a> {
    chain: Chain<'a>,
    program: Wallet,
    writer: &'a Writer,
    metrics: &'a Metrics,
    time: &'a dyn Time,
    limits: Limits,
    comparing: Comparing,
    sight: Sight,
    /// Whether the backlog was seen to go back to the program's set-up.
    begins: bool,
}

impl<'a> Rounds<'a> {
    pub(crate) fn new(
        chain: Chain<'a>,
        program: Wallet,
        writer: &'a Writer,
        metrics: &'a Metrics,
        time: &'a dyn Time,
        limits: Limits,
    ) -> Self {
        let (comparing, sight) = (Comparing::begin(), Sight::Blind);
        Self { chain, program, writer, metrics, time, limits, comparing, sight, begins: false }
    }

    /// One round. `announced` is false if nothing but time led to it.
    ///
    /// # Errors
    /// [`Trouble`]; what was written by then stays, and another round goes on from there.
    pub(crate) async fn next(&mut self, announced: bool) -> Result<Outcome, Trouble> {
        let outcome = self.round(announced).await;
        match &outcome {
            Ok(_) => self.metrics.round(),
            Err(Trouble::Stopped) => {}
            Err(trouble) => {
                self.metrics.round_failed(trouble.reason());
                if !trouble.is_routine() {
                    self.lose_sight();
                }
            }
        }
        outcome
    }

    /// What passes now may leave a hole that no list shows.
    fn lose_sight(&mut self) {
        if self.sight == Sight::Clear {
            self.comparing.all();
        }
        self.sight = self.sight.lost();
    }

    async fn round(&mut self, announced: bool) -> Result<Outcome, Trouble> {
        let tip = self.tip().await?;
        let newest = self.store().index_cursor().await?.map_or(0, |cursor| cursor.slot);
        let min_slot = tip.confirmed.max(newest);
        match self.store().backfill().await? {
            Backfill::Walking { before, .. } => self.walk(before, min_slot).await,
            Backfill::Draining { .. } => self.drain().await,
            Backfill::Idle => self.follow(tip, min_slot, announced).await,
        }
    }

    async fn tip(&self) -> Result<Tip, Trouble> {
        let tip = self.chain.tip().await?;
        if self.metrics.tip(tip.confirmed) {
            match self.chain.asked(self.chain.source.block_time(tip.confirmed)).await {
                Ok(time) => time.into_iter().for_each(|time| self.metrics.tip_time(time)),
                Err(Trouble::Source(error)) => tracing::debug!("the age of the newest block: {error}"),
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(tip)
    }

    async fn walk(&mut self, before: Signature, min_slot: u64) -> Result<Outcome, Trouble> {
        self.sight = self.sight.behind(self.metrics);
        self.begins = false;
        let base = Inside::of(self.store()).await?.base;
        backfill::walk(self.chain, self.writer, before, base, min_slot).await?;
        Ok(Outcome::More)
    }

    /// Applies the oldest part of the backlog. Meanwhile nothing else is applied: it would pass the rest.
    async fn drain(&mut self) -> Result<Outcome, Trouble> {
        self.sight = self.sight.behind(self.metrics);
        self.comparing.later();
        if !self.begins
            && backfill::beginning(self.chain, self.program, self.writer).await? == Beginning::Nothing
        {
            // Of the program nothing is known but that it is mentioned: that is no reason to hurry.
            self.writer.forget_walk().await?;
            return Ok(Outcome::UpToDate);
        }
        self.begins = true;
        if let Some(dropped) = backfill::dropped(self.store()).await? {
            self.retract(dropped).await?;
        }
        let oldest = backfill::oldest_slots(self.store(), self.limits.batch).await?;
        match self.take(&oldest).await {
            // What is finalized does not move: the node contradicted itself, and its list is of no use.
            Err(contradiction) if contradiction.is_of_the_list() => {
                self.writer.forget_walk().await?;
                Err(contradiction)
            }
            taken => taken.map(|()| Outcome::Applied),
        }
    }

    async fn follow(&mut self, tip: Tip, min_slot: u64, announced: bool) -> Result<Outcome, Trouble> {
        let inside = Inside::of(self.store()).await?;
        let known = inside.ours.iter().map(|listed| listed.signature).collect();
        let wanted = Wanted { base: inside.base, known, min_slot, limit: self.limits.live };
        match listing::read(self.chain, &wanted).await? {
            Listing::Long(newest) => {
                self.sight = self.sight.behind(self.metrics);
                backfill::add(self.writer, &newest).await?;
                Ok(Outcome::More)
            }
            Listing::Whole(theirs) => match inside.beginning(self.chain, self.program, &theirs).await? {
                // Nothing can be said of a program that nobody has set up, not even that nothing is missing.
                Beginning::Nothing => Ok(Outcome::UpToDate),
                Beginning::SetUp => {
                    self.settle(&inside, &theirs, announced).await?;
                    self.up_to_date(tip).await
                }
            },
        }
    }

    /// Brings the store to what the chain lists.
    async fn settle(
        &mut self,
        inside: &Inside,
        theirs: &[SignatureInfo],
        announced: bool,
    ) -> Result<(), Trouble> {
        let fork = Fork::between(&inside.ours, theirs);
        self.notice(inside, &fork, announced);
        if let Some(dropped) = fork.dropped {
            self.is_gone(dropped, theirs).await?;
            self.retract(dropped.signature).await?;
        }
        if let Some(settled) = fork.settled {
            self.writer.promote(settled.signature).await?;
        }
        for batch in batches(fork.missing, self.limits.batch) {
            self.take(batch).await?;
        }
        Ok(())
    }

    fn notice(&mut self, inside: &Inside, fork: &Fork<'_>, announced: bool) {
        if fork.missing.iter().all(|info| inside.holds(info.signature)) {
            return;
        }
        self.sight = self.sight.missing(self.metrics);
        if !announced {
            self.chain.source.unannounced();
        }
    }

    /// Has the node say a second time, in another way, that it does not have a transaction: its list can be behind
    /// the rest of it.
    async fn is_gone(&self, dropped: Listed, theirs: &[SignatureInfo]) -> Result<(), Trouble> {
        let Listed { signature, slot, .. } = dropped;
        if theirs.iter().any(|info| info.signature == signature) {
            return Ok(());
        }
        match self.chain.transaction(signature).await? {
            Some(found) if found.slot == slot => Err(self
                .chain
                .no_answer(format!("it gives out transaction {signature}, but does not list it"))
                .into()),
            _ => Ok(()),
        }
    }

    async fn retract(&mut self, from: Signature) -> Result<(), Trouble> {
        let events = self.writer.retract(from).await?;
        tracing::info!(
            "a fork dropped transaction {from} and what came after it: {events} events taken back"
        );
        self.metrics.retracted(events);
        self.comparing.all();
        Ok(())
    }

    /// Fetches and applies as many of these as there are to be had; an error if that is not all.
    async fn take(&mut self, list: &[SignatureInfo]) -> Result<(), Trouble> {
        let fetched = fetch(self.chain, self.program, list).await;
        if !fetched.transactions.is_empty() {
            self.apply(&fetched.transactions).await?;
        }
        fetched.missed.map_or(Ok(()), Err)
    }

    async fn apply(&mut self, transactions: &[IndexedTransaction]) -> Result<(), Trouble> {
        let written = self.write(transactions).await;
        let Err(Trouble::Store(StoreError::Unsettled { signature, .. })) = &written else {
            return written;
        };
        // The slots before it need not wait for it.
        let unsettled = transactions.iter().find(|transaction| transaction.signature == *signature);
        let slot = unsettled.map_or(0, |transaction| transaction.slot);
        let fitting = transactions.partition_point(|transaction| transaction.slot < slot);
        if fitting > 0 {
            self.write(&transactions[..fitting]).await?;
        }
        written
    }

    async fn write(&mut self, transactions: &[IndexedTransaction]) -> Result<(), Trouble> {
        let batch = Batch { transactions: transactions.to_vec() };
        let applied = self.writer.apply(batch).await.map_err(|error| match error {
            StoreError::NotTheBeginning { .. } => Trouble::Source(self.chain.forgotten()),
            other => Trouble::Store(other),
        })?;
        self.tell(transactions, &applied);
        // Here, where the rows are committed: what comes after them may fail.
        self.comparing.touched(transactions);
        Ok(())
    }

    fn tell(&self, transactions: &[IndexedTransaction], applied: &Applied) {
        let Applied { events, dead_letters, last_sequence, .. } = *applied;
        tracing::debug!(transactions = transactions.len(), events, last_sequence, "indexed");
        let block_time = transactions.iter().filter_map(|transaction| transaction.block_time).max();
        self.metrics.applied(events, dead_letters, block_time);
        self.metrics.incidents(applied.stopped.len());
        applied.stopped.iter().for_each(tell_stopped);
    }

    async fn up_to_date(&mut self, tip: Tip) -> Result<Outcome, Trouble> {
        if self.store().seen().await? < Some(tip.confirmed) {
            // What a late node does not have yet is on chain all the same.
            match self.metrics.late_tip() {
                None => self.writer.set_seen(tip.confirmed).await?,
                Some(block_time) => self.writer.set_seen_as_of(tip.confirmed, block_time).await?,
            }
        }
        self.metrics.seen(tip.confirmed);
        self.sight = self.sight.clear(self.metrics);
        let noted = (self.metrics, self.time);
        self.comparing.next(self.chain, self.writer, noted, tip.confirmed).await?;
        self.metrics.stopped_in_all(self.store().stopped().await?.len());
        Ok(Outcome::UpToDate)
    }

    fn store(&self) -> &'a Store {
        self.writer.store()
    }
}

/// Says loudly that a thread is not what it should be.
fn tell_stopped(stopped: &Stopped) {
    let Stopped { thread, entity, reason, derived, on_chain } = stopped;
    tracing::error!(
        "thread {thread} is stopped, since {entity} is not what the chain says: {reason}; derived: {derived:?}, on chain: {on_chain:?}; \
         run `chorale rebuild`"
    );
}
