//! How long confirmed events took to the other clients: every measurement, none left out.

use std::collections::BTreeMap;
use std::fmt;

/// What one kind of step took, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delays {
    samples: BTreeMap<&'static str, Vec<f64>>,
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
    pub fn note(&mut self, step: &'static str, milliseconds: f64) {
        self.samples.entry(step).or_default().push(milliseconds);
    }

    /// A summary for each kind of step.
    pub fn by_step(&self) -> impl Iterator<Item = (&'static str, Summary)> {
        self.samples.iter().filter_map(|(step, samples)| Some((*step, Summary::of(samples)?)))
    }

    /// The summary of all of them together; `None` if nothing was measured.
    #[must_use]
    pub fn overall(&self) -> Option<Summary> {
        let all: Vec<_> = self.samples.values().flatten().copied().collect();
        Summary::of(&all)
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

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, min, median, max } = self;
        write!(f, "min {min:.1} ms, median {median:.1} ms, max {max:.1} ms over {count} measurements")
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
    fn an_event_that_came_before_the_relays_answer_counts_too() {
        let mut delays = Delays::default();
        delays.note("vote", -2.0);
        delays.note("vote", 4.0);
        delays.note("claim", 6.0);
        let steps: Vec<_> = delays.by_step().map(|(step, summary)| (step, summary.count)).collect();
        assert_eq!(steps, [("claim", 1), ("vote", 2)]);
        let overall = delays.overall().unwrap();
        assert_eq!((overall.min, overall.median, overall.max), (-2.0, 4.0, 6.0));
    }
}
