//! The backend as its owner sees it: put together from parts, run until told to stop.

use crate::app::{App, AppState};
use crate::boundaries::{self, CacheCheck, Check, ContentCheck, Sample, Verifying};
use crate::browsers::{Origins, guarded, secured};
use crate::cache::{CacheCounts, Caches};
use crate::collector;
use crate::faucet::Faucet;
use crate::front::{Front, Times};
use crate::metrics::{self, Metrics, measured};
use crate::presence::Presence;
use crate::proxies::{self, Proxies};
use crate::public_url::PublicUrl;
use crate::rate::Rates;
use crate::router::router;
use crate::shared::{Heads, Link, RedisConfig};
use crate::statuses;
use crate::trace::traced;
use crate::uploads;
use crate::ws::{Follower, Rooms};
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use chorale_content::ContentStore;
use chorale_domain::id::{Hash32, Wallet};
use chorale_store::{Sessions, Store};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinError;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How long requests and sockets may take to end once the backend is told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// How often it is forgotten who did little lately.
const FORGET: Duration = Duration::from_secs(600);

/// How often it is written down when sessions were used, and removed what has expired.
const TEND: Duration = Duration::from_secs(30);

/// Tells the time in Unix seconds.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Draws 32 bytes nobody can guess.
pub type Random = Arc<dyn Fn() -> [u8; 32] + Send + Sync>;

/// The chain this backend follows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChainConfig {
    /// RPC endpoint that prepared transactions are simulated at and signed ones are sent to.
    pub rpc_url: String,
    /// The chain's WebSocket endpoint, for clients that want its own notices.
    pub ws_url: String,
    /// How sign-in texts name the chain: `mainnet`, `devnet`, `localnet`.
    pub chain_id: String,
    /// The program's address.
    pub program: Wallet,
    /// Program that owns the mint, to tell its refusals from others'.
    pub token_program: Wallet,
}

/// What bounds clients. The default is what is documented.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Seconds a session lasts.
    pub session_ttl: i64,
    /// Seconds a sign-in may take.
    pub nonce_ttl: i64,
    /// Frames that may wait for one client of the socket before it is cut as too slow; it is, too, when they are more than
    /// 4 MiB besides the state of one room.
    pub queue_frames: usize,
    /// Rooms one client may follow at a time.
    pub rooms: usize,
    /// Events that are sent ahead of their acknowledgement to a client of the socket that promised those.
    pub unacked: usize,
    /// How often clients may do what costs others something; `None` for as often as they like.
    pub rates: Option<Rates>,
    /// Requests that may be under way at a time; one beyond is turned away.
    pub requests: usize,
    /// Searches of them, which cost more than any other read.
    pub searches: usize,
    /// Clients of the socket that may be there at a time.
    pub sockets: usize,
    /// Bytes that what was read lately may take in this process; 0 for none.
    pub cache_bytes: u64,
    /// How often a client of the socket is pinged. Whoever is not signed in by the first ping is cut.
    pub ping_every: Duration,
    /// How long a client may take to answer a ping.
    pub pong_within: Duration,
    /// How long a client may take for its TLS handshake, and to send the head of a request.
    pub head_within: Duration,
    /// How long what was sent to a client may wait to be read before its connection is ended; on Linux.
    pub unread_within: Duration,
    /// How long a request may take, its arrival included; longer than the RPC endpoint is waited for.
    pub request_within: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            session_ttl: 24 * 60 * 60,
            nonce_ttl: 5 * 60,
            queue_frames: 256,
            rooms: 256,
            unacked: 64,
            rates: Some(Rates::default()),
            requests: 1024,
            searches: 64,
            sockets: 50_000,
            cache_bytes: 128 * 1024 * 1024,
            ping_every: Duration::from_secs(30),
            pong_within: Duration::from_secs(10),
            head_within: Duration::from_secs(30),
            unread_within: Duration::from_secs(60),
            request_within: Duration::from_secs(25),
        }
    }
}

