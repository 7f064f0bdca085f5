//! A value that was read.

use crate::cache::Entry;
use std::ops::Deref;
use std::sync::Arc;

/// A value that others may hold too.
pub(crate) enum Held<V> {
    /// It is in a cache, or could be.
    Cached(Arc<Entry<V>>),
    /// It was read for this request alone.
    New(V),
}

impl<V> Deref for Held<V> {
    type Target = V;

    fn deref(&self) -> &V {
        match self {
            Self::Cached(entry) => &entry.value,
            Self::New(value) => value,
        }
    }
}
