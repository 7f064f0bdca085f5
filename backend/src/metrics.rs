//! What is counted and measured, for Prometheus; `docs/metrics.md` says what each number is for.
//!
//! Every label takes one of a few values that are known beforehand: nothing that a client sends becomes one.

mod boundaries;
mod caches;
mod http;
mod parts;
mod queues;
mod scrape;
mod sockets;

pub(crate) use http::measured;
pub(crate) use scrape::{route, routes};
pub(crate) use sockets::Connected;

use boundaries::BoundaryNumbers;
use caches::CacheNumbers;
use http::HttpNumbers;
use parts::PartNumbers;
use prometheus_client::encoding::text;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use queues::QueueNumbers;
use sockets::SocketNumbers;

/// Upper ends of what requests and calls take, in seconds: fine around the 100 ms that are alerted on.
const SECONDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 25.0];

/// The backend's numbers. Counters begin at zero with the process; gauges are as of the last time they were asked for.
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) http: HttpNumbers,
    pub(crate) sockets: SocketNumbers,
    pub(crate) parts: PartNumbers,
    pub(crate) boundaries: BoundaryNumbers,
    pub(crate) caches: CacheNumbers,
    pub(crate) queues: QueueNumbers,
}

impl Metrics {
    /// Everything at zero.
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("chorale_backend");
        let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The software that runs", version);
        let (http, sockets) = (HttpNumbers::new(&mut registry), SocketNumbers::new(&mut registry));
        let (parts, boundaries) = (PartNumbers::new(&mut registry), BoundaryNumbers::new(&mut registry));
        let (caches, queues) = (CacheNumbers::new(&mut registry), QueueNumbers::new(&mut registry));
        Self { registry, http, sockets, parts, boundaries, caches, queues }
    }

    /// Everything, in OpenMetrics' text format.
    pub(crate) fn render(&self) -> String {
        let mut rendered = String::new();
        text::encode(&mut rendered, &self.registry).expect("a String takes everything");
        rendered
    }
}

/// How long something takes, which is counted in milliseconds and bounded by a request's own time.
fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}
