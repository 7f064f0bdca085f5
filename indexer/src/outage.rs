//! Waiting longer and longer for something that is away, and saying so once.

use std::fmt::Display;
use std::time::Duration;
use tokio::time::Instant;

const FIRST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(5);

/// Whether something answers, and since when it does not.
pub(crate) struct Outage {
    what: &'static str,
    since: Option<Instant>,
    delay: Duration,
}

impl Outage {
    /// Nothing is wrong yet.
    pub(crate) fn none(what: &'static str) -> Self {
        Self { what, since: None, delay: FIRST_DELAY }
    }

    /// It failed: how long to wait before trying again. The first failure is logged as a warning.
    pub(crate) fn failed(&mut self, error: &impl Display) -> Duration {
        let delay = self.delay;
        self.delay = (delay * 2).min(LONGEST_DELAY);
        if self.since.is_none() {
            self.since = Some(Instant::now());
            tracing::warn!("{}: {error}; trying again until it is back", self.what);
        } else {
            tracing::debug!("{}: {error}; trying again in {delay:?}", self.what);
        }
        delay
    }

    /// It worked: says so if it did not before.
    pub(crate) fn over(&mut self) {
        if let Some(since) = self.since.take() {
            tracing::info!("{}: back after {:?}", self.what, since.elapsed());
            self.delay = FIRST_DELAY;
        }
    }
}
