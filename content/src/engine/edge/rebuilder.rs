//! Rebuilds the index after many changes: the engine does not build the graph of the dense vectors by itself, and
//! compares them one by one until someone asks for it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Notify;

use super::blocking;
use super::flusher::Shared;
use super::shard::Shard;
use crate::error::ContentError;
use crate::tuning::REBUILD_AFTER;

/// Points changed since the index was rebuilt.
pub(super) struct Changes {
    count: AtomicUsize,
    many: Arc<Notify>,
}

impl Changes {
    /// A count from zero, and what tells that they became many, or that there will be no more.
    pub(super) fn counted() -> (Self, Arc<Notify>) {
        let many = Arc::new(Notify::new());
        (Self { count: AtomicUsize::new(0), many: many.clone() }, many)
    }

    pub(super) fn count(&self, points: usize) {
        if self.count.fetch_add(points, Ordering::Relaxed) + points >= REBUILD_AFTER {
            self.are_many();
        }
    }

    /// Has everything rebuilt that needs it, however few they were.
    pub(super) fn are_many(&self) {
        self.count.store(0, Ordering::Relaxed);
        self.many.notify_one();
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        self.many.notify_one();
    }
}

/// How long to leave a disk alone that refused.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Tidies up whenever there were many changes. Reads and writes go on meanwhile.
pub(super) async fn rebuild_often(shared: Weak<Shared>, many: Arc<Notify>) {
    loop {
        many.notified().await;
        let Some(shared) = shared.upgrade() else { return };
        match blocking(move || shared.tidy()).await {
            Ok(()) => {}
            Err(ContentError::Closed) => return,
            Err(error) => {
                tracing::error!(%error, "the search index is not rebuilt yet, trying again in {RETRY_AFTER:?}");
                tokio::time::sleep(RETRY_AFTER).await;
                many.notify_one();
            }
        }
    }
}

impl Shard {
    /// Builds what the number of points has become large enough for.
    pub(super) fn rebuild(&self) -> Result<(), ContentError> {
        let _rebuild = self.rebuilds();
        self.qdrant().optimize().map(|_| ()).map_err(ContentError::engine)
    }
}
