//! How far the store is, for the backend's account of itself.

use chorale_store::{Store, StoreError};

/// How far the store is.
#[derive(Clone, Copy, Default)]
pub(crate) struct Progress {
    /// Sequence of the last event.
    pub(crate) cursor: i64,
    /// Slot of that event.
    pub(crate) slot: u64,
    /// The slot through which nothing is missing.
    pub(crate) seen_slot: Option<u64>,
    /// When that was so last, Unix seconds: what is newer may be on chain and not in the store.
    pub(crate) seen_at: Option<i64>,
    /// Transactions that a fork may still drop.
    pub(crate) unfinalized: u64,
}

impl Progress {
    /// Asks the store.
    pub(crate) async fn of(store: &Store) -> Result<Self, StoreError> {
        let (cursor, slot) = store.last_event().await?;
        let (seen_slot, seen_at) = (store.seen().await?, store.seen_at().await?);
        // Those of the last half a minute or so: few enough to be counted here.
        let unfinalized = store.unfinalized().await?.len() as u64;
        Ok(Self { cursor, slot, seen_slot, seen_at, unfinalized })
    }
}
