//! What is counted and measured, for Prometheus and for whoever asks whether the indexer is well.

use crate::health::{Health, Moment, Reached};
use crate::rate::Rate;
use crate::time::Time;
use chorale_store::Progress;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Metric, Registry};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The indexer's numbers. Counters begin at zero with the process; gauges are as of now.
pub struct Metrics {
    registry: Registry,
    time: Arc<dyn Time>,
    reached: Mutex<Reached>,
    rate: Mutex<Rate>,
    gauges: Gauges,
    counters: Counters,
}

#[derive(Default)]
struct Gauges {
    tip: Gauge,
    seen: Gauge,
    slots_behind: Gauge,
    seconds_behind: Gauge,
    events_per_second: Gauge<f64, AtomicU64>,
    stopped: Gauge,
    contents_behind: Gauge,
    scrubbed: Family<Table, Gauge>,
}

#[derive(Default)]
struct Counters {
    events: Counter,
    retractions: Counter,
    dead_letters: Counter,
    gaps_found: Counter,
    gaps_filled: Counter,
    recoveries: Counter,
    incidents: Counter,
    repairs: Counter,
    failed: Family<Reason, Counter>,
    not_compared: Family<Reason, Counter>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Table {
    table: &'static str,
}

impl Metrics {
    /// Everything at zero. `time` is the indexer's.
    #[must_use]
    pub fn new(time: Arc<dyn Time>) -> Self {
        let (gauges, counters) = (Gauges::default(), Counters::default());
        let mut registry = Registry::with_prefix("chorale_indexer");
        gauges.register(&mut registry);
        counters.register(&mut registry);
        let (reached, rate) = (Mutex::default(), Mutex::default());
        Self { registry, time, reached, rate, gauges, counters }
    }

    /// Everything, in OpenMetrics' text format.
    #[must_use]
    pub fn render(&self) -> String {
        self.measure();
        let mut rendered = String::new();
        text::encode(&mut rendered, &self.registry).expect("a String takes everything");
        rendered
    }

    /// Whether the indexer is well at `now`, Unix seconds: judged by slots, never by the arrival of events.
    #[must_use]
    pub fn health(&self, now: i64) -> Health {
        let stopped = u64::try_from(self.gauges.stopped.get()).unwrap_or(0);
        self.reached().health(self.time.elapsed(), now, stopped)
    }

    /// Brings those gauges up to date that change by themselves.
    fn measure(&self) {
        let health = self.health(self.time.unix());
        self.gauges.tip.set(gauge(health.tip_slot.unwrap_or(0)));
        self.gauges.seen.set(gauge(health.seen_slot.unwrap_or(0)));
        self.gauges.slots_behind.set(gauge(health.slots_behind.unwrap_or(0)));
        self.gauges.seconds_behind.set(gauge(health.seconds_behind.unwrap_or(0)));
        let rate = locked(&self.rate).per_second(self.time.elapsed());
        self.gauges.events_per_second.set(rate);
    }

    /// The chain is at this slot. True if the time of its block should be asked for.
    pub(crate) fn tip(&self, slot: u64) -> bool {
        let now = self.now();
        self.reached().tip(slot, now)
    }

    /// The newest block is of this time, Unix seconds.
    pub(crate) fn tip_time(&self, block_time: i64) {
        let now = self.now();
        self.reached().tip_time(block_time, now);
    }

    /// The time of the newest block, if that says that the node is behind; Unix seconds.
    pub(crate) fn late_tip(&self) -> Option<i64> {
        self.reached().late_tip()
    }

    fn now(&self) -> Moment {
        Moment { elapsed: self.time.elapsed(), unix: self.time.unix() }
    }

    /// A round went well.
    pub(crate) fn round(&self) {
        let now = self.time.elapsed();
        self.reached().round(now);
    }

    /// A round did not go well.
    pub(crate) fn round_failed(&self, reason: &'static str) {
        self.counters.failed.get_or_create(&Reason { reason }).inc();
    }

    /// Threads could not be compared with the chain.
    pub(crate) fn not_compared(&self, reason: &'static str) {
        self.counters.not_compared.get_or_create(&Reason { reason }).inc();
    }