/// What a backend is made of.
pub struct Parts {
    /// What the chain confirmed.
    pub store: Store,
    /// Who is signed in. Several backends may share it.
    pub sessions: Sessions,
    /// The bodies.
    pub content: ContentStore,
    /// The chain.
    pub chain: ChainConfig,
    /// What this backend shares with others of the same store; `None` where it is alone.
    pub redis: Option<RedisConfig>,
    /// Gives tokens to whoever asks; for development only.
    pub faucet: Option<Arc<dyn Faucet>>,
    /// The time.
    pub clock: Clock,
    /// The source of nonces and tokens.
    pub random: Random,
    /// Where clients reach the backend: sign-in texts are bound to it.
    pub url: PublicUrl,
    /// Which pages' scripts may call.
    pub origins: Origins,
    /// What bounds clients.
    pub limits: Limits,
}

/// Why a backend stopped before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// What follows the store for the sockets met a fault of its own.
    #[error("the backend can no longer follow the store, which is a fault of its own: {0}")]
    Follower(#[from] JoinError),
}

/// The service, not running yet.
pub struct Backend {
    app: App,
    follower: Follower,
    heads: Option<Arc<Heads>>,
    proxies: Proxies,
    verifying: Option<Verifying>,
    keeps_statuses: bool,
    public_metrics: bool,
}

impl Backend {
    /// Puts the parts together. Nothing is opened or asked yet.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let presence = Arc::new(Presence::new("the store", parts.clock.clone()));
        let metrics = Arc::new(Metrics::new());
        let link = |redis| Arc::new(Link::new(redis, parts.chain.program, parts.clock.clone()));
        let link = parts.redis.as_ref().map(link);
        let caches = Arc::new(Caches::new(link.clone(), parts.clock.clone(), parts.limits.cache_bytes));
        let followed = caches.followed.clone();
        let name = || Hash32((parts.random)()).to_string();
        let heads = link.as_ref().map(|link| Arc::new(Heads::new(link.clone(), name())));
        let (rooms, follower) =
            Rooms::new(parts.store.clone(), followed, presence.clone(), metrics.clone(), heads.clone());
        let app = AppState::new(parts, rooms, (caches, link), presence, metrics);
        let (proxies, verifying) = (Proxies::default(), None);
        Self { app, follower, heads, proxies, verifying, keeps_statuses: false, public_metrics: false }
    }

    /// Believes these proxies about whom they speak for.
    #[must_use]
    pub fn behind(self, proxies: Proxies) -> Self {
        Self { proxies, ..self }
    }

    /// Compares the store with the bodies and with what is cached of it, and whatever else is to be compared, at the start
    /// and then so often.
    #[must_use]
    pub fn verifying(self, every: Duration, others: impl IntoIterator<Item = Box<dyn Check>>) -> Self {
        let AppState { store, content, clock, caches, .. } = &*self.app;
        let bodies = ContentCheck::new(store.clone(), content, clock.clone());
        let caches = CacheCheck::new(store.clone(), caches.clone(), Sample::Here);
        let mut checks: Vec<Box<dyn Check>> = vec![Box::new(bodies), Box::new(caches)];
        checks.extend(others);
        Self { verifying: Some(Verifying { every, checks }), ..self }
    }

    /// Copies the chain's decisions to the bodies, which an indexer does where it can open them.
    #[must_use]
    pub fn keeping_statuses(self) -> Self {
        Self { keeps_statuses: true, ..self }
    }

    /// Serves the metrics among the public routes: for development, where nobody else is there.
    #[must_use]
    pub fn with_public_metrics(self) -> Self {
        Self { public_metrics: true, ..self }
    }

    /// Tells, also while the backend runs, what became of the questions to each of its caches, by name.
    pub fn cache_counter(&self) -> impl Fn() -> [(&'static str, CacheCounts); 5] + use<> {
        let app = self.app.clone();
        move || app.caches.counts()
    }

    /// Every route. Reads, uploads and sign-in work as they are; sockets get their events from [`run`](Self::run).
    pub fn router(&self) -> Router {
        let mut routes = router(self.app.clone());
        if self.public_metrics {
            routes = routes.merge(metrics::route(self.app.clone()));
        }
        let counted = routes.layer(from_fn(traced)).layer(from_fn_with_state(self.app.clone(), measured));
        proxies::behind(guarded(counted, &self.app.origins), &self.proxies)
    }

    /// What machines ask that watch the backend: its metrics and its health. Not for everyone, and so for an address
    /// of its own.
    pub fn monitor(&self) -> Router {
        metrics::routes(self.app.clone())
    }

    /// Serves until `shutdown` is cancelled, then takes nothing new, says goodbye to every socket and gives what is under way
    /// ten seconds to end. Where a Redis is configured it is looked for first, for a second or two.
    ///
    /// # Errors
    /// [`BackendError`] if it stopped for any other reason.
    pub async fn run(self, front: impl Into<Front>, shutdown: CancellationToken) -> Result<(), BackendError> {
        let (app, front) = (self.app.clone(), front.into());
        let router = if front.is_secured() { secured(self.router()) } else { self.router() };
        // Whatever way this future ends, nothing it started goes on without it.
        let _closed = app.closing.clone().drop_guard();
        let follower = app.tasks.spawn(follow(self.follower, app.closing.clone()));
        start_others(&app, self.verifying, self.keeps_statuses);
        if let Some(heads) = self.heads {
            app.tasks.spawn(share_heads(app.clone(), heads));
        }
        app.tasks.spawn(close(app.closing.clone(), shutdown));
        look_for_redis(&app).await;
        let times = Times { head: app.limits.head_within, unread: app.limits.unread_within, drain: DRAIN };
        front.serve(router, app.closing.clone(), times).await;
        app.tasks.close();
        if timeout(DRAIN, app.tasks.wait()).await.is_err() {
            tracing::warn!("some sockets did not end within {DRAIN:?} and are cut off");
        }
        Ok(follower.await?)
    }
}

