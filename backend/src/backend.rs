//! The backend as its owner sees it: put together from parts, run until told to stop.

use crate::app::{App, AppState};
use crate::browsers::{Origins, guarded};
use crate::cache::{CacheCounts, Caches};
use crate::collector;
use crate::faucet::Faucet;
use crate::presence::Presence;
use crate::rate::Rates;
use crate::router::router;
use crate::shared::{Link, RedisConfig};
use crate::ws::{Follower, Rooms};
use axum::Router;
use axum::serve::ListenerExt;
use chorale_content::ContentStore;
use chorale_domain::id::Wallet;
use chorale_store::Store;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinError;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How long requests and sockets may take to end once the backend is told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// How often it is forgotten who did little lately.
const FORGET: Duration = Duration::from_secs(600);

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
    /// Frames that may wait for one client of the socket before it is cut as too slow.
    pub queue_frames: usize,
    /// Rooms one client may follow at a time.
    pub rooms: usize,
    /// How often clients may do what costs others something; `None` for as often as they like.
    pub rates: Option<Rates>,
    /// Bytes that what was read lately may take in this process; 0 for none.
    pub cache_bytes: u64,
    /// How often a client of the socket is pinged. Whoever is not signed in by the first ping is cut.
    pub ping_every: Duration,
    /// How long a client may take to answer a ping.
    pub pong_within: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            session_ttl: 24 * 60 * 60,
            nonce_ttl: 5 * 60,
            queue_frames: 256,
            rooms: 256,
            rates: Some(Rates::default()),
            cache_bytes: 128 * 1024 * 1024,
            ping_every: Duration::from_secs(30),
            pong_within: Duration::from_secs(10),
        }
    }
}

/// What a backend is made of.
pub struct Parts {
    /// What the chain confirmed.
    pub store: Store,
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
    /// Host and port that clients reach the backend at: sign-in texts are bound to it.
    pub domain: String,
    /// Which pages' scripts may call.
    pub origins: Origins,
    /// What bounds clients.
    pub limits: Limits,
}

/// Why a backend stopped before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The listener failed.
    #[error("the backend can no longer accept connections: {0}")]
    Serve(#[from] io::Error),
    /// What follows the store for the sockets met a fault of its own.
    #[error("the backend can no longer follow the store, which is a fault of its own: {0}")]
    Follower(#[from] JoinError),
}

/// The service, not running yet.
pub struct Backend {
    app: App,
    follower: Follower,
}

impl Backend {
    /// Puts the parts together. Nothing is opened or asked yet.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let presence = Arc::new(Presence::new("the store", parts.clock.clone()));
        let link = |redis| Arc::new(Link::new(redis, parts.chain.program, parts.clock.clone()));
        let link = parts.redis.as_ref().map(link);
        let caches = Caches::new(link.clone(), parts.clock.clone(), parts.limits.cache_bytes);
        let (rooms, follower) = Rooms::new(parts.store.clone(), caches.followed.clone(), presence.clone());
        Self { app: AppState::new(parts, rooms, caches, link, presence), follower }
    }

    /// Tells, also while the backend runs, what became of the questions to each of its caches, by name.
    pub fn cache_counter(&self) -> impl Fn() -> [(&'static str, CacheCounts); 5] + use<> {
        let app = self.app.clone();
        move || app.caches.counts()
    }

    /// Every route. Reads, uploads and sign-in work as they are; sockets get their events from [`run`](Self::run).
    pub fn router(&self) -> Router {
        guarded(router(self.app.clone()), &self.app.origins)
    }

    /// Serves until `shutdown` is cancelled, then takes nothing new, says goodbye to every socket and gives
    /// what is under way ten seconds to end.
    ///
    /// # Errors
    /// [`BackendError`] if it stopped for any other reason.
    pub async fn run(self, listener: TcpListener, shutdown: CancellationToken) -> Result<(), BackendError> {
        let (app, router) = (self.app.clone(), self.router());
        // Whatever way this future ends, nothing it started goes on without it.
        let _closed = app.closing.clone().drop_guard();
        let follower = app.tasks.spawn(follow(self.follower, app.closing.clone()));
        app.tasks.spawn(watch_chain(app.clone()));
        app.tasks.spawn(collector::run(app.clone()));
        app.tasks.spawn(forget_counts(app.clone()));
        app.tasks.spawn(keep_link(app.clone()));
        serve(listener, router, &app, shutdown).await?;
        app.closing.cancel();
        app.tasks.close();
        if timeout(DRAIN, app.tasks.wait()).await.is_err() {
            tracing::warn!("some sockets did not end within {DRAIN:?} and are cut off");
        }
        Ok(follower.await?)
    }
}

async fn serve(
    listener: TcpListener,
    router: Router,
    app: &App,
    shutdown: CancellationToken,
) -> io::Result<()> {
    // Small frames must not wait for a full packet: the delay of an event is what clients feel.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps Nagle's algorithm");
        }
    });
    let closing = app.closing.clone();
    let stop = async move {
        closing.run_until_cancelled(shutdown.cancelled()).await;
        closing.cancel();
    };
    tokio::select! {
        served = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).with_graceful_shutdown(stop).into_future() => served,
        () = overdue(&app.closing) => Ok(()),
    }
}

async fn overdue(closing: &CancellationToken) {
    closing.cancelled().await;
    sleep(DRAIN).await;
    tracing::warn!("some requests did not end within {DRAIN:?} and are cut off");
}

/// Sockets without their follower would wait for ever: when it ends, however it ends, everything does.
async fn follow(follower: Follower, closing: CancellationToken) {
    let _closed = closing.clone().drop_guard();
    follower.run(closing).await;
}

async fn forget_counts(app: App) {
    while app.closing.run_until_cancelled(sleep(FORGET)).await.is_some() {
        app.rates.forget();
    }
}

async fn keep_link(app: App) {
    if let Some(link) = &app.link {
        link.keep(&app.caches.generation, &app.closing).await;
    }
}

async fn watch_chain(app: App) {
    app.chain.watch(&app.closing).await;
}