    /// So many events are not passed on to the contents yet.
    pub(crate) fn contents_behind(&self, events: u64) {
        self.gauges.contents_behind.set(gauge(events));
    }

    /// Nothing is missing through this slot.
    pub(crate) fn seen(&self, slot: u64) {
        self.reached().seen(slot);
    }

    /// So many events were applied, the newest from a block of this time.
    pub(crate) fn applied(&self, events: usize, dead_letters: usize, block_time: Option<i64>) {
        self.counters.events.inc_by(events as u64);
        self.counters.dead_letters.inc_by(dead_letters as u64);
        locked(&self.rate).add(self.time.elapsed(), events as u64);
        self.reached().applied(block_time);
    }

    /// So many events were taken back.
    pub(crate) fn retracted(&self, events: usize) {
        self.counters.retractions.inc_by(events as u64);
    }

    /// Transactions had passed while nobody was looking.
    pub(crate) fn gap_found(&self) {
        self.counters.gaps_found.inc();
    }

    /// What was missed is in.
    pub(crate) fn gap_filled(&self) {
        self.counters.gaps_filled.inc();
    }

    /// Something that had been away is back.
    pub(crate) fn recovered(&self) {
        self.counters.recoveries.inc();
    }

    /// So many threads are stopped in all.
    pub(crate) fn stopped_in_all(&self, threads: usize) {
        self.gauges.stopped.set(gauge(threads as u64));
    }

    /// So many things went wrong that were kept as incidents.
    pub(crate) fn incidents(&self, incidents: usize) {
        self.counters.incidents.inc_by(incidents as u64);
    }

    /// A damaged row was repaired.
    pub(crate) fn repaired(&self) {
        self.counters.repairs.inc();
    }

    /// The scrubber is this far in its round through the store.
    pub(crate) fn scrubbed(&self, position: &Progress) {
        let Progress { table, done, .. } = *position;
        self.gauges.scrubbed.get_or_create(&Table { table }).set(done);
    }

    fn reached(&self) -> MutexGuard<'_, Reached> {
        locked(&self.reached)
    }
}

impl Gauges {
    fn register(&self, registry: &mut Registry) {
        let mut add = |name: &str, help: &str, gauge: &Gauge| add(registry, name, help, gauge);
        add("tip_slot", "Newest confirmed slot of the chain that was ever heard of", &self.tip);
        add("seen_slot", "Slot through which no transaction is missing", &self.seen);
        add("slots_behind", "Slots from seen_slot to tip_slot", &self.slots_behind);
        add(
            "seconds_behind",
            "Age of the newest block through which nothing is missing",
            &self.seconds_behind,
        );
        add("stopped_threads", "Threads whose derived state is not what the chain says", &self.stopped);
        add("contents_behind", "Events whose decisions the contents do not have yet", &self.contents_behind);
        let help = "Rows of the table the scrubber has examined in its present round";
        registry.register("scrubber_position", help, self.scrubbed.clone());
        let help = "Events applied per second over the last minute";
        registry.register("events_per_second", help, self.events_per_second.clone());
    }
}

impl Counters {
    fn register(&self, registry: &mut Registry) {
        let mut add = |name: &str, help: &str, counter: &Counter| add(registry, name, help, counter);
        add("events", "Events applied", &self.events);
        add("retractions", "Events taken back, since a fork dropped their transactions", &self.retractions);
        add("dead_letters", "Transactions with something in them that cannot be decoded", &self.dead_letters);
        add("gaps_found", "Times that transactions had passed unseen", &self.gaps_found);
        add("gaps_filled", "Times that everything that had passed unseen was in", &self.gaps_filled);
        add("recoveries", "Times that something came back that had been away", &self.recoveries);
        add("incidents", "Differences from the chain, and damaged rows", &self.incidents);
        add("repairs", "Damaged rows that were repaired", &self.repairs);
        registry.register("rounds_failed", "Rounds that did not go well, by reason", self.failed.clone());
        let help = "Times that threads could not be compared with the chain, by reason";
        registry.register("comparisons_failed", help, self.not_compared.clone());
    }
}

fn add<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: &M) {
    registry.register(name, help, metric.clone());
}

/// A number as a gauge holds it.
fn gauge(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Numbers are whole after every step: one that panicked half-way leaves them readable.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
