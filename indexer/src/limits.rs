//! How much the indexer does at a time.

use std::time::Duration;

/// What to change for very small or very large deployments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Finalized transactions that are taken without a backfill. Their list is kept in memory.
    pub live: usize,
    /// Transactions that are written together, or somewhat more, since a slot is written as a whole: enough to make a
    /// commit cheap, few enough to be soon visible.
    pub batch: usize,
    /// How long to wait between two looks at the store's own rows; `None` to leave them alone.
    pub scrub: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        // A look is at some hundred rows: a million rows are gone through in about three hours.
        Self { live: 1000, batch: 256, scrub: Some(Duration::from_secs(5)) }
    }
}
