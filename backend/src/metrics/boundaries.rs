//! What comparing the authorities with each other brings to light.
//!
//! Counters are of every difference each time it is found; gauges are of each boundary's last whole round, so that they
//! say how things are now, and what was mended is gone from them. Bodies that are missing are kept apart: anyone can
//! put a hash on chain without giving its body, which is no conflict and not ours to resolve.

use crate::boundaries::{Boundary, Difference, Kind};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// See the module.
pub(crate) struct BoundaryNumbers {
    found: Family<Between, Counter>,
    resolved: Family<Between, Counter>,
    failed: Family<Between, Counter>,
    open: Family<Between, Gauge>,
    bodies_missing: Gauge,
    conflict_rate: Family<Between, Gauge<f64, AtomicU64>>,
    recovery_success: Gauge<f64, AtomicU64>,
    rounds: Family<Between, Counter>,
    /// By the places of the boundaries in [`Boundary::ALL`].
    tallies: Mutex<[Tallies; Boundary::ALL.len()]>,
}

/// What was found between two.
#[derive(Default)]
struct Tallies {
    /// Since their last whole round. A round that failed is gone on with, so that it counts towards the next one.
    now: Tally,
    /// In their last whole round.
    last: Tally,
}

#[derive(Clone, Copy, Default)]
struct Tally {
    conflicts: u64,
    resolved: u64,
    bodies_missing: u64,
}

impl Tally {
    fn count(&mut self, difference: &Difference) {
        if difference.kind == Kind::BodyMissing {
            self.bodies_missing += 1;
            return;
        }
        self.conflicts += 1;
        self.resolved += u64::from(difference.resolved);
    }

    fn and(self, other: Self) -> Self {
        Self {
            conflicts: self.conflicts + other.conflicts,
            resolved: self.resolved + other.resolved,
            bodies_missing: self.bodies_missing + other.bodies_missing,
        }
    }

    fn open(self) -> u64 {
        self.conflicts.saturating_sub(self.resolved)
    }

