//! Whether the indexer is well, judged by slots: that no events arrive says nothing, an idle program looks the same.

use serde::Serialize;
use std::time::Duration;

/// So far behind the tip is still well: about a minute.
pub const MAX_SLOTS_BEHIND: u64 = 150;
/// A round must have gone well so recently, and the chain's tip have risen.
pub const MAX_SINCE_ROUND: Duration = Duration::from_secs(60);
/// A newest block may be so old, in seconds: a node that is further behind its peers follows another time than ours.
/// Much more than a chain's clock differs from this machine's.
pub const MAX_BLOCK_AGE: u64 = 300;
/// How often a node is asked how old its newest block is.
const BETWEEN_AGES: Duration = Duration::from_secs(10);

/// How the indexer is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Health {
    /// Whether it follows the chain: [`MAX_SLOTS_BEHIND`], [`MAX_SINCE_ROUND`] and [`MAX_BLOCK_AGE`].
    pub healthy: bool,
    /// What is wrong, in words.
    pub reason: Option<String>,
    /// The newest confirmed slot of the chain that was ever heard of.
    pub tip_slot: Option<u64>,
    /// The slot through which no transaction is missing.
    pub seen_slot: Option<u64>,
    /// From that slot to the tip.
    pub slots_behind: Option<u64>,
    /// Age of the newest block through which nothing is missing, by the block's time where the node tells it, else
    /// since it was first heard of. Of an idle program that is the newest block of the chain.
    pub seconds_behind: Option<u64>,
    /// How long ago a round last went well.
    pub seconds_since_round: Option<u64>,
    /// How long ago the tip last rose.
    pub seconds_since_tip: Option<u64>,
    /// Threads whose derived state is not what the chain says. Others go on.
    pub stopped_threads: u64,
}

/// How far the indexer is, as far as it knows.
#[derive(Default)]
pub(crate) struct Reached {
    tip: Option<u64>,
    /// When the tip last rose.
    rose: Option<Duration>,
    /// The time of the tip's block, Unix seconds.
    tip_time: i64,
    /// How old a newest block is, in seconds: of a node that is behind the rest of the chain, long.
    age: u64,
    asked_age: Option<Duration>,
    seen: Option<u64>,
    /// Block times, Unix seconds: of the tip that was seen, and of the newest transaction that is in.
    seen_time: Option<i64>,
    applied_time: Option<i64>,
    round: Option<Duration>,
}

/// One moment, by both clocks.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    /// Never falls.
    pub elapsed: Duration,
    /// Unix seconds.
    pub unix: i64,
}

impl Reached {
    /// The chain is at this slot. True if it is time to ask for the time of its block. A node that is behind its peers
    /// does not take the tip back, and one that stands still does not make it younger.
    pub(crate) fn tip(&mut self, slot: u64, now: Moment) -> bool {
        if self.tip.is_some_and(|tip| slot <= tip) {
            return false;
        }
        (self.tip, self.rose) = (Some(slot), Some(now.elapsed));
        self.tip_time = now.unix.saturating_sub_unsigned(self.age);
        let is_due = self.asked_age.is_none_or(|asked| now.elapsed >= asked + BETWEEN_AGES);
        if is_due {
            self.asked_age = Some(now.elapsed);
        }
        is_due
    }

    /// The block of the tip is of this time.
    pub(crate) fn tip_time(&mut self, block_time: i64, now: Moment) {
        self.age = u64::try_from(now.unix - block_time).unwrap_or(0);
        self.tip_time = now.unix.saturating_sub_unsigned(self.age);
    }

    /// The time of the tip's block, where it is too old for one that was just made.
    pub(crate) fn late_tip(&self) -> Option<i64> {
        (self.age > MAX_BLOCK_AGE).then_some(self.tip_time)
    }

    /// Everything through `slot` is in, which was the tip when it was last asked for.
    pub(crate) fn seen(&mut self, slot: u64) {
        self.seen = self.seen.max(Some(slot));
        self.seen_time = Some(self.tip_time);
    }

    pub(crate) fn applied(&mut self, block_time: Option<i64>) {
        self.applied_time = self.applied_time.max(block_time);
    }

    pub(crate) fn round(&mut self, now: Duration) {
        self.round = Some(now);
    }

