//! What comparing the authorities with each other brings to light.

use crate::boundaries::{Boundary, Difference};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::atomic::AtomicU64;

/// See the module.
pub(crate) struct BoundaryNumbers {
    found: Family<Between, Counter>,
    resolved: Family<Between, Counter>,
    failed: Family<Between, Counter>,
    conflict_rate: Family<Between, Gauge<f64, AtomicU64>>,
    recovery_success: Gauge<f64, AtomicU64>,
    rounds: Family<Between, Counter>,
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
            conflict_rate: Family::default(),
            recovery_success: Gauge::default(),
            rounds: Family::default(),
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
        let help = "Differences per thing compared in the last whole round";
        registry.register("conflict_rate", help, self.conflict_rate.clone());
        let help = "Share of the differences found since the start that were resolved; 1 without any";
        registry.register("recovery_success", help, self.recovery_success.clone());
    }

    /// A difference was found, and perhaps resolved.
    pub(crate) fn difference(&self, difference: &Difference) {
        let between = Between::from(difference.boundary);
        self.found.get_or_create(&between).inc();
        if difference.resolved {
            self.resolved.get_or_create(&between).inc();
        }
        self.recovery_success.set(self.share());
    }

    /// A round ended that compared so many things and found so many differences.
    pub(crate) fn round(&self, boundary: Boundary, compared: u64, found: u64) {
        let between = boundary.into();
        self.rounds.get_or_create(&between).inc();
        self.conflict_rate.get_or_create(&between).set(ratio(found, compared));
    }

    /// Comparing failed, and is tried again later.
    pub(crate) fn failed(&self, boundary: Boundary) {
        self.failed.get_or_create(&boundary.into()).inc();
    }

    fn share(&self) -> f64 {
        let all = |counters: &Family<Between, Counter>| {
            Boundary::ALL
                .iter()
                .map(|boundary| counters.get_or_create(&(*boundary).into()).get())
                .sum::<u64>()
        };
        ratio(all(&self.resolved), all(&self.found))
    }
}

/// Counts are far below what a float holds exactly.
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
