//! What happened in a run, so that many runs can show that they met everything.

use std::collections::BTreeMap;
use std::fmt;

/// What many runs must have met, or they prove little.
const MUST: [&str; 35] = [
    "answers of a node that is behind",
    "calls for accounts",
    "calls that failed",
    "calls that were too many",
    "checks between two lives",
    "connections gone silent",
    "crashes at a poll",
    "crashes in a call",
    "crashes in a sleep",
    "event: authority_accepted",
    "event: authority_proposed",
    "event: claimed",
    "event: config_initialized",
    "event: config_updated",
    "event: divested",
    "event: message_published",
    "event: paused_set",
    "event: proposal_approved",
    "event: proposal_cancelled",
    "event: proposal_created",
    "event: proposal_expired",
    "event: proposal_rejected",
    "event: root_anchored",
    "event: thread_archived",
    "event: thread_created",
    "event: treasury_withdrawn",
    "event: vote_cast",
    "events taken back",
    "nodes that forgot old history",
    "notices lost",
    "outages",
    "slots skipped",
    "transactions found that no notice had told of",
    "transactions listed, but not given out",
    "transactions that landed again",
];
/// Slots that the deepest fork drops.
const DEEPEST: u64 = 32;

/// Counts by name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    counts: BTreeMap<String, u64>,
    depths: BTreeMap<u64, u64>,
}

impl Tally {
    /// Something happened.
    pub fn count(&mut self, what: &str) {
        self.add(what, 1);
    }

    /// Something happened so often.
    pub fn add(&mut self, what: &str, times: u64) {
        match self.counts.get_mut(what) {
            Some(count) => *count += times,
            None => _ = self.counts.insert(what.into(), times),
        }
    }

    /// A fork dropped so many slots.
    pub fn fork(&mut self, depth: u64) {
        *self.depths.entry(depth).or_default() += 1;
    }

    /// How often something happened.
    pub fn of(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or(0)
    }

    /// What never happened of what must be met, depths of forks among it.
    pub fn missing(&self) -> Vec<String> {
        let depths = (1..=DEEPEST).filter(|depth| !self.depths.contains_key(depth));
        let depths = depths.map(|depth| format!("a fork that drops {depth} slots"));
        MUST.into_iter().filter(|what| self.of(what) == 0).map(str::to_owned).chain(depths).collect()
    }

    /// Adds another run's.
    pub fn merge(&mut self, other: &Self) {
        other.counts.iter().for_each(|(what, times)| self.add(what, *times));
        for (depth, times) in &other.depths {
            *self.depths.entry(*depth).or_default() += times;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, times) in &self.counts {
            writeln!(f, "{times:>12}  {what}")?;
        }
        let depths: Vec<_> = self.depths.iter().map(|(depth, times)| format!("{depth}: {times}")).collect();
        writeln!(
            f,
            "{:>12}  forks by depth in slots: {}",
            self.depths.values().sum::<u64>(),
            depths.join(", ")
        )
    }
}
