//! Time as a parameter: a simulated chain brings its own, and hours of it pass in no time.

use async_trait::async_trait;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// What tells the time and waits.
#[async_trait]
pub trait Time: Send + Sync {
    /// Since some moment that stays the same. Never falls.
    fn elapsed(&self) -> Duration;

    /// Unix seconds, to compare with the chain's times.
    fn unix(&self) -> i64;

    /// Waits.
    async fn sleep(&self, duration: Duration);
}

/// The time of this machine.
pub struct RealTime {
    start: Instant,
}

impl RealTime {
    /// Counts from now on.
    #[must_use]
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for RealTime {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Time for RealTime {
    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn unix(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
