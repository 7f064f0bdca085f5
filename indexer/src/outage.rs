//! Waiting longer and longer for something that is away, and saying so once.

use std::fmt::Display;
use std::time::Duration;

const FIRST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(5);

/// Whether something answers, and how long it has been waited for.
pub(crate) struct Outage {
    what: &'static str,
    tries: u32,
    told: bool,
    waited: Duration,
    delay: Duration,
}

impl Outage {
    /// Nothing is wrong yet.
    pub(crate) fn none(what: &'static str) -> Self {
        Self { what, tries: 0, told: false, waited: Duration::ZERO, delay: FIRST_DELAY }
    }

    /// It failed: how long to wait before trying again. The first failure is logged as a warning.
    pub(crate) fn failed(&mut self, error: &impl Display) -> Duration {
        self.failed_with(error, Patience::default())
    }

    /// It failed in a way that asks for patience.
    pub(crate) fn failed_with(&mut self, error: &impl Display, patience: Patience) -> Duration {
        let delay = self.delay.max(patience.pause);
        self.delay = (self.delay * 2).min(LONGEST_DELAY);
        if self.told || self.tries < patience.tries {
            tracing::debug!("{}: {error}; trying again in {delay:?}", self.what);
        } else {
            self.told = true;
            tracing::warn!("{}: {error}; trying again until it is back", self.what);
        }
        self.tries = self.tries.saturating_add(1);
        self.waited = self.waited.saturating_add(delay);
        delay
    }

    /// Whether it failed the last time.
    pub(crate) fn has_begun(&self) -> bool {
        self.tries > 0
    }

    /// It worked: says so if it was said that it did not, and returns whether that was so.
    pub(crate) fn over(&mut self) -> bool {
        let Self { what, tries, told, waited, .. } = *self;
        if told {
            tracing::info!("{what}: back after {waited:?} and {tries} tries");
        }
        *self = Self::none(what);
        told
    }
}

/// How much to put up with.
#[derive(Clone, Copy, Default)]
pub(crate) struct Patience {
    /// Failures in a row before anything is said.
    pub tries: u32,
    /// The least time before the next try.
    pub pause: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Trouble;
    use crate::source::SourceError;

    #[test]
    fn waits_grow_to_a_limit_and_begin_anew_after_success() {
        let mut outage = Outage::none("a node");
        let waits: Vec<_> = (0..8).map(|_| outage.failed(&"away").as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
        assert!(outage.over());
        assert!(!outage.over(), "it was not away a second time");
        assert_eq!(outage.failed(&"away").as_millis(), 100);
    }

    #[test]
    fn who_asks_for_patience_gets_it() {
        let mut outage = Outage::none("a node");
        let pause = Duration::from_secs(30);
        assert_eq!(outage.failed_with(&"too often", Patience { pause, tries: 0 }).as_secs(), 30);
        assert_eq!(outage.failed(&"away").as_millis(), 200);
    }

    #[test]
    fn a_node_that_asks_for_an_age_is_left_alone_for_a_minute() {
        let mut outage = Outage::none("a node");
        for retry_after in [60, 86_400, 1_800_000_000, u64::MAX, u64::MAX].map(Duration::from_secs) {
            let trouble =
                Trouble::from(SourceError::Limited { url: String::new(), retry_after: Some(retry_after) });
            assert_eq!(outage.failed_with(&trouble, trouble.patience()).as_secs(), 60);
        }
    }

    #[test]
    fn what_is_routine_is_no_outage_until_it_goes_on() {
        let mut outage = Outage::none("a node");
        let routine = Patience { tries: 2, pause: Duration::ZERO };
        let failed =
            |outage: &mut Outage, times| (0..times).for_each(|_| _ = outage.failed_with(&"moved", routine));
        failed(&mut outage, 2);
        assert!(!outage.over());
        failed(&mut outage, 3);
        assert!(outage.over());
    }
}
