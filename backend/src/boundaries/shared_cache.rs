//! The store against everything that backends have put into Redis, for who is not one of them.

use super::{Boundary, CacheCheck, Check, CheckError, Page, Sample};
use crate::backend::Clock;
use crate::cache::{Caches, Followed, Generation, WINDOW};
use crate::shared::{Link, RedisConfig};
use async_trait::async_trait;
use chorale_domain::id::Wallet;
use chorale_store::{Store, StoreError};
use redis::{PushInfo, RedisResult};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Events that are read at a time.
const PAGE: usize = 1_000;
/// How often the store is asked for more, and how soon again where it does not answer.
const FOLLOW_EVERY: Duration = Duration::from_millis(100);
/// How long Redis may take to answer: nobody waits for this as for a page.
const PATIENCE: Duration = Duration::from_secs(10);

/// Compares the threads, pages of messages and wallets' threads that are in a deployment's Redis with what the store says.
/// A wrong value is dropped there. One that backends would read anew, since something happened after it, is none.
pub struct SharedCacheCheck {
    check: CacheCheck,
    /// What keeps the connection.
    _pushes: UnboundedReceiver<PushInfo>,
    _following: DropGuard,
}

impl SharedCacheCheck {
    /// Connects to the Redis of the program's backends, and follows the store from then on.
    ///
    /// # Errors
    /// [`CheckError::Other`] if Redis does not answer or takes no writes, [`CheckError::Store`] if the store does not.
    pub async fn open(
        redis: &RedisConfig,
        program: Wallet,
        store: Store,
        clock: Clock,
    ) -> Result<Self, CheckError> {
        let patient = redis.clone().waiting(PATIENCE);
        let link = Arc::new(Link::new(&patient, program, clock.clone()));
        // Nothing is kept in this process, which reads each value once.
        let caches = Arc::new(Caches::new(Some(link.clone()), clock, 0));
        let away = |error| CheckError::Other(format!("Redis at {} cannot be used: {error}", redis.public()));
        let pushes = connected(&link, &caches.generation).await.map_err(away)?;
        let (last, _) = store.last_event().await?;
        // A full window would be halved by the next event.
        let first = last.saturating_sub(i64::try_from(WINDOW / 2).unwrap_or(i64::MAX)).max(0);
        catch_up(&store, &caches.followed, first).await?;
        let closing = CancellationToken::new();
        let following = follow(store.clone(), caches.followed.clone());
        let until_closing = closing.clone();
        tokio::spawn(async move { until_closing.run_until_cancelled(following).await });
        let check = CacheCheck::new(store, caches, Sample::Shared);
        Ok(Self { check, _pushes: pushes, _following: closing.drop_guard() })
    }
}

#[async_trait]
impl Check for SharedCacheCheck {
    fn boundary(&self) -> Boundary {
        self.check.boundary()
    }

    async fn next(&mut self) -> Result<Page, CheckError> {
        self.check.next().await
    }
}

/// Connects. A Redis that is busy may take longer than connecting may: then it is tried again, for as long as there is
/// patience.
async fn connected(link: &Link, generation: &Generation) -> RedisResult<UnboundedReceiver<PushInfo>> {
    let begun = Instant::now();
    loop {
        match link.connect(generation, 1).await {
            Err(error) if error.is_timeout() && begun.elapsed() < PATIENCE => {}
            outcome => return outcome,
        }
    }
}

/// Takes in what happened after an event, as every backend did.
async fn catch_up(store: &Store, followed: &Followed, mut after: i64) -> Result<(), StoreError> {
    loop {
        let events = store.events_after(after, PAGE).await?;
        events.iter().for_each(|event| followed.note(event));
        match events.last() {
            Some(last) if events.len() == PAGE => after = last.sequence,
            _ => return Ok(()),
        }
    }
}

async fn follow(store: Store, followed: Arc<Followed>) {
    loop {
        sleep(FOLLOW_EVERY).await;
        if let Err(error) = catch_up(&store, &followed, followed.cursor()).await {
            tracing::warn!(%error, "cannot follow the store, trying again");
        }
    }
}
