//! Whether the indexer is well, judged by slots: that no events arrive says nothing, an idle program looks the same.

use serde::Serialize;
use std::time::Duration;

/// So far behind the tip is still well: about a minute.
pub const MAX_SLOTS_BEHIND: u64 = 150;
/// A round must have gone well so recently.
pub const MAX_SINCE_ROUND: Duration = Duration::from_secs(60);

/// How the indexer is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Health {
    /// Whether it follows the chain: [`MAX_SLOTS_BEHIND`] and [`MAX_SINCE_ROUND`].
    pub healthy: bool,
    /// What is wrong, in words.
    pub reason: Option<String>,
    /// The newest confirmed slot of the chain that was ever heard of.
    pub tip_slot: Option<u64>,
    /// The slot through which no transaction is missing.
    pub seen_slot: Option<u64>,
    /// From that slot to the tip.
    pub slots_behind: Option<u64>,
    /// Age of the newest block through which nothing is missing.
    pub seconds_behind: Option<u64>,
    /// How long ago a round last went well.
    pub seconds_since_round: Option<u64>,
    /// Threads whose derived state is not what the chain says. Others go on.
    pub stopped_threads: u64,
}

/// How far the indexer is, as far as it knows.
#[derive(Default)]
pub(crate) struct Reached {
    tip: Option<u64>,
    /// Unix seconds when the tip was asked for.
    tip_at: i64,
    seen: Option<u64>,
    /// The time, Unix seconds, of the newest block through which nothing is missing.
    reached: Option<i64>,
    round: Option<Duration>,
}

impl Reached {
    /// A node that is behind its peers does not take the tip back.
    pub(crate) fn tip(&mut self, slot: u64, now: i64) {
        self.tip = self.tip.max(Some(slot));
        self.tip_at = now;
    }

    /// Everything through `slot` is in, which was the tip when it was last asked for.
    pub(crate) fn seen(&mut self, slot: u64) {
        self.seen = self.seen.max(Some(slot));
        self.reached = self.reached.max(Some(self.tip_at));
    }

    pub(crate) fn applied(&mut self, block_time: Option<i64>) {
        self.reached = self.reached.max(block_time);
    }

    pub(crate) fn round(&mut self, now: Duration) {
        self.round = Some(now);
    }

    /// `elapsed` is on the clock of [`round`](Self::round), `now` Unix seconds.
    pub(crate) fn health(&self, elapsed: Duration, now: i64, stopped_threads: u64) -> Health {
        let since_round = self.round.map(|round| elapsed.saturating_sub(round));
        let slots_behind = self.tip.zip(self.seen).map(|(tip, seen)| tip.saturating_sub(seen));
        let reason = complaint(slots_behind, since_round);
        Health {
            healthy: reason.is_none(),
            reason,
            tip_slot: self.tip,
            seen_slot: self.seen,
            slots_behind,
            seconds_behind: self.reached.map(|reached| u64::try_from(now - reached).unwrap_or(0)),
            seconds_since_round: since_round.map(|since| since.as_secs()),
            stopped_threads,
        }
    }
}

fn complaint(slots_behind: Option<u64>, since_round: Option<Duration>) -> Option<String> {
    match (slots_behind, since_round) {
        (_, None) => Some("the chain has not answered yet".into()),
        (_, Some(since)) if since >= MAX_SINCE_ROUND => {
            Some(format!("no round has gone well for {} s", since.as_secs()))
        }
        (None, _) => Some("the program's history is not in yet".into()),
        (Some(behind), _) if behind > MAX_SLOTS_BEHIND => Some(format!("{behind} slots behind the chain")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// An indexer that saw everything through slot 1,000 when that was the tip, at second 10.
    fn caught_up() -> Reached {
        let mut progress = Reached::default();
        progress.tip(1_000, NOW);
        progress.seen(1_000);
        progress.round(at(10));
        progress
    }

    fn health(progress: &Reached, seconds: u64) -> Health {
        let now = NOW + i64::try_from(seconds).unwrap() - 10;
        progress.health(at(seconds), now, 0)
    }

    #[test]
    fn nothing_is_well_before_the_first_answer() {
        let health = Reached::default().health(at(0), NOW, 0);
        assert!(!health.healthy, "{health:?}");
        assert_eq!((health.slots_behind, health.seconds_behind), (None, None));
    }

    #[test]
    fn an_idle_program_is_well_for_as_long_as_rounds_are() {
        let mut progress = caught_up();
        for second in (10..100_000).step_by(50) {
            progress.tip(1_000 + second, NOW + i64::try_from(second).unwrap());
            progress.seen(1_000 + second);
            progress.round(at(second));
            assert!(progress.health(at(second + 59), NOW, 0).healthy, "at {second}");
        }
    }

    #[test]
    fn silence_of_the_node_is_not_taken_for_silence_of_the_program() {
        let progress = caught_up();
        assert!(health(&progress, 69).healthy);
        let stalled = health(&progress, 3 * 3_600);
        assert!(!stalled.healthy);
        assert_eq!(stalled.reason.as_deref(), Some("no round has gone well for 10790 s"));
        assert_eq!(stalled.seconds_behind, Some(10_790));
    }

    #[test]
    fn arriving_events_do_not_make_up_for_slots() {
        let mut progress = caught_up();
        progress.tip(1_150, NOW);
        assert!(health(&progress, 11).healthy, "150 slots are allowed");
        progress.tip(1_151, NOW);
        progress.applied(Some(NOW));
        assert_eq!(health(&progress, 11).reason.as_deref(), Some("151 slots behind the chain"));
    }

    #[test]
    fn during_the_first_backfill_the_age_is_that_of_the_newest_block_in() {
        let mut progress = Reached::default();
        progress.tip(1_000, NOW);
        progress.round(at(10));
        progress.applied(Some(NOW - 5_000));
        progress.applied(None);
        let health = health(&progress, 10);
        assert_eq!((health.healthy, health.seconds_behind), (false, Some(5_000)));
        assert_eq!(health.reason.as_deref(), Some("the program's history is not in yet"));
    }

    #[test]
    fn a_node_behind_its_peers_does_not_make_the_store_look_nearer() {
        let mut progress = caught_up();
        progress.tip(2_000, NOW);
        progress.tip(1_010, NOW);
        assert_eq!(health(&progress, 11).slots_behind, Some(1_000));
    }
}
