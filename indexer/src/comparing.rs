//! When threads are compared with the chain: those that a transaction touched, and all of them now and then. Whatever
//! the node says to that, the store has everything all the same: comparing waits for a better moment.

use crate::chain::Chain;
use crate::error::Trouble;
use crate::metrics::Metrics;
use crate::outage::Outage;
use crate::reconcile::Reconciler;
use crate::sweep::Sweep;
use crate::time::Time;
use chorale_store::{IndexedTransaction, Writer};
use std::time::Duration;

/// See the module.
pub(crate) struct Comparing {
    reconciler: Reconciler,
    sweep: Sweep,
    outage: Outage,
    /// The node wants to be left alone until then.
    not_before: Duration,
}

impl Comparing {
    /// All threads are to be compared.
    pub(crate) fn begin() -> Self {
        let outage = Outage::none("comparing threads with the chain");
        Self { reconciler: Reconciler::default(), sweep: Sweep::begin(), outage, not_before: Duration::ZERO }
    }

    /// These transactions were applied.
    pub(crate) fn touched(&mut self, transactions: &[IndexedTransaction]) {
        // A sweep that is still to begin comes to all threads; a backfill would fill the memory with them.
        if self.sweep.is_at_the_beginning() {
            return;
        }
        let events = transactions.iter().flat_map(|transaction| &transaction.events);
        self.reconciler.touched(events.filter_map(|event| event.event.thread()));
    }

    /// Something may have happened to any thread.
    pub(crate) fn all(&mut self) {
        self.sweep = self.sweep.again();
    }

    /// Something is happening to all threads.
    pub(crate) fn later(&mut self) {
        self.sweep = Sweep::begin();
    }

    /// Compares some, for a store that has everything through the slot `through`.
    ///
    /// # Errors
    /// [`Trouble`] of the store.
    pub(crate) async fn next(
        &mut self,
        chain: Chain<'_>,
        writer: &Writer,
        (metrics, time): (&Metrics, &dyn Time),
        through: u64,
    ) -> Result<(), Trouble> {
        if time.elapsed() < self.not_before {
            return Ok(());
        }
        if self.reconciler.is_idle() {
            let (threads, sweep) = self.sweep.next(writer.store()).await?;
            self.reconciler.touched(threads);
            self.sweep = sweep;
        }
        match self.reconciler.check(chain, writer, through).await {
            Err(trouble @ Trouble::Source(_)) => {
                metrics.not_compared(trouble.reason());
                let delay = self.outage.failed_with(&trouble, trouble.patience());
                self.not_before = time.elapsed().saturating_add(delay);
            }
            Err(trouble) => return Err(trouble),
            Ok(stopped) => {
                self.outage.over();
                metrics.incidents(stopped.len());
            }
        }
        Ok(())
    }
}
