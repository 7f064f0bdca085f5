//! The parts the backend depends on: whether they answer, how soon, and how old what they say is.

use super::seconds;
use crate::presence::Presence;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// See the module.
pub(crate) struct PartNumbers {
    state_sync_delay: Gauge,
    unfinalized: Gauge,
    away: Family<Part, Gauge>,
    failures: Family<Part, Counter>,
    chain: Family<Call, Histogram, fn() -> Histogram>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Part {
    part: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Call {
    call: &'static str,
}

impl PartNumbers {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let numbers = Self {
            state_sync_delay: Gauge::default(),
            unfinalized: Gauge::default(),
            away: Family::default(),
            failures: Family::default(),
            chain: Family::new_with_constructor(seconds),
        };
        numbers.register(registry);
        numbers
    }

    fn register(&self, registry: &mut Registry) {
        let help =
            "Since when the store may lack something that is on chain; -1 until it once had everything";
        registry.register_with_unit("state_sync_delay", help, Unit::Seconds, self.state_sync_delay.clone());
        let help = "Transactions in the store that a fork may still drop";
        registry.register("unfinalized_transactions", help, self.unfinalized.clone());
        registry.register("part_away", "1 while the part does not answer", self.away.clone());
        registry.register("part_failures", "Calls that the part did not answer", self.failures.clone());
        let help = "What calls of the RPC endpoint take, failed ones too";
        registry.register_with_unit("chain_call", help, Unit::Seconds, self.chain.clone());
    }

    /// A call of the RPC endpoint took so long.
    pub(crate) fn chain_call(&self, call: &'static str, took: Duration) {
        self.chain.get_or_create(&Call { call }).observe(took.as_secs_f64());
    }

    /// How long the store may have been behind the chain, in seconds, and how much of it is not final.
    pub(super) fn store(&self, delay: Option<i64>, unfinalized: u64) {
        self.state_sync_delay.set(delay.unwrap_or(-1));
        self.unfinalized.set(i64::try_from(unfinalized).unwrap_or(i64::MAX));
    }

    /// What is known of a part.
    pub(super) fn part(&self, part: &'static str, presence: &Presence) {
        self.away.get_or_create(&Part { part }).set(presence.is_away().into());
        let failures = self.failures.get_or_create(&Part { part });
        failures.inner().store(presence.failures(), Ordering::Relaxed);
    }
}