/// What runs beside the requests and the sockets.
fn start_others(app: &App, verifying: Option<Verifying>, keeps_statuses: bool) {
    app.tasks.spawn(watch_chain(app.clone()));
    app.tasks.spawn(collector::run(app.clone()));
    app.tasks.spawn(forget_counts(app.clone()));
    app.tasks.spawn(tend_sessions(app.clone()));
    app.tasks.spawn(keep_link(app.clone()));
    app.tasks.spawn(watch_store(app.clone()));
    app.tasks.spawn(listen_to_store(app.clone()));
    app.tasks.spawn(watch_content(app.clone()));
    app.tasks.spawn(uploads::deliver(app.clone()));
    if let Some(verifying) = verifying {
        app.tasks.spawn(boundaries::run(app.clone(), verifying));
    }
    if keeps_statuses {
        app.tasks.spawn(statuses::run(app.clone()));
    }
}

async fn close(closing: CancellationToken, shutdown: CancellationToken) {
    closing.run_until_cancelled(shutdown.cancelled()).await;
    closing.cancel();
}

/// Sockets without their follower would wait for ever: when it ends, however it ends, everything does.
async fn follow(follower: Follower, closing: CancellationToken) {
    let _closed = closing.clone().drop_guard();
    follower.run(closing).await;
}

/// Whoever follows the store need not wait until it looks again.
async fn listen_to_store(app: App) {
    app.closing.run_until_cancelled(app.store.listen()).await;
}

async fn forget_counts(app: App) {
    while app.closing.run_until_cancelled(sleep(FORGET)).await.is_some() {
        app.rates.forget();
    }
}

/// Where the database is away there is a next time: nothing depends on it but space, and what people are shown.
async fn tend_sessions(app: App) {
    while app.closing.run_until_cancelled(sleep(TEND)).await.is_some() {
        if let Err(cause) = app.auth.tend().await {
            tracing::warn!(%cause, "expired sessions stay a little longer");
        }
    }
}

/// Nobody is answered before: until then this backend would count, and keep what it read, for itself alone, and would not
/// say so.
async fn look_for_redis(app: &App) {
    if let Some(link) = &app.link {
        app.closing.run_until_cancelled(link.looked()).await;
    }
}

async fn keep_link(app: App) {
    if let Some(link) = &app.link {
        link.keep(&app.caches.generation, &app.closing).await;
    }
}

async fn share_heads(app: App, heads: Arc<Heads>) {
    heads.run(&app.closing).await;
}

async fn watch_store(app: App) {
    app.watch_store().await;
}

async fn watch_content(app: App) {
    app.watch_content().await;
}

async fn watch_chain(app: App) {
    app.chain.watch(&app.closing).await;
}
