//! The source as rounds ask it: questions are cut short when the indexer is to stop, and answers that contradict
//! themselves are none.

use crate::error::Trouble;
use crate::source::{ChainSource, EncodedTransaction, Page, SignatureInfo, SourceError, Tip};
use chorale_domain::id::Signature;
use chorale_store::IndexCursor;
use std::collections::HashSet;
use tokio_util::sync::CancellationToken;

/// What a node gives at most in one page.
pub(crate) const PAGE: usize = 1000;

/// A source that is asked until somebody wants to stop. Writes are never cut short like that.
#[derive(Clone, Copy)]
pub(crate) struct Chain<'a> {
    pub source: &'a dyn ChainSource,
    pub shutdown: &'a CancellationToken,
}

impl Chain<'_> {
    pub(crate) async fn tip(&self) -> Result<Tip, Trouble> {
        self.asked(self.source.tip()).await
    }

    pub(crate) async fn transaction(
        &self,
        signature: Signature,
    ) -> Result<Option<EncodedTransaction>, Trouble> {
        self.asked(self.source.transaction(signature)).await
    }

    /// At most `limit` transactions before `before`, newest first, by a node that has reached `min_slot`. That there
    /// are fewer, or none, says nothing.
    ///
    /// `until` is never used: a node that does not know such a transaction gives everything, or refuses. Where the
    /// wanted part of the list ends is seen in the list.
    pub(crate) async fn page(
        &self,
        before: Option<Signature>,
        limit: usize,
        min_slot: u64,
    ) -> Result<Vec<SignatureInfo>, Trouble> {
        let page = Page { before, until: None, limit, min_slot };
        let found = self.asked(self.source.signatures(&page)).await?;
        if is_in_order(before, &found) {
            return Ok(found);
        }
        Err(self.no_answer("its list of transactions is out of order").into())
    }

    /// Does something that asks the source until somebody wants to stop.
    pub(crate) async fn asked<T, E: Into<Trouble>>(
        &self,
        question: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Trouble> {
        let answer = self.shutdown.run_until_cancelled(question).await;
        answer.ok_or(Trouble::Stopped)?.map_err(Into::into)
    }

    pub(crate) fn no_answer(&self, reason: impl Into<String>) -> SourceError {
        SourceError::NoAnswer { url: self.url(), reason: reason.into() }
    }

    pub(crate) fn not_yet(&self, signature: Signature) -> SourceError {
        SourceError::NotYet { url: self.url(), signature }
    }

    pub(crate) fn gap(&self, base: IndexCursor) -> SourceError {
        SourceError::Gap { url: self.url(), cursor: base.signature }
    }

    pub(crate) fn forgotten(&self) -> SourceError {
        SourceError::Forgotten { url: self.url() }
    }

    fn url(&self) -> String {
        self.source.url().to_owned()
    }
}

/// Whether a page can be one: newest first, nothing twice.
pub(crate) fn is_in_order(before: Option<Signature>, page: &[SignatureInfo]) -> bool {
    let mut seen: HashSet<_> = before.into_iter().collect();
    page.is_sorted_by_key(|info| std::cmp::Reverse(info.slot))
        && page.iter().all(|info| seen.insert(info.signature))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chorale_wire::socket::Commitment;

    fn listed(n: u8, slot: u64) -> SignatureInfo {
        let (failed, commitment) = (false, Commitment::Confirmed);
        SignatureInfo { signature: Signature([n; 64]), slot, failed, commitment }
    }

    #[test]
    fn a_page_that_goes_up_or_repeats_itself_is_none() {
        let page = [listed(3, 9), listed(2, 9), listed(1, 4)];
        assert!(is_in_order(None, &page) && is_in_order(Some(Signature([4; 64])), &page));
        assert!(is_in_order(None, &[]));
        assert!(!is_in_order(Some(Signature([2; 64])), &page), "it goes on from itself");
        assert!(!is_in_order(None, &[listed(1, 4), listed(3, 9)]), "it goes up");
        assert!(!is_in_order(None, &[listed(1, 4), listed(1, 4)]), "it repeats itself");
    }
}