    fn share_resolved(self) -> f64 {
        if self.conflicts == 0 { 1.0 } else { ratio(self.resolved, self.conflicts) }
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Between {
    boundary: &'static str,
}

impl From<Boundary> for Between {
    fn from(boundary: Boundary) -> Self {
        Self { boundary: boundary.name() }
    }
}

impl BoundaryNumbers {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let numbers = Self {
            found: Family::default(),
            resolved: Family::default(),
            failed: Family::default(),
            open: Family::default(),
            bodies_missing: Gauge::default(),
            conflict_rate: Family::default(),
            recovery_success: Gauge::default(),
            rounds: Family::default(),
            tallies: Mutex::default(),
        };
        numbers.recovery_success.set(1.0);
        Boundary::ALL.into_iter().for_each(|boundary| numbers.begin(&boundary.into()));
        numbers.register(registry);
        numbers
    }

    /// What is never counted is there as zero, so that an alert does not mistake it for missing.
    fn begin(&self, between: &Between) {
        self.found.get_or_create(between).inc_by(0);
        self.resolved.get_or_create(between).inc_by(0);
        self.failed.get_or_create(between).inc_by(0);
        self.rounds.get_or_create(between).inc_by(0);
        self.open.get_or_create(between).set(0);
        self.conflict_rate.get_or_create(between).set(0.0);
    }

    fn register(&self, registry: &mut Registry) {
        registry.register(
            "boundary_differences",
            "Differences found between two authorities",
            self.found.clone(),
        );
        registry.register("boundary_resolved", "Differences that were resolved", self.resolved.clone());
        registry.register("boundary_rounds", "Whole rounds of comparing", self.rounds.clone());
        registry.register("boundary_failures", "Times that comparing failed", self.failed.clone());
        let help = "Conflicts that the last whole round found and did not resolve";
        registry.register("boundary_open", help, self.open.clone());
        let help = "Hashes on chain whose bodies the last whole round did not find";
        registry.register("bodies_missing", help, self.bodies_missing.clone());
        let help = "Conflicts per thing compared in the last whole round";
        registry.register("conflict_rate", help, self.conflict_rate.clone());
        let help =
            "Share of the conflicts in each boundary's last whole round that were resolved; 1 without any";
        registry.register("recovery_success", help, self.recovery_success.clone());
    }

    /// A difference was found, and perhaps resolved.
    pub(crate) fn difference(&self, difference: &Difference) {
        let between = Between::from(difference.boundary);
        self.found.get_or_create(&between).inc();
        if difference.resolved {
            self.resolved.get_or_create(&between).inc();
        }
        self.tallies()[place(difference.boundary)].now.count(difference);
    }

    /// A round ended that compared so many things. What it found was told as it was found.
    pub(crate) fn round(&self, boundary: Boundary, compared: u64) {
        let (last, all) = self.take(boundary);
        let between = boundary.into();
        self.rounds.get_or_create(&between).inc();
        self.open.get_or_create(&between).set(gauge(last.open()));
        self.conflict_rate.get_or_create(&between).set(ratio(last.conflicts, compared));
        self.bodies_missing.set(gauge(all.bodies_missing));
        self.recovery_success.set(all.share_resolved());
    }

    /// Comparing failed, and is tried again later.
    pub(crate) fn failed(&self, boundary: Boundary) {
        self.failed.get_or_create(&boundary.into()).inc();
    }

    /// Takes what was found of a boundary for its last whole round; gives that, and the last rounds of all together.
    fn take(&self, boundary: Boundary) -> (Tally, Tally) {
        let mut tallies = self.tallies();
        let ended = &mut tallies[place(boundary)];
        ended.last = std::mem::take(&mut ended.now);
        let last = ended.last;
        (last, tallies.iter().fold(Tally::default(), |all, tallies| all.and(tallies.last)))
    }

    /// A panic elsewhere leaves whole numbers.
    fn tallies(&self) -> MutexGuard<'_, [Tallies; Boundary::ALL.len()]> {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(boundary: Boundary) -> usize {
    match boundary {
        Boundary::ChainStore => 0,
        Boundary::StoreContent => 1,
        Boundary::StoreCache => 2,
    }
}

fn gauge(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Counts are far below what a float holds exactly.
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::encoding::text;

    fn numbers() -> (Registry, BoundaryNumbers) {
        let mut registry = Registry::default();
        let numbers = BoundaryNumbers::new(&mut registry);
        (registry, numbers)
    }

    fn found(boundary: Boundary, kind: Kind, resolved: bool) -> Difference {
        let (subject, expected, found) = ("a thing".into(), "one".into(), "another".into());
        Difference { boundary, kind, subject, expected, found, resolved }
    }

    fn assert_lines(registry: &Registry, lines: &[&str]) {
        let mut rendered = String::new();
        text::encode(&mut rendered, registry).unwrap();
        for line in lines {
            assert!(rendered.lines().any(|found| found == *line), "there is no {line:?} in\n{rendered}");
        }
    }

    #[test]
    fn what_was_mended_is_open_no_more() {
        let (registry, numbers) = numbers();
        let chain = Boundary::ChainStore;
        for _ in 0..2 {
            numbers.difference(&found(chain, Kind::Ownership, false));
            numbers.round(chain, 4);
            let open = [
                r#"boundary_open{boundary="chain_store"} 1"#,
                r#"conflict_rate{boundary="chain_store"} 0.25"#,
                "recovery_success 0.0",
            ];
            assert_lines(&registry, &open);
        }
        numbers.round(chain, 4);
        let mended = [
            r#"boundary_open{boundary="chain_store"} 0"#,
            r#"conflict_rate{boundary="chain_store"} 0.0"#,
            "recovery_success 1.0",
            r#"boundary_differences_total{boundary="chain_store"} 2"#,
        ];
        assert_lines(&registry, &mended);
    }

    #[test]
    fn a_body_that_nobody_gave_is_missing_and_no_conflict() {
        let (registry, numbers) = numbers();
        numbers.difference(&found(Boundary::StoreContent, Kind::BodyMissing, false));
        numbers.difference(&found(Boundary::StoreContent, Kind::Status, true));
        numbers.round(Boundary::StoreContent, 2);
        numbers.round(Boundary::StoreCache, 5);
        let lines = [
            "bodies_missing 1",
            r#"boundary_open{boundary="store_content"} 0"#,
            r#"conflict_rate{boundary="store_content"} 0.5"#,
            r#"boundary_differences_total{boundary="store_content"} 2"#,
            "recovery_success 1.0",
        ];
        assert_lines(&registry, &lines);
    }

    #[test]
    fn what_a_round_found_before_it_failed_counts_once_it_has_ended() {
        let (registry, numbers) = numbers();
        numbers.difference(&found(Boundary::StoreContent, Kind::BodyHash, false));
        numbers.failed(Boundary::StoreContent);
        assert_lines(&registry, &[r#"boundary_open{boundary="store_content"} 0"#]);
        numbers.round(Boundary::StoreContent, 1);
        assert_lines(&registry, &[r#"boundary_open{boundary="store_content"} 1"#, "recovery_success 0.0"]);
    }

    #[test]
    fn every_boundary_has_a_place_of_its_own() {
        assert_eq!(Boundary::ALL.map(place), [0, 1, 2]);
    }
}
