//! How long events took to the other clients: every measurement, none left out.

use std::collections::BTreeMap;

/// What one client measured of one event, in milliseconds until the checked event is in its state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Delay {
    /// Since the sender began to send.
    pub from_sending: f64,
    /// Since the chain's own notice that the transaction is confirmed; negative where the push was faster.
    pub from_confirmation: f64,
}

/// What each kind of step took.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delays {
    samples: BTreeMap<&'static str, Vec<Delay>>,
}

/// Both summaries of a set of delays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summaries {
    /// From sending to pushed.
    pub from_sending: Summary,
    /// From confirmed to pushed.
    pub from_confirmation: Summary,
}

/// The summary of a set of measurements, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many there are.
    pub count: usize,
    /// The least.
    pub min: f64,
    /// The middle one, or the mean of the two in the middle.
    pub median: f64,
    /// The most.
    pub max: f64,
}

impl Delays {
    /// Notes what one client measured at a step of the kind `step`.
    pub fn note(&mut self, step: &'static str, delay: Delay) {
        self.samples.entry(step).or_default().push(delay);
    }

    /// A summary for each kind of step.
    pub fn by_step(&self) -> impl Iterator<Item = (&'static str, Summaries)> {
        self.samples.iter().filter_map(|(step, samples)| Some((*step, Summaries::of(samples)?)))
    }

    /// The summary of all of them together; `None` if nothing was measured.
    #[must_use]
    pub fn overall(&self) -> Option<Summaries> {
        let all: Vec<_> = self.samples.values().flatten().copied().collect();
        Summaries::of(&all)
    }
}

impl Summaries {
    fn of(delays: &[Delay]) -> Option<Self> {
        let column = |pick: fn(&Delay) -> f64| Summary::of(&delays.iter().map(pick).collect::<Vec<_>>());
        Some(Self {
            from_sending: column(|delay| delay.from_sending)?,
            from_confirmation: column(|delay| delay.from_confirmation)?,
        })
    }
}

impl Summary {
    /// Summarizes every sample; `None` if there are none.
    #[must_use]
    pub fn of(samples: &[f64]) -> Option<Self> {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median = match sorted.len() % 2 {
            0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
            _ => sorted[middle],
        };
        Some(Self { count: sorted.len(), min, median, max })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_leaves_nothing_out() {
        let summary = Summary::of(&[5.0, 1.0, 1000.0, 2.0]).unwrap();
        let expected = Summary { count: 4, min: 1.0, median: 3.5, max: 1000.0 };
        assert_eq!(summary, expected);
        assert_eq!(Summary::of(&[3.0, 1.0, 2.0]).unwrap().median, 2.0);
        assert_eq!(Summary::of(&[]), None);
    }

    #[test]
    fn a_push_that_was_faster_than_the_chains_notice_counts_too() {
        let mut delays = Delays::default();
        for (step, from_confirmation) in [("vote", -2.0), ("vote", 4.0), ("claim", 6.0)] {
            delays.note(step, Delay { from_sending: 10.0, from_confirmation });
        }
        let steps: Vec<_> = delays.by_step().map(|(step, both)| (step, both.from_sending.count)).collect();
        assert_eq!(steps, [("claim", 1), ("vote", 2)]);
        let overall = delays.overall().unwrap().from_confirmation;
        assert_eq!((overall.min, overall.median, overall.max), (-2.0, 4.0, 6.0));
    }
}
