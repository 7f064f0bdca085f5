//! Tells content that was read before a change made by hand from content that was read after it.
//!
//! The chain knows nothing of bodies that are erased, uploaded late or shown to others than before, so that no event
//! says that what was cached of them is no answer any more. Each such change begins a new generation, at every backend;
//! what is cached of content belongs to one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The generation of content now.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Stage {
    /// Grows with each change that this process hears of.
    pub(crate) local: u64,
    /// As Redis counts, while it is there: the same number is the same generation at every backend.
    pub(crate) shared: Option<u64>,
}

/// Keeps the generation.
#[derive(Default)]
pub(crate) struct Generation {
    stage: Mutex<Stage>,
    unsaid: AtomicBool,
}

impl Generation {
    pub(crate) fn now(&self) -> Stage {
        *self.stage()
    }

    /// Something was changed here: no other backend knows of it yet.
    pub(crate) fn changed(&self) {
        self.unsaid.store(true, Ordering::Release);
        let mut stage = self.stage();
        *stage = Stage { local: stage.local + 1, shared: None };
    }

    /// Whether a change is yet to be told; whoever asks tells it.
    pub(crate) fn take_unsaid(&self) -> bool {
        self.unsaid.swap(false, Ordering::AcqRel)
    }

    /// The change could not be told.
    pub(crate) fn still_unsaid(&self) {
        self.unsaid.store(true, Ordering::Release);
    }

    /// Redis counted this one, as its answer says. True if it is a new one here.
    pub(crate) fn counted(&self, number: u64) -> bool {
        // What others changed since may have been heard before the answer was.
        self.stage().shared.is_none_or(|known| known < number) && self.heard(number)
    }

    /// This one began, as everyone was told, in order. True if it is a new one here.
    pub(crate) fn heard(&self, number: u64) -> bool {
        let mut stage = self.stage();
        if stage.shared == Some(number) {
            return false;
        }
        // Not always greater: someone may have emptied Redis.
        *stage = Stage { local: stage.local + 1, shared: Some(number) };
        true
    }

    /// Nothing is heard from Redis any more, nor will what is said meanwhile be heard later.
    pub(crate) fn apart(&self) {
        self.stage().shared = None;
    }

    /// A panic elsewhere cannot leave it half written.
    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_here_or_elsewhere_begins_a_generation() {
        let generation = Generation::default();
        let first = generation.now();
        assert!(generation.heard(7) && !generation.heard(7) && !generation.counted(7));
        let told = generation.now();
        assert_eq!((told.local, told.shared), (first.local + 1, Some(7)));
        generation.changed();
        assert_eq!(generation.now(), Stage { local: told.local + 1, shared: None });
        assert!(generation.take_unsaid() && !generation.take_unsaid());
    }

    #[test]
    fn a_late_answer_takes_nothing_back_and_an_emptied_redis_counts_anew() {
        let generation = Generation::default();
        assert!(generation.heard(8) && !generation.counted(7));
        assert_eq!(generation.now().shared, Some(8));
        assert!(generation.heard(1), "what everyone is told counts");
        assert_eq!(generation.now().shared, Some(1));
    }

    #[test]
    fn after_a_time_apart_even_the_same_number_is_a_new_generation() {
        let generation = Generation::default();
        generation.heard(7);
        let before = generation.now();
        generation.apart();
        assert!(generation.heard(7), "what was said meanwhile was missed");
        assert_ne!(generation.now().local, before.local);
    }
}
