//! One thread with 32 members and 50 messages, read as clients read it, but for the network:
//!
//!     cargo bench -p chorale-backend --bench reads
//!
//! Prints reads per second where this process has it (L1), where only Redis has it (L2; bodies come from the content
//! engine, since they are never in Redis), and where the store is asked each time, on both engines, by one reader and by
//! eight; and how many times as fast each is as the store. Fails where an answer came from elsewhere than it should.

mod thread;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use chorale_backend::{Backend, CacheCounts, ChainConfig, Limits, Origins, Parts, RedisConfig};
use chorale_content::{ContentOptions, ContentStore};
use chorale_domain::id::Wallet;
use chorale_store::{Location, Sessions, Writer};
use chorale_testing::{Redis, engines};
use chorale_wire::http::{CURSOR, ThreadView};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// How long each figure is measured.
const LONG: Duration = Duration::from_secs(3);
/// An answer with 50 bodies is well below it.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// Where a backend has its answers from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Local,
    Shared,
    Store,
}

impl Level {
    const ALL: [Self; 3] = [Self::Store, Self::Shared, Self::Local];

    fn name(self) -> &'static str {
        match self {
            Self::Local => "L1, this process",
            Self::Shared => "L2, Redis",
            Self::Store => "the store",
        }
    }

    /// How often this level was the one that answered.
    fn of(self, counts: CacheCounts) -> u64 {
        match self {
            Self::Local => counts.local,
            Self::Shared => counts.shared,
            Self::Store => counts.missed,
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let redis = Redis::start();
    let content = ContentStore::open(ContentOptions::Edge { path: folder.path().join("content") }).await?;
    thread::upload(&content).await?;
    for (engine, location) in engines(folder.path(), "store.sqlite") {
        println!("\n{engine}, reads per second by 1 reader and by 8");
        let location: Location = location.parse()?;
        let writer = Writer::open(&location, Arc::new(|| 0)).await?;
        let sessions = Sessions::open(&location.sessions()?).await?;
        thread::write(&writer).await?;
        let mut of_store = None;
        for level in Level::ALL {
            let rates = measure((&writer, &sessions), &content, &redis, level).await?;
            let [base, base_of_eight] = *of_store.get_or_insert(rates);
            let (one, eight) = (rates[0] / base, rates[1] / base_of_eight);
            println!("  {:<20} {:>9.0} {one:>6.1}x {:>9.0} {eight:>6.1}x", level.name(), rates[0], rates[1]);
        }
    }
    Ok(())
}

/// Reads per second by one reader, and by eight.
async fn measure(
    database: (&Writer, &Sessions),
    content: &ContentStore,
    redis: &Redis,
    level: Level,
) -> Result<[f64; 2]> {
    let backend = Backend::new(parts(database, content, redis, level)?);
    let (router, counts) = (backend.router(), backend.cache_counter());
    let (listener, stop) = (TcpListener::bind("127.0.0.1:0").await?, CancellationToken::new());
    let running = tokio::spawn(backend.run(listener, stop.clone()));
    let threads = || level.of(counts()[0].1);
    warm_up(&router, &threads).await?;
    let before = threads();
    let one = readers(&router, 1).await?;
    let answered = threads() - before;
    ensure!(answered * 100 >= one * 95, "{answered} of {one} reads were answered by {}", level.name());
    // Several at once wait for one answer, so that there are fewer of those than reads.
    let eight = readers(&router, 8).await?;
    stop.cancel();
    running.await??;
    Ok([one, eight].map(|reads| count(reads) / LONG.as_secs_f64()))
}

/// Until the level that is measured is the one that answers.
async fn warm_up(router: &Router, answered: &impl Fn() -> u64) -> Result<()> {
    for _ in 0..200 {
        let before = answered();
        read(router).await?;
        read(router).await?;
        if answered() >= before + 2 {
            return Ok(());
        }
        sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("the level never answered: does Redis run?")
}

/// How many reads so many readers do in the time.
async fn readers(router: &Router, readers: usize) -> Result<u64> {
    let end = Instant::now() + LONG;
    let mut reading = JoinSet::new();
    for _ in 0..readers {
        let router = router.clone();
        reading.spawn(async move {
            let mut reads = 0;
            while Instant::now() < end {
                read(&router).await?;
                reads += 1;
            }
            anyhow::Ok(reads)
        });
    }
    let mut sum = 0;
    while let Some(reads) = reading.join_next().await {
        sum += reads??;
    }
    Ok(sum)
}

async fn read(router: &Router) -> Result<()> {
    let request =
        Request::get(format!("/v1/threads/{}", thread::THREAD)).header(CURSOR, 0).body(Body::empty())?;
    let answer = router.clone().oneshot(request).await?;
    ensure!(answer.status().is_success(), "the backend answers {}", answer.status());
    let bytes = to_bytes(answer.into_body(), MOST_BYTES).await?;
    // One look at the whole is enough: parsing it each time would be measured too.
    static WHOLE: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    let whole = *WHOLE.get_or_init(|| if is_whole(&bytes) { bytes.len() } else { 0 });
    ensure!(bytes.len() == whole, "an answer of {} bytes is not the thread", bytes.len());
    Ok(())
}

fn is_whole(bytes: &[u8]) -> bool {
    let view: Option<ThreadView> = serde_json::from_slice(bytes).ok();
    view.is_some_and(|view| {
        let with_text = view.messages.iter().filter(|message| message.content.is_some()).count();
        (view.members.len(), view.messages.len(), with_text) == (32, 50, 50)
    })
}

fn parts(
    (writer, sessions): (&Writer, &Sessions),
    content: &ContentStore,
    redis: &Redis,
    level: Level,
) -> Result<Parts> {
    let cache_bytes = if level == Level::Local { Limits::default().cache_bytes } else { 0 };
    let redis = RedisConfig::new(&redis.url()).context("the test's own Redis")?;
    Ok(Parts {
        store: writer.store().clone(),
        sessions: sessions.clone(),
        content: content.clone(),
        chain: ChainConfig {
            rpc_url: "http://127.0.0.1:1".into(),
            ws_url: "ws://127.0.0.1:1".into(),
            chain_id: "bench".into(),
            program: Wallet(chorale::ID.to_bytes()),
            token_program: Wallet(chorale::address::TOKEN_PROGRAM.to_bytes()),
        },
        redis: (level != Level::Store).then_some(redis),
        faucet: None,
        clock: Arc::new(|| 1_000),
        random: Arc::new(|| [7; 32]),
        url: "http://bench".parse().context("a URL")?,
        origins: Origins::Any,
        limits: Limits { rates: None, cache_bytes, ..Limits::default() },
    })
}

fn count(reads: u64) -> f64 {
    u32::try_from(reads).map_or(f64::INFINITY, f64::from)
}
