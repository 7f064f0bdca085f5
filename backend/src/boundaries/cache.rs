//! The store against what is cached of it, in this process and in Redis.
//!
//! Events drop what they touch, so that nothing should ever be found here. What is found is a fault of ours, and dropped:
//! the store has the last word.

use super::{Boundary, Check, CheckError, Difference, Kind, Page};
use crate::cache::{Caches, Key, Loaded, PageKey, Tiered, Value};
use crate::reads::{ReadError, load};
use async_trait::async_trait;
use chorale_domain::id::{ThreadId, Wallet};
use chorale_store::Store;
use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use std::vec::IntoIter;

/// How long this process may take to follow what is in the store, before what differs is a difference.
const SETTLING: Duration = Duration::from_secs(2);
/// Values that are compared at a time.
const PAGE: usize = 50;
/// Values of each kind that a backend compares in a round: those that happen to come first.
const SAMPLE: usize = 1_000;

/// Compares threads, pages of messages and wallets' threads that are cached here with what the store says.
pub(crate) struct CacheCheck {
    store: Store,
    caches: Arc<Caches>,
    sample: Sample,
    left: Option<Left>,
}

/// Which of the cached values are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sample {
    /// Some of those that this process has.
    Here,
    /// All that are in Redis.
    Shared,
}

/// What is still to be compared in this round.
type Left = IntoIter<Cached>;

/// A value that was cached when the round began.
enum Cached {
    Thread(ThreadId),
    Messages(PageKey),
    Wallet(Wallet),
}

impl CacheCheck {
    /// Begins with what is cached by then.
    pub(crate) fn new(store: Store, caches: Arc<Caches>, sample: Sample) -> Self {
        Self { store, caches, sample, left: None }
    }

    async fn sample(&self) -> Result<Left, CheckError> {
        let Caches { threads, messages, wallets, .. } = &*self.caches;
        let mut keys: Vec<_> = self.keys(threads).await?.into_iter().map(Cached::Thread).collect();
        keys.extend(self.keys(messages).await?.into_iter().map(Cached::Messages));
        keys.extend(self.keys(wallets).await?.into_iter().map(Cached::Wallet));
        Ok(keys.into_iter())
    }

    async fn keys<K: Key, V: Value>(&self, cache: &Tiered<K, V>) -> Result<Vec<K>, CheckError> {
        match self.sample {
            Sample::Here => Ok(cache.keys(SAMPLE).collect()),
            Sample::Shared => cache.shared_keys().await.ok_or_else(redis_is_away),
        }
    }

    async fn compare(&self, cached: Cached) -> Result<Option<Difference>, CheckError> {
        let (store, caches) = (&self.store, &self.caches);
        match cached {
            Cached::Thread(id) => self.one(&caches.threads, id, || load::ownership(store, id)).await,
            Cached::Messages(key) => self.one(&caches.messages, key, || load::page(store, key)).await,
            Cached::Wallet(wallet) => {
                self.one(&caches.wallets, wallet, || load::memberships(store, wallet)).await
            }
        }
    }

    async fn one<K, V, L>(
        &self,
        cache: &Tiered<K, V>,
        key: K,
        load: impl Fn() -> L,
    ) -> Result<Option<Difference>, CheckError>
    where
        K: Key + Debug,
        V: Value + PartialEq,
        L: Future<Output = Result<Option<Loaded<V>>, ReadError>>,
    {
        let held = cache.held(&key).await;
        if held.is_empty() {
            return Ok(None);
        }
        let truth =
            load().await.map_err(|error| CheckError::Other(error.to_string()))?.map(|loaded| loaded.value);
        if held.iter().all(|entry| Some(&entry.value) == truth.as_ref()) {
            return Ok(None);
        }
        // The store may be ahead of what is followed here: only what still holds then is wrong.
        let (last, _) = self.store.last_event().await?;
        let reached = self.caches.followed.reach(last, SETTLING).await;
        let is_wrong =
            held.iter().any(|entry| cache.holds(&key, entry) && Some(&entry.value) != truth.as_ref());
        if !reached || !is_wrong {
            return Ok(None);
        }
        cache.forget(&key).await;
        Ok(Some(difference(cache.name_of(&key))))
    }
}

fn redis_is_away() -> CheckError {
    CheckError::Other("Redis does not answer any more: compare again once it does".into())
}

fn difference(subject: String) -> Difference {
    Difference {
        boundary: Boundary::StoreCache,
        kind: Kind::Cached,
        subject,
        expected: "what the store has".into(),
        found: "another value".into(),
        resolved: true,
    }
}

#[async_trait]
impl Check for CacheCheck {
    fn boundary(&self) -> Boundary {
        Boundary::StoreCache
    }

    async fn next(&mut self) -> Result<Page, CheckError> {
        let mut left = match self.left.take() {
            Some(left) => left,
            None => self.sample().await?,
        };
        let mut page = Page::default();
        for cached in left.by_ref().take(PAGE) {
            page.compared += 1;
            page.differences.extend(self.compare(cached).await?);
        }
        // What could not be asked for was not compared, and what could not be dropped is still there.
        if self.sample == Sample::Shared && !self.caches.is_linked() {
            return Err(redis_is_away());
        }
        page.is_last = left.len() == 0;
        self.left = Some(left).filter(|_| !page.is_last);
        Ok(page)
    }
}
