//! How often caches were of use.

use std::sync::atomic::{AtomicU64, Ordering};

/// What became of the questions to one cache since the process began.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CacheCounts {
    /// Answered from this process.
    pub local: u64,
    /// Answered from Redis.
    pub shared: u64,
    /// Answered by the store or the content engine.
    pub missed: u64,
    /// Values that an event, their age or a change by hand made useless before they were asked for again.
    pub invalidated: u64,
}

/// Counts as they grow.
#[derive(Default)]
pub(crate) struct Counting {
    local: AtomicU64,
    shared: AtomicU64,
    missed: AtomicU64,
    invalidated: AtomicU64,
}

impl Counting {
    pub(crate) fn local(&self) {
        self.local.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn shared(&self) {
        self.shared.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn missed(&self) {
        self.missed.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn invalidated(&self) {
        self.invalidated.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> CacheCounts {
        CacheCounts {
            local: self.local.load(Ordering::Relaxed),
            shared: self.shared.load(Ordering::Relaxed),
            missed: self.missed.load(Ordering::Relaxed),
            invalidated: self.invalidated.load(Ordering::Relaxed),
        }
    }
}
