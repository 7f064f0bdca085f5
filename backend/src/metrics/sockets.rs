//! Sockets: who is there, what they were sent, and how soon.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

/// Upper ends of how long an event is on its way to the clients' outboxes, in seconds.
const PROPAGATION: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// See the module.
pub(crate) struct SocketNumbers {
    connections: Gauge,
    rooms: Gauge,
    deepest: Gauge,
    frames: Counter,
    ended: Family<Reason, Counter>,
    propagation: Histogram,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

impl SocketNumbers {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let numbers = Self {
            connections: Gauge::default(),
            rooms: Gauge::default(),
            deepest: Gauge::default(),
            frames: Counter::default(),
            ended: Family::default(),
            propagation: Histogram::new(PROPAGATION),
        };
        numbers.register(registry);
        numbers
    }

    fn register(&self, registry: &mut Registry) {
        registry.register("connections", "Sockets that are open", self.connections.clone());
        registry.register("rooms", "Rooms with someone in them", self.rooms.clone());
        registry.register(
            "outbox_deepest",
            "Frames that wait for the client that has most waiting",
            self.deepest.clone(),
        );
        registry.register("frames_sent", "Frames that were sent to sockets", self.frames.clone());
        registry.register("sockets_ended", "Sockets that ended, by reason", self.ended.clone());
        let help = "From when a commit can first have been seen to the outboxes of everyone in the room";
        registry.register_with_unit("propagation_time", help, Unit::Seconds, self.propagation.clone());
        // An alert looks at this: nothing must not look like missing.
        self.ended.get_or_create(&Reason { reason: "slow" }).inc_by(0);
    }

    /// Rooms with someone in them, and how many frames wait at most for one client.
    pub(crate) fn rooms(&self, open: usize, deepest: usize) {
        self.rooms.set(i64::try_from(open).unwrap_or(i64::MAX));
        self.deepest.set(i64::try_from(deepest).unwrap_or(i64::MAX));
    }

    /// A frame left.
    pub(crate) fn frame_sent(&self) {
        self.frames.inc();
    }

    /// A socket ended for this reason.
    pub(crate) fn ended(&self, reason: &'static str) {
        self.ended.get_or_create(&Reason { reason }).inc();
    }

    /// An event that can first have been seen so long ago is in every outbox.
    pub(crate) fn published(&self, after: Duration) {
        self.propagation.observe(after.as_secs_f64());
    }
}

/// Counts a socket for as long as it is there, however it ends.
pub(crate) struct Connected(Gauge);

impl Connected {
    /// One more is there.
    pub(crate) fn new(numbers: &SocketNumbers) -> Self {
        numbers.connections.inc();
        Self(numbers.connections.clone())
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.dec();
    }
}
