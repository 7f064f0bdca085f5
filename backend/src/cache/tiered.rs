//! A cache in two levels before the truth: this process, and Redis where it is configured.

use super::counts::{CacheCounts, Counting};
use super::entry::{Entry, Loaded};
use super::followed::{Followed, Moment};
use super::scope::Scope;
use crate::backend::Clock;
use crate::shared::Link;
use moka::future::Cache;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

/// Names a cached value.
pub(crate) trait Key: Hash + Eq + Clone + Send + Sync + 'static {
    /// What the value depends on.
    fn scope(&self) -> Scope;

    /// Its name in Redis, below the cache's; `None` where the value is not to be there now.
    fn shared(&self) -> Option<String>;

    /// Which one has this name in Redis; `None` for those that need not be found there.
    fn of_shared(_name: &str) -> Option<Self> {
        None
    }
}

/// What can be cached.
pub(crate) trait Value: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// About how many bytes it takes in memory.
    fn bytes(&self) -> usize;
}

/// What one cache is like.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    /// What it is called in Redis and in metrics.
    pub(crate) name: &'static str,
    /// Seconds after which a value is read anew.
    pub(crate) ttl: i64,
    /// Its part of the memory that all caches may take in this process.
    pub(crate) percent: u64,
}

/// What every cache is made with.
#[derive(Clone)]
pub(crate) struct Ground {
    pub(crate) followed: Arc<Followed>,
    pub(crate) link: Option<Arc<Link>>,
    pub(crate) clock: Clock,
    /// Bytes that all caches may take in this process.
    pub(crate) bytes: u64,
}

/// How often a value that came too late to be an answer is asked for again.
const ATTEMPTS: usize = 3;

pub(crate) struct Tiered<K, V> {
    kind: Kind,
    ground: Ground,
    local: Cache<K, Arc<Entry<V>>>,
    counting: Counting,
}

/// Why there is no value.
enum Missed<E> {
    /// The truth has none, as of then.
    Nothing(Moment),
    Failed(Arc<E>),
}

impl<K: Key, V: Value> Tiered<K, V> {
    pub(crate) fn new(kind: Kind, ground: Ground) -> Self {
        let weight = |_: &K, entry: &Arc<Entry<V>>| u32::try_from(entry.value.bytes()).unwrap_or(u32::MAX);
        let keep = Duration::from_secs(kind.ttl.unsigned_abs());
        let bytes = ground.bytes / 100 * kind.percent;
        let local = Cache::builder().weigher(weight).max_capacity(bytes).time_to_live(keep).build();
        Self { kind, ground, local, counting: Counting::default() }
    }

    /// Name and counts.
    pub(crate) fn counts(&self) -> (&'static str, CacheCounts) {
        (self.kind.name, self.counting.now())
    }

    /// Drops what this process holds.
    pub(crate) fn clear(&self) {
        self.local.invalidate_all();
    }

    /// The value, read by `load` where no level has one that holds. However many ask at once, it is read once.
    ///
    /// # Errors
    /// Those of `load`. A Redis that is away, slow or holds nonsense is none.
    pub(crate) async fn get<E, F, L>(&self, key: K, load: F) -> Result<Option<Arc<Entry<V>>>, Arc<E>>
    where
        E: Send + Sync + 'static,
        F: Fn() -> L + Sync,
        L: Future<Output = Result<Option<Loaded<V>>, E>> + Send,
    {
        let begun = self.ground.followed.moment();
        for _ in 0..ATTEMPTS {
            if let Some(entry) = self.peek(&key).await {
                self.counting.local();
                return Ok(Some(entry));
            }
            match self.local.try_get_with(key.clone(), self.fetch(&key, &load)).await {
                Ok(entry) if entry.begun >= begun || self.holds(&key, &entry) => return Ok(Some(entry)),
                Err(missed) => match &*missed {
                    Missed::Nothing(as_of) if *as_of >= begun => return Ok(None),
                    Missed::Failed(error) => return Err(error.clone()),
                    Missed::Nothing(_) => {}
                },
                // Someone had begun to read it before what this reader may know of already.
                Ok(_) => {}
            }
        }
        self.counting.missed();
        let loaded = load().await.map_err(Arc::new)?;
        Ok(loaded.map(|loaded| Arc::new(self.entry(loaded, begun))))
    }

