//! Whether a part the backend depends on answers, and since when it does not.

use crate::backend::Clock;
use std::fmt::Display;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::Notify;

/// What is known of one part. It says so in the log when the part goes and when it comes back, once each.
pub(crate) struct Presence {
    part: String,
    clock: Clock,
    away: Mutex<Option<Away>>,
    gone: Notify,
    failures: AtomicU64,
}

struct Away {
    since: i64,
    cause: String,
}

impl Presence {
    pub(crate) fn new(part: impl Into<String>, clock: Clock) -> Self {
        Self {
            part: part.into(),
            clock,
            away: Mutex::new(None),
            gone: Notify::new(),
            failures: AtomicU64::new(0),
        }
    }

    /// Takes in how the last call to the part went.
    pub(crate) fn note<E: Display>(&self, outcome: Result<(), E>) {
        match outcome {
            Ok(()) => self.came_back(),
            Err(cause) => self.went_away(cause.to_string()),
        }
    }

    /// Whether the last call failed.
    pub(crate) fn is_away(&self) -> bool {
        self.state().is_some()
    }

    /// Calls that failed so far.
    pub(crate) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// What is away and since when, in words.
    pub(crate) fn report(&self) -> Option<String> {
        let state = self.state();
        let Away { since, cause } = state.as_ref()?;
        Some(format!("{} has not answered since {}: {cause}", self.part, rfc3339(*since)))
    }

    /// Completes when the part goes away.
    pub(crate) async fn gone(&self) {
        self.gone.notified().await;
    }

    fn came_back(&self) {
        if let Some(Away { since, .. }) = self.state().take() {
            let seconds = (self.clock)() - since;
            tracing::info!("{} is back after {seconds} s", self.part);
        }
    }

    fn went_away(&self, cause: String) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        let mut state = self.state();
        if state.is_none() {
            tracing::warn!("{} does not answer, trying again until it does: {cause}", self.part);
            *state = Some(Away { since: (self.clock)(), cause });
            self.gone.notify_one();
        }
    }

    /// A panic elsewhere cannot leave the state half written.
    fn state(&self) -> MutexGuard<'_, Option<Away>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A time of ours in words; plain seconds where the clock is beyond what RFC 3339 can write.
pub(crate) fn rfc3339(seconds: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok();
    let text = time.and_then(|time| time.format(&Rfc3339).ok());
    text.unwrap_or_else(|| seconds.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_part_is_away_from_its_first_failure_until_it_answers() {
        let presence = Presence::new("the chain at URL", Arc::new(|| 86_400));
        assert_eq!(presence.report(), None);
        presence.note(Err("refused"));
        presence.note(Err("still refused"));
        let report = "the chain at URL has not answered since 1970-01-02T00:00:00Z: refused";
        assert_eq!(presence.report().as_deref(), Some(report));
        presence.note(Ok::<_, String>(()));
        assert!(!presence.is_away());
    }
}
