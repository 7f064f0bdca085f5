//! Going round the store in the background, to find rows that are not what was written, and to put them right.

use crate::chain::Chain;
use crate::decode::decode;
use crate::error::Trouble;
use crate::metrics::Metrics;
use chorale_domain::id::{Signature, Wallet};
use chorale_store::{Corrupt, Repair, StoreError, Writer};
use std::collections::VecDeque;

/// Rows that are examined at a time: some milliseconds' worth.
const BUDGET: usize = 500;

/// Examines the store and repairs it, from the chain where it must.
pub(crate) struct Scrubber<'a> {
    chain: Chain<'a>,
    program: Wallet,
    writer: &'a Writer,
    metrics: &'a Metrics,
    corrupted: VecDeque<Corrupt>,
}

/// What a look came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Looked {
    /// Rows that were repaired.
    pub repaired: usize,
    /// Whether it was the last one of a round through the store.
    pub finished: bool,
}

impl<'a> Scrubber<'a> {
    pub(crate) fn new(chain: Chain<'a>, program: Wallet, writer: &'a Writer, metrics: &'a Metrics) -> Self {
        Self { chain, program, writer, metrics, corrupted: VecDeque::new() }
    }

    /// Examines the next rows, and repairs what was found.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if a row cannot be repaired; other [`Trouble`], and the row is tried again.
    pub(crate) async fn next(&mut self) -> Result<Looked, Trouble> {
        let mut looked = Looked::default();
        if self.corrupted.is_empty() {
            let report = self.writer.scrub(BUDGET).await?;
            self.metrics.scrubbed(&report.position);
            self.metrics.incidents(report.corrupted.len());
            self.corrupted.extend(report.corrupted);
            looked.finished = report.finished;
        }
        while let Some(corrupt) = self.corrupted.front() {
            let repair = self.repair(corrupt).await?;
            looked.repaired += usize::from(repair.source().is_some());
            tell(self.metrics, corrupt, repair)?;
            self.corrupted.pop_front();
        }
        Ok(looked)
    }

    /// Examines everything, whoever else does so too. Says how many rows were repaired.
    ///
    /// # Errors
    /// As [`next`](Self::next); [`Trouble::Stopped`] if somebody does not want to wait for it.
    pub(crate) async fn all(&mut self) -> Result<usize, Trouble> {
        let (mut repaired, mut ends) = (0, 0);
        // It begins somewhere in the middle: only what lies between two ends is everything.
        while ends < 2 {
            if self.chain.shutdown.is_cancelled() {
                return Err(Trouble::Stopped);
            }
            let looked = self.next().await?;
            repaired += looked.repaired;
            ends += u32::from(looked.finished);
        }
        Ok(repaired)
    }

    async fn repair(&self, corrupt: &Corrupt) -> Result<Repair, Trouble> {
        let repair = self.writer.repair(corrupt).await?;
        match (&repair, corrupt.row.parse()) {
            (Repair::NeedsChain { signature }, Ok(sequence)) => {
                self.repair_from_chain(sequence, *signature).await
            }
            _ => Ok(repair),
        }
    }

    async fn repair_from_chain(&self, sequence: i64, signature: Signature) -> Result<Repair, Trouble> {
        let Some(found) = self.chain.transaction(signature).await? else {
            return Ok(Repair::NeedsChain { signature });
        };
        let transaction =
            decode(self.program, signature, &found).map_err(|left_out| self.chain.no_answer(left_out))?;
        Ok(self.writer.repair_event(sequence, &transaction).await?)
    }
}

/// Says loudly what was found, and what became of it.
fn tell(metrics: &Metrics, corrupt: &Corrupt, repair: Repair) -> Result<(), StoreError> {
    match repair {
        Repair::Sound => {}
        Repair::FromHistory | Repair::FromEvents | Repair::FromChain => {
            metrics.repaired();
            tracing::error!("{corrupt}; repaired from {}", repair.source().unwrap_or("the store"));
        }
        Repair::NeedsChain { signature } => {
            tracing::error!("{corrupt}; it can be repaired once the node has transaction {signature}");
        }
        Repair::Impossible { reason } => {
            let Corrupt { table, row, .. } = corrupt;
            return Err(StoreError::Corrupt {
                table,
                row: row.clone(),
                reason: format!("{corrupt}; {reason}"),
            });
        }
    }
    Ok(())
}
