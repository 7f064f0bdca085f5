//! Finding out whether a client is still there.

use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// A ping now and then, and a limit on how long its answer may take.
pub(crate) struct Heartbeat {
    every: Duration,
    within: Duration,
    next: Instant,
    waiting: bool,
}

impl Heartbeat {
    pub(crate) fn new(every: Duration, within: Duration) -> Self {
        Self { every, within, next: Instant::now() + every, waiting: false }
    }

    /// Completes when a ping is due, or its answer is overdue, or at `latest`.
    pub(crate) async fn due(&self, latest: Option<Instant>) {
        sleep_until(latest.map_or(self.next, |latest| latest.min(self.next))).await;
    }

    /// Whether the time for the next step has come.
    pub(crate) fn is_due(&self) -> bool {
        self.next <= Instant::now()
    }

    /// Whether a ping was sent and nothing was heard since.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting
    }

    /// A ping goes out.
    pub(crate) fn pinged(&mut self) {
        (self.waiting, self.next) = (true, Instant::now() + self.within);
    }

    /// Something came from the client, which is as good as a pong.
    pub(crate) fn heard(&mut self) {
        if self.waiting {
            (self.waiting, self.next) = (false, Instant::now() + self.every);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_measured_from_the_ping_and_ended_by_any_frame() {
        let mut heartbeat = Heartbeat::new(Duration::from_secs(30), Duration::from_secs(10));
        let first = heartbeat.next;
        heartbeat.heard();
        assert!(
            heartbeat.next == first && !heartbeat.is_waiting(),
            "pings come whether there is traffic or not"
        );
        heartbeat.pinged();
        assert!(heartbeat.is_waiting() && heartbeat.next < first);
        heartbeat.heard();
        assert!(!heartbeat.is_waiting() && heartbeat.next >= first);
    }
}