    /// `elapsed` is on the clock of [`round`](Self::round), `now` Unix seconds.
    pub(crate) fn health(&self, elapsed: Duration, now: i64, stopped_threads: u64) -> Health {
        let since = |then: Option<Duration>| then.map(|then| elapsed.saturating_sub(then).as_secs());
        let reached = self.seen_time.max(self.applied_time);
        let mut health = Health {
            healthy: false,
            reason: None,
            tip_slot: self.tip,
            seen_slot: self.seen,
            slots_behind: self.tip.zip(self.seen).map(|(tip, seen)| tip.saturating_sub(seen)),
            seconds_behind: reached.map(|reached| u64::try_from(now - reached).unwrap_or(0)),
            seconds_since_round: since(self.round),
            seconds_since_tip: since(self.rose),
            stopped_threads,
        };
        health.reason = complaint(&health, self.age);
        health.healthy = health.reason.is_none();
        health
    }
}

/// What is wrong: of several things the one behind the others.
fn complaint(health: &Health, age: u64) -> Option<String> {
    let most = MAX_SINCE_ROUND.as_secs();
    let (Some(round), Some(tip)) = (health.seconds_since_round, health.seconds_since_tip) else {
        return Some("the chain has not answered yet".into());
    };
    match health.slots_behind {
        _ if round >= most => Some(format!("no round has gone well for {round} s")),
        _ if tip >= most => Some(format!("the node stands still: its newest slot is the same for {tip} s")),
        _ if age > MAX_BLOCK_AGE => Some(format!("the node is behind: its newest block is {age} s old")),
        None => Some("the program's history is not in yet".into()),
        Some(behind) if behind > MAX_SLOTS_BEHIND => Some(format!("{behind} slots behind the chain")),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// So many seconds after [`NOW`], which is at second 10.
    fn moment(seconds: u64) -> Moment {
        Moment { elapsed: at(seconds), unix: NOW + i64::try_from(seconds).unwrap() - 10 }
    }

    /// An indexer that saw everything through slot 1,000 when that was the tip, at second 10.
    fn caught_up() -> Reached {
        let mut progress = Reached::default();
        progress.tip(1_000, moment(10));
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
            progress.tip(1_000 + second, moment(second));
            progress.seen(1_000 + second);
            progress.round(at(second));
            let health = health(&progress, second + 59);
            assert!(health.healthy && health.seconds_behind == Some(59), "at {second}: {health:?}");
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
    fn a_node_that_answers_but_stands_still_is_found_out_and_the_lag_grows() {
        let mut progress = caught_up();
        for second in (10..7_200).step_by(10) {
            assert!(!progress.tip(1_000, moment(second)), "the time of an old block says nothing");
            progress.seen(1_000);
            progress.round(at(second));
            let health = health(&progress, second);
            assert_eq!(health.healthy, second < 70, "{health:?}");
            assert_eq!(health.seconds_behind, Some(second - 10));
        }
        let reason = health(&progress, 7_200).reason.unwrap();
        assert!(reason.starts_with("the node stands still"), "{reason}");
    }

    #[test]
    fn a_node_that_moves_but_is_hours_behind_is_found_out_by_the_time_of_its_blocks() {
        let mut progress = Reached::default();
        for second in 10..60 {
            let now = moment(second);
            if progress.tip(1_000 + second, now) {
                progress.tip_time(now.unix - 7_200, now);
            }
            progress.seen(1_000 + second);
            progress.round(at(second));
        }
        let health = health(&progress, 60);
        assert_eq!((health.healthy, health.seconds_behind), (false, Some(7_201)), "{health:?}");
        assert_eq!(health.reason.as_deref(), Some("the node is behind: its newest block is 7200 s old"));
    }

    #[test]
    fn the_time_of_a_block_is_asked_for_now_and_then_only() {
        let mut progress = Reached::default();
        let asked = (0..100).filter(|second| progress.tip(1_000 + second, moment(*second + 10)));
        assert_eq!(asked.collect::<Vec<_>>(), (0..100).step_by(10).collect::<Vec<_>>());
    }

    #[test]
    fn arriving_events_do_not_make_up_for_slots() {
        let mut progress = caught_up();
        progress.tip(1_150, moment(10));
        assert!(health(&progress, 11).healthy, "150 slots are allowed");
        progress.tip(1_151, moment(10));
        progress.applied(Some(NOW));
        assert_eq!(health(&progress, 11).reason.as_deref(), Some("151 slots behind the chain"));
    }

    #[test]
    fn during_the_first_backfill_the_age_is_that_of_the_newest_block_in() {
        let mut progress = Reached::default();
        progress.tip(1_000, moment(10));
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
        progress.tip(2_000, moment(10));
        progress.tip(1_010, moment(10));
        assert_eq!(health(&progress, 11).slots_behind, Some(1_000));
    }
}
