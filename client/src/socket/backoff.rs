//! How long to wait before connecting again.

use super::SocketOptions;
use std::time::Duration;

/// Draws a number from 0 to 1, 1 excluded.
pub(super) type Random = Box<dyn FnMut() -> f64 + Send>;

/// Doubles with each failure in a row, up to a limit. Half of it is drawn, so that the many clients that one failing
/// server had do not come back all at once.
pub(super) struct Backoff {
    min: Duration,
    max: Duration,
    failures: u32,
    hint: Duration,
    random: Random,
}

impl Backoff {
    pub(super) fn new(options: &SocketOptions, random: Random) -> Self {
        let (min, max) = (options.min_delay, options.max_delay);
        Self { min, max, failures: 0, hint: Duration::ZERO, random }
    }

    /// It went well: what failed before does not count any more.
    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// The server says when to come back.
    pub(super) fn hint(&mut self, retry_after: Option<u64>) {
        self.hint = retry_after.map_or(self.hint, Duration::from_secs);
    }

    /// The delay before the next attempt: on top of what the server asked for last, if it did.
    pub(super) fn next(&mut self) -> Duration {
        let most = self.min.saturating_mul(2_u32.saturating_pow(self.failures)).min(self.max);
        self.failures += 1;
        let hint = std::mem::take(&mut self.hint);
        hint + most / 2 + most.mul_f64((self.random)() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn drawing(random: f64) -> Backoff {
        let mut options = SocketOptions::new(String::new(), "", []);
        (options.min_delay, options.max_delay) = (SECOND, 5 * SECOND);
        Backoff::new(&options, Box::new(move || random))
    }

    #[test]
    fn delays_double_up_to_the_limit_and_begin_anew_after_a_success() {
        let mut backoff = drawing(0.0);
        let delays: Vec<_> = (0..4).map(|_| backoff.next()).collect();
        assert_eq!(delays, [SECOND / 2, SECOND, 2 * SECOND, 5 * SECOND / 2]);
        backoff.succeeded();
        assert_eq!(backoff.next(), SECOND / 2);
    }

    #[test]
    fn half_of_a_delay_is_drawn() {
        assert_eq!(drawing(0.5).next(), SECOND * 3 / 4);
    }

    #[test]
    fn what_the_server_asks_for_comes_on_top_once() {
        let mut backoff = drawing(0.0);
        backoff.hint(Some(7));
        backoff.hint(None);
        assert_eq!([backoff.next(), backoff.next()], [7 * SECOND + SECOND / 2, SECOND]);
    }
}
