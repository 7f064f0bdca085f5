//! When sessions were last used, as far as it is not written down yet.

use chorale_domain::id::Hash32;
use chorale_store::StoredSession;
use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A use so few seconds after the last one that was written down is not worth a write.
const WORTH_WRITING: i64 = 30;

/// May be lost: nothing but what people are shown depends on it.
#[derive(Default)]
pub(crate) struct Uses(Mutex<HashMap<Hash32, i64>>);

impl Uses {
    pub(crate) fn note(&self, session: &StoredSession, now: i64) {
        if now - session.used_at >= WORTH_WRITING {
            self.lock().insert(session.id, now);
        }
    }

    /// What there is to write down, which is forgotten here.
    pub(crate) fn take(&self) -> Vec<(Hash32, i64)> {
        mem::take(&mut *self.lock()).into_iter().collect()
    }

    /// A panic elsewhere cannot leave an entry half written.
    fn lock(&self) -> MutexGuard<'_, HashMap<Hash32, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
