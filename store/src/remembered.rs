//! Entities that a writer wrote or read lately.
//!
//! Most events are about what others just were about. Looking those up and reading them anew would cost as much as
//! writing. What is remembered holds as long as the last event in the store is the one it was remembered with, and
//! nothing was repaired: otherwise states only change with events. And should they not, compare-and-set still says so.

use crate::Writer;
use crate::touched::Touched;
use chorale_domain::id::Hash32;
use chorale_domain::state::EntityKey;
use hashlink::LruCache;
use std::sync::PoisonError;

/// Entities remembered at most: about 16 MiB.
const MOST: usize = 16_384;

/// Entities as of one event.
pub(crate) struct Remembered {
    /// The event's sequence and hash.
    as_of: (i64, Hash32),
    entities: LruCache<EntityKey, Touched>,
    /// How many times everything had to be forgotten before.
    forgotten: u64,
}

impl Default for Remembered {
    fn default() -> Self {
        Self::nothing(0)
    }
}

impl Remembered {
    fn nothing(forgotten: u64) -> Self {
        Self { as_of: (0, Hash32::ZERO), entities: LruCache::new(MOST), forgotten }
    }

    /// Takes an entity out.
    pub(crate) fn take(&mut self, key: &EntityKey) -> Option<Touched> {
        self.entities.remove(key)
    }

    /// Puts entities in, as of the event with this sequence and hash. The ones that were not needed for longest go.
    pub(crate) fn put(
        mut self,
        as_of: (i64, Hash32),
        touched: impl Iterator<Item = (EntityKey, Touched)>,
    ) -> Self {
        self.as_of = as_of;
        for (key, touched) in touched {
            self.entities.insert(key, touched.into_stored());
        }
        self
    }
}

impl Writer {
    /// What is remembered, if it still holds as of this event. It is gone until [`remember`](Self::remember), also if
    /// the write in between fails.
    pub(crate) fn remembered(&self, as_of: (i64, Hash32)) -> Remembered {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let forgotten = remembered.forgotten;
        let taken = std::mem::replace(&mut *remembered, Remembered::nothing(forgotten));
        if taken.as_of == as_of { taken } else { Remembered::nothing(forgotten) }
    }

    /// Remembers what a write left, unless a repair came after it.
    pub(crate) fn remember(&self, new: Remembered) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.forgotten == new.forgotten {
            *remembered = new;
        }
    }

    /// Forgets everything: a repair changes states without an event.
    pub(crate) fn forget(&self) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        *remembered = Remembered::nothing(remembered.forgotten.wrapping_add(1));
    }
}
