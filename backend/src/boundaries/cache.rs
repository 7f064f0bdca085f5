//! The store against what is cached of it, in this process and in Redis.
//!
//! Events drop what they touch, so that nothing should ever be found here. What is found is a fault of ours, and dropped:
//! the store has the last word.

use super::{Boundary, Check, CheckError, Difference, Kind, Page};
use crate::app::App;
use crate::cache::{Key, Loaded, PageKey, Tiered, Value};
use crate::reads::{ReadError, load};
use async_trait::async_trait;
use chorale_domain::id::{ThreadId, Wallet};
use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;
use std::vec::IntoIter;

/// How long this process may take to follow what is in the store, before what differs is a difference.
const SETTLING: Duration = Duration::from_secs(2);
/// Values that are compared at a time.
const PAGE: usize = 50;
/// Values of each kind that are compared in a round: those that happen to come first.
const SAMPLE: usize = 1_000;

/// Compares threads, pages of messages and wallets' threads that are cached here with what the store says.
pub(crate) struct CacheCheck {
    app: App,
    left: Option<Left>,
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
    pub(crate) fn new(app: App) -> Self {
        Self { app, left: None }
    }

    fn sample(&self) -> Left {
        let caches = &self.app.caches;
        let mut keys: Vec<_> = caches.threads.keys(SAMPLE).map(Cached::Thread).collect();
        keys.extend(caches.messages.keys(SAMPLE).map(Cached::Messages));
        keys.extend(caches.wallets.keys(SAMPLE).map(Cached::Wallet));
        keys.into_iter()
    }

    async fn compare(&self, cached: Cached) -> Result<Option<Difference>, CheckError> {
        let (store, caches) = (&self.app.store, &self.app.caches);
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
        let (last, _) = self.app.store.last_event().await?;
        let reached = self.app.caches.followed.reach(last, SETTLING).await;
        let is_wrong =
            held.iter().any(|entry| cache.holds(&key, entry) && Some(&entry.value) != truth.as_ref());
        if !reached || !is_wrong {
            return Ok(None);
        }
        cache.forget(&key).await;
        Ok(Some(difference(cache.name_of(&key))))
    }
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
        let mut left = self.left.take().unwrap_or_else(|| self.sample());
        let mut page = Page::default();
        for cached in left.by_ref().take(PAGE) {
            page.compared += 1;
            page.differences.extend(self.compare(cached).await?);
        }
        page.is_last = left.len() == 0;
        self.left = Some(left).filter(|_| !page.is_last);
        Ok(page)
    }
}
