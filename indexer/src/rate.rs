//! How many events a second, over the last minute.

use std::collections::VecDeque;
use std::time::Duration;

/// What is looked back on, in seconds.
const WINDOW: u64 = 60;

/// Counts by second.
#[derive(Default)]
pub(crate) struct Rate {
    /// Second and count, oldest first; none is older than the window when one is added.
    counts: VecDeque<(u64, u64)>,
}

impl Rate {
    /// So many more, at `now`.
    pub(crate) fn add(&mut self, now: Duration, count: u64) {
        let second = now.as_secs();
        self.counts.retain(|(then, _)| then + WINDOW > second);
        match self.counts.back_mut() {
            Some((then, total)) if *then == second => *total += count,
            _ => self.counts.push_back((second, count)),
        }
    }

    /// The average over the window that ends at `now`.
    pub(crate) fn per_second(&self, now: Duration) -> f64 {
        let recent = self.counts.iter().filter(|(then, _)| then + WINDOW > now.as_secs());
        let total: u64 = recent.map(|(_, count)| count).sum();
        let total = u32::try_from(total).unwrap_or(u32::MAX);
        f64::from(total) / Duration::from_secs(WINDOW).as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_rate_is_the_average_of_the_last_minute_alone() {
        let mut rate = Rate::default();
        for (second, count) in [(0, 600), (0, 600), (59, 60)] {
            rate.add(at(second), count);
        }
        let measured = [59, 60, 118, 119].map(|second| rate.per_second(at(second)));
        assert_eq!(measured, [21.0, 1.0, 1.0, 0.0]);
    }

    #[test]
    fn a_window_s_worth_of_counts_is_kept_and_no_more() {
        let mut rate = Rate::default();
        (0..1_000).for_each(|second| rate.add(at(second), 1));
        assert_eq!(rate.counts.len(), 60);
        assert!((rate.per_second(at(999)) - 1.0).abs() < f64::EPSILON);
    }
}
