//! What waits, and what was turned away because too much did.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// See the module.
pub(crate) struct QueueNumbers {
    length: Family<Queue, Gauge>,
    shed: Family<Of, Counter>,
    delivered: Counter,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Queue {
    queue: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Of {
    of: &'static str,
}

impl QueueNumbers {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let numbers =
            Self { length: Family::default(), shed: Family::default(), delivered: Counter::default() };
        let help = "What waits: requests under way, uploads for Qdrant, bodies for their vectors";
        registry.register("queue_length", help, numbers.length.clone());
        let help = "What was turned away because as much as may be was under way";
        registry.register("shed", help, numbers.shed.clone());
        let help = "Uploads that had waited on disk and were delivered";
        registry.register("uploads_delivered", help, numbers.delivered.clone());
        ["requests", "searches", "sockets"]
            .into_iter()
            .for_each(|of| _ = numbers.shed.get_or_create(&Of { of }).inc_by(0));
        numbers
    }

    /// So many wait.
    pub(super) fn waiting(&self, queue: &'static str, count: usize) {
        self.length.get_or_create(&Queue { queue }).set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// One was turned away.
    pub(crate) fn shed(&self, of: &'static str) {
        self.shed.get_or_create(&Of { of }).inc();
    }

    /// An upload that had waited is where it belongs.
    pub(crate) fn delivered(&self) {
        self.delivered.inc();
    }
}