    /// What this process has, if it holds.
    pub(crate) async fn peek(&self, key: &K) -> Option<Arc<Entry<V>>> {
        let entry = self.local.get(key).await?;
        if self.holds(key, &entry) {
            return Some(entry);
        }
        self.counting.invalidated();
        self.local.invalidate(key).await;
        None
    }

    /// Keeps what was read elsewhere, in this process only; `begun` is when that began.
    pub(crate) async fn keep(&self, key: K, loaded: Loaded<V>, begun: Moment) {
        let entry = Arc::new(self.entry(loaded, begun));
        self.local.insert(key, entry).await;
    }

    /// Some of what this process has.
    pub(crate) fn keys(&self, most: usize) -> impl Iterator<Item = K> {
        self.local.iter().take(most).map(|(key, _)| (*key).clone())
    }

    /// Every one that is in Redis. `None` where that is away.
    pub(crate) async fn shared_keys(&self) -> Option<Vec<K>> {
        let names = self.ground.link.as_ref()?.names(&format!("{}:", self.kind.name)).await?;
        Some(names.iter().filter_map(|name| K::of_shared(name)).collect())
    }

    /// What holds of a value at each level.
    pub(crate) async fn held(&self, key: &K) -> Vec<Arc<Entry<V>>> {
        let mut held: Vec<_> =
            self.local.get(key).await.filter(|entry| self.holds(key, entry)).into_iter().collect();
        held.extend(self.fetch_shared(key).await.map(Arc::new));
        held
    }

    /// Drops a value at every level.
    pub(crate) async fn forget(&self, key: &K) {
        self.local.invalidate(key).await;
        if let (Some(link), Some(name)) = (&self.ground.link, self.name(key)) {
            link.uncache(&name).await;
        }
    }

    /// What a value is called in reports.
    pub(crate) fn name_of(&self, key: &K) -> String
    where
        K: Debug,
    {
        format!("{} {key:?}", self.kind.name)
    }

    /// Counts what was found by [`peek`](Self::peek), and what was read instead.
    pub(crate) fn count(&self, found: usize, missed: usize) {
        (0..found).for_each(|_| self.counting.local());
        (0..missed).for_each(|_| self.counting.missed());
    }

    async fn fetch<E, F, L>(&self, key: &K, load: &F) -> Result<Arc<Entry<V>>, Missed<E>>
    where
        F: Fn() -> L + Sync,
        L: Future<Output = Result<Option<Loaded<V>>, E>> + Send,
    {
        let begun = self.ground.followed.moment();
        if let Some(entry) = self.fetch_shared(key).await {
            self.counting.shared();
            return Ok(Arc::new(entry));
        }
        self.counting.missed();
        let loaded = load().await.map_err(|error| Missed::Failed(Arc::new(error)))?;
        let entry = self.entry(loaded.ok_or(Missed::Nothing(begun))?, begun);
        self.share(key, &entry).await;
        Ok(Arc::new(entry))
    }

    async fn fetch_shared(&self, key: &K) -> Option<Entry<V>> {
        let (link, name) = (self.ground.link.as_ref()?, self.name(key)?);
        let bytes = link.cached(&name).await?;
        let entry: Entry<V> = serde_json::from_slice(&bytes).ok()?;
        self.holds(key, &entry).then_some(entry)
    }

    async fn share(&self, key: &K, entry: &Entry<V>) {
        let (Some(link), Some(name)) = (&self.ground.link, self.name(key)) else { return };
        // What does not hold here already would not hold elsewhere.
        if self.holds(key, entry)
            && let Ok(bytes) = serde_json::to_vec(entry)
        {
            link.cache(&name, &bytes, self.kind.ttl).await;
        }
    }

    fn name(&self, key: &K) -> Option<String> {
        Some(format!("{}:{}", self.kind.name, key.shared()?))
    }

    /// Whether what is cached is still all there is to say.
    pub(crate) fn holds(&self, key: &K, entry: &Entry<V>) -> bool {
        (self.ground.clock)() < entry.until && self.ground.followed.holds(entry.as_of, key.scope())
    }

    /// Before the follower began nothing is known that could make it hold.
    fn entry(&self, Loaded { value, as_of, seconds }: Loaded<V>, begun: Moment) -> Entry<V> {
        let as_of = as_of.or_else(|| self.ground.followed.mark_of(begun)).unwrap_or_default();
        let until = (self.ground.clock)().saturating_add(seconds.unwrap_or(self.kind.ttl));
        Entry { as_of, until, value, begun }
    }
}

#[cfg(test)]
#[path = "tiered_tests.rs"]
mod tests;
