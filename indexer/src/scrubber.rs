//! Going round the store in the background, to find rows that are not what was written, and to put them right.

use crate::chain::Chain;
use crate::decode::decode;
use crate::error::Trouble;
use crate::metrics::Metrics;
use chorale_domain::id::{Signature, Wallet};
use chorale_store::{Corrupt, Repair, ScrubReport, StoreError, Writer};
use std::collections::VecDeque;

/// Rows that are examined at a time: some milliseconds' worth.
const BUDGET: usize = 500;

/// Examines the store and repairs it, from the chain where it must.
pub(crate) struct Scrubber<'a> {
    chain: Chain<'a>,
    program: Wallet,
    writer: &'a Writer,
    metrics: &'a Metrics,
    /// What was examined last, until everything that was found is dealt with.
    report: Option<ScrubReport>,
    /// The rows that are still to be repaired.
    corrupted: VecDeque<Corrupt>,
    /// The first row that cannot be.
    beyond_repair: Option<StoreError>,
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
        let (report, corrupted, beyond_repair) = (None, VecDeque::new(), None);
        Self { chain, program, writer, metrics, report, corrupted, beyond_repair }
    }

    /// Examines the next rows, and repairs what was found.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if a row cannot be repaired, once the others are; other [`Trouble`], and the row is
    /// tried again.
    pub(crate) async fn next(&mut self) -> Result<Looked, Trouble> {
        let finished = self.look().await?;
        let mut repaired = 0;
        while let Some(corrupt) = self.corrupted.front() {
            let repair = self.repair(corrupt).await?;
            repaired += usize::from(repair.source().is_some());
            let told = tell(self.metrics, corrupt, repair);
            self.beyond_repair = self.beyond_repair.take().or(told.err());
            self.corrupted.pop_front();
        }
        self.confirm().await?;
        Ok(Looked { repaired, finished })
    }

    /// Examines the next rows if nothing is left of the ones before. Says whether they were the last of a round.
    async fn look(&mut self) -> Result<bool, Trouble> {
        if let Some(report) = &self.report {
            return Ok(report.finished);
        }
        let mut report = self.writer.scrub(BUDGET).await?;
        self.metrics.scrubbed(&report.position);
        self.metrics.incidents(report.corrupted.len());
        self.corrupted.extend(std::mem::take(&mut report.corrupted));
        Ok(self.report.insert(report).finished)
    }

    /// Goes on behind what was examined, unless there is a row that is beyond repair: that is to be found again.
    async fn confirm(&mut self) -> Result<(), Trouble> {
        match (&self.report, self.beyond_repair.take()) {
            (_, Some(error)) => {
                self.report = None;
                return Err(error.into());
            }
            (Some(report), None) => self.writer.confirm_scrub(report).await?,
            (None, None) => {}
        }
        self.report = None;
        Ok(())
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
        Repair::Left { reason } => tracing::error!("{corrupt}; left as it is: {reason}"),
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
