//! Going through all threads once, a page at a time, to have them compared with the chain: after a start, a backfill, a
//! fork or a while without sight of the chain nobody knows which ones changed.

use chorale_domain::id::ThreadId;
use chorale_store::{Store, StoreError};

/// How many threads at a time: what one question to a node holds.
const PAGE: usize = 100;

/// Where it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sweep {
    /// On its way.
    At {
        /// After this thread, by id; `None` before the first.
        after: Option<ThreadId>,
        /// Once it is through it begins once more.
        again: bool,
    },
    /// Through.
    Done,
}

impl Sweep {
    /// From the first thread on.
    pub(crate) fn begin() -> Self {
        Self::At { after: None, again: false }
    }

    /// Through all threads once from now on. One that is on its way goes on: else one that is disturbed again and again
    /// would never come to the last thread.
    #[must_use]
    pub(crate) fn again(self) -> Self {
        match self {
            Self::At { after: None, .. } | Self::Done => Self::begin(),
            Self::At { after, .. } => Self::At { after, again: true },
        }
    }

    /// Whether all threads are still to come.
    pub(crate) fn is_at_the_beginning(self) -> bool {
        matches!(self, Self::At { after: None, .. })
    }

    /// The next threads, and where it is then.
    pub(crate) async fn next(self, store: &Store) -> Result<(Vec<ThreadId>, Self), StoreError> {
        let Self::At { after, again } = self else { return Ok((vec![], Self::Done)) };
        let threads: Vec<_> =
            store.threads(after, PAGE).await?.into_iter().map(|found| found.thread).collect();
        let then = match threads.last() {
            Some(last) => Self::At { after: Some(*last), again },
            None if again => Self::begin(),
            None => Self::Done,
        };
        Ok((threads, then))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_that_is_disturbed_goes_on_and_comes_again() {
        let half = Sweep::At { after: Some(ThreadId([5; 32])), again: false };
        assert_eq!(half.again(), Sweep::At { after: Some(ThreadId([5; 32])), again: true });
        assert_eq!(Sweep::Done.again(), Sweep::begin());
        assert_eq!(Sweep::begin().again(), Sweep::begin());
    }
}
