//! Caches: how often they were of use.

use crate::cache::CacheCounts;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use std::sync::atomic::Ordering;

/// See the module.
pub(crate) struct CacheNumbers {
    hits: Family<Hit, Counter>,
    misses: Family<Cache, Counter>,
    invalidations: Family<Cache, Counter>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Hit {
    cache: &'static str,
    level: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Cache {
    cache: &'static str,
}

/// The cache of what each room's state is, serialized.
const SNAPSHOTS: &str = "snapshots";
const PROCESS: &str = "process";
const REDIS: &str = "redis";

impl CacheNumbers {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let numbers =
            Self { hits: Family::default(), misses: Family::default(), invalidations: Family::default() };
        registry.register("cache_hits", "Questions that a cache answered", numbers.hits.clone());
        registry.register("cache_misses", "Questions that a cache did not answer", numbers.misses.clone());
        let help = "Values that were of no use any more when they were asked for";
        registry.register("cache_invalidations", help, numbers.invalidations.clone());
        // An alert looks at these: nothing must not look like missing.
        numbers.hits.get_or_create(&Hit { cache: SNAPSHOTS, level: PROCESS }).inc_by(0);
        numbers.misses.get_or_create(&Cache { cache: SNAPSHOTS }).inc_by(0);
        numbers
    }

    /// Whether a room's state was at hand for who came.
    pub(crate) fn snapshot(&self, at_hand: bool) {
        if at_hand {
            self.hits.get_or_create(&Hit { cache: SNAPSHOTS, level: PROCESS }).inc();
        } else {
            self.misses.get_or_create(&Cache { cache: SNAPSHOTS }).inc();
        }
    }

    /// What became of the questions to a cache since the process began.
    pub(super) fn counted(&self, (cache, counts): (&'static str, CacheCounts)) {
        let CacheCounts { local, shared, missed, invalidated } = counts;
        let set = |counter: &Counter, count| counter.inner().store(count, Ordering::Relaxed);
        set(&self.hits.get_or_create(&Hit { cache, level: PROCESS }), local);
        set(&self.hits.get_or_create(&Hit { cache, level: REDIS }), shared);
        set(&self.misses.get_or_create(&Cache { cache }), missed);
        set(&self.invalidations.get_or_create(&Cache { cache }), invalidated);
    }
}
