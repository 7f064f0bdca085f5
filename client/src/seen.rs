//! How much of what happened a client has seen, over whichever way.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The greatest cursor that an answer or a frame told, 0 before the first: no later answer is older than that, also where
/// another backend gives it. A clone is the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(Arc<AtomicI64>);

impl Seen {
    /// Everything up to `cursor` was seen.
    pub(crate) fn raise(&self, cursor: i64) {
        self.0.fetch_max(cursor, Ordering::Relaxed);
    }

    pub(crate) fn cursor(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}
