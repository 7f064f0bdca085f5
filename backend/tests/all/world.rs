//! A running backend with everything it needs, and a client's hands on it.

use crate::story::{THREAD, confirm, created, initialized};
use crate::wallet::Keys;
use axum::Router;
use axum::http::HeaderValue;
use chorale_backend::{
    Backend, BackendError, ChainConfig, Faucet, FaucetError, Front, Limits, Origins, Parts, RedisConfig, Tls,
};
use chorale_content::{ContentOptions, ContentStore};
use chorale_domain::id::{Amount, Wallet};
use chorale_store::{Location, Sessions, Store, Writer};
use chorale_testing::Redis;
use chorale_wire::http::{CURSOR, Challenge, Funded, IDEMPOTENCY_KEY, NonceRequest, Session, SignIn};
use chorale_wire::{Code, Problem};
use reqwest::{Client, Method, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Nobody listens there.
pub const NO_CHAIN: &str = "http://127.0.0.1:1";

/// The only origin whose pages may call.
pub const PAGE: &str = "https://chorale.example";

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// How long a Redis may take to answer where a test expects it to be there: a busy machine's takes longer than a
/// backend waits outside of tests, which then goes on without it.
pub const REDIS_PATIENCE: Duration = Duration::from_secs(10);

/// Gets nothing from any faucet.
pub const GREEDY: Wallet = Wallet([99; 32]);

struct Generous;

#[async_trait::async_trait]
impl Faucet for Generous {
    async fn fund(&self, wallet: Wallet) -> Result<Funded, FaucetError> {
        if wallet == GREEDY {
            return Err(FaucetError::Refused("you had enough".into()));
        }
        Ok(Funded { lamports: Amount(7), tokens: Amount(8) })
    }
}

pub struct World {
    /// The indexer's part.
    pub writer: Writer,
    /// What is served, for requests that need no socket.
    pub router: Router,
    /// What the backend has of it.
    pub store: Store,
    /// Who is signed in.
    pub sessions: Sessions,
    /// Where that is.
    pub location: Location,
    /// What the backend has of the bodies, and the indexer too.
    pub content: ContentStore,
    pub address: String,
    pub clock: Arc<AtomicI64>,
    pub shutdown: CancellationToken,
    pub running: JoinHandle<Result<(), BackendError>>,
    http: Client,
    folder: TempDir,
}

/// What a world is made of.
pub struct Plan {
    /// Another one than on any free port.
    pub listener: Option<TcpListener>,
    pub tls: Option<Tls>,
    pub rpc_url: String,
    pub limits: Limits,
    pub faucet: Option<Arc<dyn Faucet>>,
    /// Of the store; a new file where not said.
    pub location: Option<Location>,
    pub redis: Option<RedisConfig>,
    /// Where the bodies are; in a new folder where not said.
    pub content: Option<ContentOptions>,
    /// How often its boundaries are compared; never where not said.
    pub verify_every: Option<Duration>,
}

impl Default for Plan {
    /// A backend alone, without a chain.
    fn default() -> Self {
        Self {
            listener: None,
            tls: None,
            rpc_url: NO_CHAIN.into(),
            limits: Limits::default(),
            faucet: None,
            location: None,
            redis: None,
            content: None,
            verify_every: None,
        }
    }
}

impl World {
    /// With a configuration and a thread, [`THREAD`], of `creator`; without a chain.
    pub async fn with_thread(creator: Wallet) -> Self {
        let world = Self::start(NO_CHAIN, Limits::default()).await;
        confirm(&world.writer, [initialized(), created(THREAD, creator)]).await;
        world
    }

    /// Empty.
    pub async fn start(rpc_url: &str, limits: Limits) -> Self {
        Self::of(Plan { rpc_url: rpc_url.into(), limits, ..Plan::default() }).await
    }

    /// Empty, with its store there.
    pub async fn at(location: Location) -> Self {
        Self::of(Plan { location: Some(location), ..Plan::default() }).await
    }

    /// Empty, reached by TLS.
    pub async fn secured(tls: Tls, limits: Limits) -> Self {
        Self::of(Plan { tls: Some(tls), limits, ..Plan::default() }).await
    }

    /// One of several backends on the store there, which share this Redis and have patience with it.
    pub async fn sharing(location: Location, redis: &Redis, rpc_url: &str) -> Self {
        let redis = Some(RedisConfig::new(&redis.url()).unwrap().waiting(REDIS_PATIENCE));
        Self::of(Plan { location: Some(location), redis, rpc_url: rpc_url.into(), ..Plan::default() }).await
    }

    /// Empty, with a faucet that has something for all but [`GREEDY`].
    pub async fn with_faucet() -> Self {
        Self::of(Plan { faucet: Some(Arc::new(Generous)), ..Plan::default() }).await
    }

    /// Empty, and with little room in the kernel for what a client has not read.
    pub async fn with_small_buffers(limits: Limits) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_send_buffer_size(4096).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = Some(socket.listen(64).unwrap());
        Self::of(Plan { listener, limits, ..Plan::default() }).await
    }

    /// Empty, as planned.
    pub async fn of(plan: Plan) -> Self {
        let Plan { listener, tls, rpc_url, limits, faucet, location, redis, content, verify_every } = plan;
        let listener = match listener {
            Some(listener) => listener,
            None => TcpListener::bind("127.0.0.1:0").await.unwrap(),
        };
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicI64::new(1_000_000));
        let now = clock.clone();
        let now: Arc<dyn Fn() -> i64 + Send + Sync> = Arc::new(move || now.load(Ordering::Relaxed));
        let location = location.unwrap_or_else(|| folder.path().join("store.db").into());
        let writer = Writer::open(&location, now.clone()).await.unwrap();
        let store = writer.store().clone();
        let sessions = Sessions::open(&location.sessions().unwrap()).await.unwrap();
        let edge = || ContentOptions::Edge { path: folder.path().join("content") };
        let content = ContentStore::open(content.unwrap_or_else(edge)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let parts = Parts {
            store: store.clone(),
            sessions: sessions.clone(),
            content: content.clone(),
            chain: chain(&rpc_url),
            redis,
            faucet,
            clock: now,
            random: counting_random(),
            url: format!("{}://{address}", if tls.is_some() { "https" } else { "http" }).parse().unwrap(),
            origins: Origins::These(vec![HeaderValue::from_static(PAGE)]),
            limits,
        };
        let shutdown = CancellationToken::new();
        let front = match tls {
            Some(tls) => Front::secured(listener, tls),
            None => Front::from(listener),
        };
        let backend = Backend::new(parts).with_public_metrics();
        let backend = match verify_every {
            Some(every) => backend.verifying(every, []),
            None => backend,
        };
        let router = backend.router();
        let running = tokio::spawn(backend.run(front, shutdown.clone()));
        let http = Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        Self {
            router,
            writer,
            store,
            sessions,
            location,
            content,
            address,
            clock,
            shutdown,
            running,
            http,
            folder,
        }
    }

    /// Ends the backend, and whatever has its files open. Its folder stays as long as what is given back.
    pub async fn stop(self) -> TempDir {
        self.shutdown.cancel();
        self.running.await.unwrap().expect("it ends well");
        self.content.close().await.unwrap();
        self.writer.close().await;
        self.sessions.close().await;
        self.folder
    }

    /// Lets time pass.
    pub fn wait(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Every byte of the sessions' database, as text.
    pub async fn kept(&self) -> String {
        let Location::Sqlite(path) = self.location.sessions().unwrap() else { panic!("it is a file") };
        let mut kept = String::new();
        for end in ["", "-wal"] {
            let mut file = path.clone();
            file.as_mut_os_string().push(end);
            kept.push_str(&String::from_utf8_lossy(&tokio::fs::read(file).await.unwrap()));
        }
        kept
    }

    pub async fn challenge(&self, wallet: Wallet) -> Challenge {
        self.post("/v1/auth/nonce", None, &NonceRequest { wallet }).await.good().await
    }

    /// Answers a challenge: `wallet` says that it signed `message` with this.
    pub async fn answer(&self, wallet: Wallet, message: &str, signer: &Keys) -> Answer {
        let (signature, message) = (signer.sign(message.as_bytes()), message.to_owned());
        self.post("/v1/auth/session", None, &SignIn { wallet, message, signature }).await
    }

    /// A session's token.
    pub async fn sign_in(&self, keys: &Keys) -> String {
        let challenge = self.challenge(keys.wallet()).await;
        let session: Session = self.answer(keys.wallet(), &challenge.message, keys).await.good().await;
        session.token
    }

    /// A read by someone who is signed in.
    pub async fn get_as(&self, token: &str, path: &str) -> Answer {
        self.send(Method::GET, path, Some(token), None).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, None).await
    }

    /// Reads as a client that has seen everything up to this cursor.
    pub async fn get_after(&self, path: &str, cursor: i64) -> Answer {
        let request = self.http.get(format!("http://{}{path}", self.address)).header(CURSOR, cursor);
        Answer(request.send().await.expect("the backend does not answer"))
    }

    /// Waits until the backend follows as far as this cursor: one that is slow answers without, after a while.
    pub async fn follows(&self, cursor: i64) {
        let following = async {
            loop {
                let says = self.get_after("/v1/health", cursor).await.header(CURSOR).expect("no cursor");
                if says.parse::<i64>().unwrap() >= cursor {
                    return;
                }
            }
        };
        timeout(PATIENCE, following).await.unwrap_or_else(|_| panic!("it never follows to {cursor}"));
    }

    /// What a browser asks before a page's script may call.
    pub async fn preflight(&self, origin: &str) -> Answer {
        let request = self.http.request(Method::OPTIONS, format!("http://{}/v1/contents", self.address));
        let request = request.header("origin", origin).header("access-control-request-method", "POST");
        let request = request.header("access-control-request-headers", "authorization,content-type");
        Answer(request.send().await.expect("the backend does not answer"))
    }

    /// A read by someone who has an answer with this tag already.
    pub async fn get_again(&self, path: &str, tag: &str) -> Answer {
        let request = self.http.get(format!("http://{}{path}", self.address)).header("if-none-match", tag);
        Answer(request.send().await.expect("the backend does not answer"))
    }

    pub async fn post(&self, path: &str, token: Option<&str>, body: &impl Serialize) -> Answer {
        self.post_bytes(path, token, serde_json::to_vec(body).unwrap()).await
    }

    /// A write under an idempotency key.
    pub async fn post_once(&self, path: &str, token: &str, key: &str, body: &impl Serialize) -> Answer {
        let request = self.http.post(format!("http://{}{path}", self.address)).bearer_auth(token);
        let request = request.header(IDEMPOTENCY_KEY, key).json(body);
        Answer(request.send().await.expect("the backend does not answer"))
    }

    pub async fn post_bytes(&self, path: &str, token: Option<&str>, body: Vec<u8>) -> Answer {
        self.send(Method::POST, path, token, Some(body)).await
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<Vec<u8>>,
    ) -> Answer {
        let mut request = self.http.request(method, format!("http://{}{path}", self.address));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        Answer(request.send().await.expect("the backend does not answer"))
    }
}

