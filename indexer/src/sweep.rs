//! Going through all threads once, a page at a time, to have them compared with the chain: after a start, a backfill or
//! a fork nobody remembers which ones changed.

use chorale_domain::id::ThreadId;
use chorale_store::{Store, StoreError};

/// How many threads at a time: what one question to a node holds.
const PAGE: usize = 100;

/// Where it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sweep {
    /// After this thread, by id.
    At(Option<ThreadId>),
    /// Through.
    Done,
}

impl Sweep {
    /// From the first thread on.
    pub(crate) fn begin() -> Self {
        Self::At(None)
    }

    /// The next threads, and where it is then.
    pub(crate) async fn next(self, store: &Store) -> Result<(Vec<ThreadId>, Self), StoreError> {
        let Self::At(after) = self else { return Ok((vec![], Self::Done)) };
        let threads: Vec<_> =
            store.threads(after, PAGE).await?.into_iter().map(|found| found.thread).collect();
        let then = threads.last().map_or(Self::Done, |last| Self::At(Some(*last)));
        Ok((threads, then))
    }
}
