//! The list of finalized transactions.

use super::{Compared, Comparison, Progress};
use crate::source::{Page, SignatureInfo, SourceError};
use chorale_wire::socket::Commitment;

/// What a node gives at most in one page.
const PAGE: usize = 1000;

/// All finalized transactions from the comparison's slot on, newest first.
pub(super) struct FinalizedList {
    pub transactions: Vec<SignatureInfo>,
    /// Whether it goes back to the program's first transaction, as far as the node knows.
    pub is_whole: bool,
    /// Whether there are others that are not final yet.
    pub goes_on: bool,
}

impl FinalizedList {
    /// Reads it page by page.
    pub(super) async fn read(
        comparison: &Comparison<'_>,
        progress: Progress<'_>,
    ) -> Result<Self, SourceError> {
        let mut list = Self { transactions: vec![], is_whole: false, goes_on: false };
        let (mut before, mut min_slot) = (None, 0);
        loop {
            let page = Page { before, until: None, limit: PAGE, min_slot };
            let found = comparison.source.signatures(&page).await?;
            before = found.last().map(|info| info.signature);
            // Another node that does not know where to go on from would end the list.
            min_slot = found.first().map_or(min_slot, |info| min_slot.max(info.slot));
            list.is_whole = before.is_none();
            if !list.add(found, comparison.from_slot) || list.is_whole {
                return Ok(list);
            }
            progress(Compared::Listed(list.transactions.len() as u64));
        }
    }

    /// Adds a page; false once it goes past what is wanted.
    fn add(&mut self, page: Vec<SignatureInfo>, from_slot: u64) -> bool {
        let goes_on = page.last().is_none_or(|info| info.slot >= from_slot);
        self.goes_on |= page.iter().any(|info| info.commitment != Commitment::Finalized);
        let is_wanted =
            |info: &SignatureInfo| info.commitment == Commitment::Finalized && info.slot >= from_slot;
        self.transactions.extend(page.into_iter().filter(is_wanted));
        goes_on
    }

    /// The newest slot that has a finalized transaction, 0 if there is none.
    pub(super) fn through(&self) -> u64 {
        self.transactions.first().map_or(0, |info| info.slot)
    }
}
