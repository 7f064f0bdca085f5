//! What every handler and socket shares.

use crate::auth::Auth;
use crate::backend::{ChainConfig, Clock, Limits, Parts};
use crate::browsers::Origins;
use crate::busy::Busy;
use crate::cache::Caches;
use crate::chain::{Chain, PreparedTransactions};
use crate::faucet::Faucet;
use crate::logs::Logs;
use crate::metrics::Metrics;
use crate::presence::Presence;
use crate::progress::Progress;
use crate::rate::RateLimits;
use crate::shared::Link;
use crate::ws::Rooms;
use chorale_content::ContentStore;
use chorale_domain::id::ThreadId;
use chorale_store::{Sessions, Store, StoreError};
use std::collections::HashSet;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long the store may take to say how far it is.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often it is asked how far the store is.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A handle to the shared state; cloning it is cheap.
pub(crate) type App = Arc<AppState>;

pub(crate) struct AppState {
    pub(crate) store: Store,
    pub(crate) content: ContentStore,
    pub(crate) chain: Chain,
    pub(crate) chain_config: ChainConfig,
    pub(crate) prepared: PreparedTransactions,
    pub(crate) logs: Logs,
    pub(crate) auth: Auth,
    pub(crate) sessions: Sessions,
    pub(crate) rooms: Rooms,
    pub(crate) faucet: Option<Arc<dyn Faucet>>,
    pub(crate) clock: Clock,
    pub(crate) rates: RateLimits,
    pub(crate) origins: Origins,
    pub(crate) limits: Limits,
    pub(crate) metrics: Arc<Metrics>,
    /// What was read lately.
    pub(crate) caches: Arc<Caches>,
    /// The Redis that this backend shares with others, where it is configured.
    pub(crate) link: Option<Arc<Link>>,
    /// Whether the store answers.
    pub(crate) store_presence: Arc<Presence>,
    /// Whether the Qdrant server answers.
    pub(crate) content_presence: Presence,
    /// What is under way.
    pub(crate) busy: Busy,
    /// The last event whose decision this backend has copied to the bodies; below zero where it leaves that to an indexer.
    pub(crate) copied: AtomicI64,
    /// Cancelled when the backend stops.
    pub(crate) closing: CancellationToken,
    /// What runs beside the requests: the follower, the watch over the chain, the sockets.
    pub(crate) tasks: TaskTracker,
    progress: Mutex<Progress>,
    /// `None` until the store has said.
    stopped: Mutex<Option<Arc<HashSet<ThreadId>>>>,
}

impl AppState {
    pub(crate) fn new(
        parts: Parts,
        rooms: Rooms,
        (caches, link): (Arc<Caches>, Option<Arc<Link>>),
        store_presence: Arc<Presence>,
        metrics: Arc<Metrics>,
    ) -> App {
        Arc::new(Self {
            auth: Auth::new(&parts),
            chain: Chain::new(&parts.chain, parts.clock.clone(), metrics.clone()),
            prepared: PreparedTransactions::new(link.clone()),
            logs: Logs::new(),
            rates: RateLimits::new(parts.limits.rates, &parts.clock, link.clone()),
            caches,
            link,
            store_presence,
            content_presence: Presence::new("the Qdrant server", parts.clock.clone()),
            copied: AtomicI64::new(-1),
            busy: Busy::new(&parts.limits, metrics.clone()),
            store: parts.store,
            sessions: parts.sessions,
            content: parts.content,
            chain_config: parts.chain,
            rooms,
            faucet: parts.faucet,
            clock: parts.clock,
            origins: parts.origins,
            limits: parts.limits,
            metrics,
            closing: CancellationToken::new(),
            tasks: TaskTracker::new(),
            progress: Mutex::default(),
            stopped: Mutex::default(),
        })
    }

    /// How far the store is; where it does not answer, how far it was when it last did.
    pub(crate) async fn progress(&self) -> Progress {
        let answer = timeout(PATIENCE, self.ask_store()).await;
        let outcome = match &answer {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("it takes longer than {} s", PATIENCE.as_secs())),
        };
        self.store_presence.note(outcome);
        // A panic elsewhere cannot leave what is known half written.
        let mut known = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(Ok((progress, stopped))) = answer {
            *known = progress;
            *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(stopped));
        }
        *known
    }

    async fn ask_store(&self) -> Result<(Progress, HashSet<ThreadId>), StoreError> {
        Ok((Progress::of(&self.store).await?, self.store.stopped_threads().await?))
    }

    /// The threads that the store could not follow any further, as it said last. Who co-authors them now it cannot tell.
    ///
    /// # Errors
    /// [`StoreError`] where it has never said, and does not now.
    pub(crate) async fn stopped(&self) -> Result<Arc<HashSet<ThreadId>>, StoreError> {
        match self.known_stopped() {
            Some(stopped) => Ok(stopped),
            None => Ok(Arc::new(self.store.stopped_threads().await?)),
        }
    }

    /// The same, as far as it was asked for.
    pub(crate) fn known_stopped(&self) -> Option<Arc<HashSet<ThreadId>>> {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// For how long the store may have lacked something that is on chain, in seconds, as far as was heard last; `None`
    /// before it once had everything.
    pub(crate) fn age(&self) -> Option<i64> {
        let seen_at = self.progress.lock().unwrap_or_else(PoisonError::into_inner).seen_at?;
        Some((self.clock)().saturating_sub(seen_at).max(0))
    }

    /// Keeps what is known of the store up to date, until the backend closes.
    pub(crate) async fn watch_store(&self) {
        loop {
            self.progress().await;
            if self.closing.run_until_cancelled(sleep(LOOK_EVERY)).await.is_none() {
                return;
            }
        }
    }
}