/// What came back.
pub struct Answer(Response);

impl Answer {
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// What a request that must succeed brought.
    pub async fn good<T: DeserializeOwned>(self) -> T {
        let (status, text) = (self.0.status(), self.0.text().await.unwrap());
        assert!(status.is_success(), "{status}: {text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    pub fn header(&self, name: &str) -> Option<String> {
        Some(self.0.headers().get(name)?.to_str().unwrap().to_owned())
    }

    /// The text that came.
    pub async fn text(self) -> String {
        self.0.text().await.unwrap()
    }

    /// The problem a request that must fail brought.
    pub async fn problem(self) -> Problem {
        let (status, kind) = (self.0.status(), self.0.headers().get("content-type").cloned());
        let text = self.0.text().await.unwrap();
        assert!(!status.is_success(), "{status}: {text}");
        assert_eq!(kind.unwrap(), "application/problem+json", "{status}: {text}");
        let problem: Problem = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(problem.status, status.as_u16());
        problem
    }

    /// Status and code of that problem.
    pub async fn refusal(self) -> (u16, Code) {
        let problem = self.problem().await;
        (problem.status, problem.code)
    }
}

fn chain(rpc_url: &str) -> ChainConfig {
    ChainConfig {
        rpc_url: rpc_url.into(),
        ws_url: rpc_url.replacen("http", "ws", 1),
        chain_id: "test".into(),
        program: Wallet(chorale::ID.to_bytes()),
        token_program: Wallet(chorale::address::TOKEN_PROGRAM.to_bytes()),
    }
}

/// Different each time and for each world, which is all a test needs of randomness.
fn counting_random() -> Arc<dyn Fn() -> [u8; 32] + Send + Sync> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Arc::new(|| {
        let mut bytes = [0x5a; 32];
        bytes[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        bytes
    })
}
