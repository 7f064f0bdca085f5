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

impl<'a> Scrubber<'a> {
    pub(crate) fn new(chain: Chain<'a>, program: Wallet, writer: &'a Writer, metrics: &'a Metrics) -> Self {
        Self { chain, program, writer, metrics, corrupted: VecDeque::new() }
    }

    /// Examines the next rows, and repairs what was found.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if a row cannot be repaired; other [`Trouble`], and the row is tried again.
    pub(crate) async fn next(&mut self) -> Result<(), Trouble> {
        if self.corrupted.is_empty() {
            let report = self.writer.scrub(BUDGET).await?;
            self.metrics.scrubbed(&report.position);
            self.metrics.incidents(report.corrupted.len());
            self.corrupted.extend(report.corrupted);
        }
        while let Some(corrupt) = self.corrupted.front() {
            let repair = self.repair(corrupt).await?;
            tell(self.metrics, corrupt, repair)?;
            self.corrupted.pop_front();
        }
        Ok(())
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
