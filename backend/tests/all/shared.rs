//! Several backends on one PostgreSQL and one Redis, and what becomes of them without the latter.

use crate::caches::thread;
use crate::copy::Copy;
use crate::presence::until as until_there;
use crate::rpc::Rpc;
use crate::socket::Socket;
use crate::socket_flow::message;
use crate::story::{THREAD, confirm, created, initialized};
use crate::wallet::Keys;
use crate::world::{Answer, NO_CHAIN, PATIENCE, Plan, REDIS_PATIENCE, World};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chorale_backend::RedisConfig;
use chorale_backend::boundaries::{self, Difference, SharedCacheCheck};
use chorale_domain::event::Event;
use chorale_domain::id::{Amount, ThreadId, Wallet};
use chorale_store::{Clock, Location, Store};
use chorale_testing::{Postgres, Redis};
use chorale_wire::Code;
use chorale_wire::http::{Health, HealthStatus, Prepare, Prepared, Relay, Relayed, ThreadView};
use chorale_wire::socket::{Room, Subscription};
use reqwest::StatusCode;
use solana_transaction::versioned::VersionedTransaction;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// A backend that waits for Redis no longer than backends do outside of tests.
async fn impatient(location: Location, redis: &Redis, rpc_url: &str) -> World {
    let redis = Some(RedisConfig::new(&redis.url()).unwrap());
    World::of(Plan { location: Some(location), redis, rpc_url: rpc_url.into(), ..Plan::default() }).await
}

/// Two backends of one deployment.
pub struct Pair {
    pub here: World,
    pub there: World,
    pub redis: Redis,
    pub location: Location,
}

impl Pair {
    /// With [`THREAD`] of `keys`.
    pub async fn with_thread(keys: &Keys, rpc_url: &str) -> Self {
        let (location, redis): (Location, _) = (Postgres::shared().fresh().parse().unwrap(), Redis::start());
        let here = World::sharing(location.clone(), &redis, rpc_url).await;
        let there = World::sharing(location.clone(), &redis, rpc_url).await;
        Self { here, there, redis, location }.ready(keys).await
    }

    /// The same, but of [`impatient`] backends: for tests about a Redis that does not answer.
    async fn impatient(keys: &Keys, rpc_url: &str) -> Self {
        let (location, redis): (Location, _) = (Postgres::shared().fresh().parse().unwrap(), Redis::start());
        let here = impatient(location.clone(), &redis, rpc_url).await;
        let there = impatient(location.clone(), &redis, rpc_url).await;
        Self { here, there, redis, location }.ready(keys).await
    }

    async fn ready(self, keys: &Keys) -> Self {
        confirm(&self.here.writer, [initialized(), created(THREAD, keys.wallet())]).await;
        self.connected().await;
        self
    }

    /// Until both have found Redis: from then on what one puts there the other finds.
    async fn connected(&self) {
        for world in [&self.here, &self.there] {
            until(world, |health| !names_redis(health)).await;
        }
    }

    /// The test's own way to Redis.
    pub async fn connection(&self) -> redis::aio::MultiplexedConnection {
        let client = redis::Client::open(self.redis.url()).unwrap();
        // A busy machine's takes longer than this client waits by itself.
        let patient =
            redis::AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None);
        client.get_multiplexed_async_connection_with_config(&patient).await.unwrap()
    }

    pub async fn cursor(&self) -> i64 {
        self.here.store.last_event().await.unwrap().0
    }
}

fn names_redis(health: &Health) -> bool {
    health.away.iter().any(|away| away.contains("Redis"))
}

/// Waits until a backend's account of itself is like that.
async fn until(world: &World, is_so: impl Fn(&Health) -> bool) {
    let waiting = async {
        while !is_so(&world.get("/v1/health").await.good().await) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, waiting).await.expect("the backend's health does not become as it should");
}

async fn prepare(world: &World, token: &str, keys: &Keys) -> Relay {
    let request = Prepare::CreateThread { thread: ThreadId([5; 32]), approval_bps: 10_000 };
    let prepared: Prepared = world.post("/v1/transactions/prepare", Some(token), &request).await.good().await;
    let bytes = STANDARD.decode(prepared.transaction).unwrap();
    let mut transaction: VersionedTransaction = wincode::deserialize(&bytes).unwrap();
    transaction.signatures[0] = keys.sign(&transaction.message.serialize()).0.into();
    Relay { transaction: STANDARD.encode(wincode::serialize(&transaction).unwrap()) }
}

async fn relay(world: &World, token: &str, relay: &Relay) -> Answer {
    world.post("/v1/transactions", Some(token), relay).await
}

#[tokio::test]
async fn what_is_prepared_at_one_backend_is_relayed_at_another_and_sent_once() {
    let (rpc, keys) = (Rpc::willing().await, Keys::new(10));
    let pair = Pair::with_thread(&keys, &rpc.url).await;
    let (here, there) = (pair.here.sign_in(&keys).await, pair.there.sign_in(&keys).await);
    let signed = prepare(&pair.here, &here, &keys).await;
    let (one, other, again) = tokio::join!(
        relay(&pair.there, &there, &signed),
        relay(&pair.here, &here, &signed),
        relay(&pair.there, &there, &signed),
    );
    let one: Relayed = one.good().await;
    assert_eq!(other.good::<Relayed>().await, one);
    assert_eq!(again.good::<Relayed>().await, one);
    assert_eq!(rpc.sent(), 1, "it was sent more than once");
    let thief = pair.there.sign_in(&Keys::new(11)).await;
    assert_eq!(relay(&pair.there, &thief, &signed).await.refusal().await, (422, Code::NotPrepared));
}

#[tokio::test]
async fn nobody_is_answered_before_redis_was_looked_for() {
    let (location, redis): (Location, _) = (Postgres::shared().fresh().parse().unwrap(), Redis::start());
    redis.pause();
    let apart = impatient(location.clone(), &redis, NO_CHAIN).await;
    let first: Health = apart.get("/v1/health").await.good().await;
    assert!(names_redis(&first), "it counts for itself alone and does not say so: {first:?}");
    redis.resume();
    until(&apart, |health| !names_redis(health)).await;
}

#[tokio::test]
async fn another_backend_is_not_another_allowance() {
    let pair = Pair::with_thread(&Keys::new(10), NO_CHAIN).await;
    let search = "/v1/search?q=anything";
    for _ in 0..50 {
        assert!(pair.here.get(search).await.status().is_success());
        assert!(pair.there.get(search).await.status().is_success());
    }
    for world in [&pair.here, &pair.there] {
        let problem = world.get(search).await.problem().await;
        assert_eq!((problem.status, problem.retry_after), (429, Some(36)));
    }
    for world in [&pair.here, &pair.there] {
        world.wait(36);
    }
    assert!(pair.there.get(search).await.status().is_success());
    assert_eq!(pair.here.get(search).await.status(), StatusCode::TOO_MANY_REQUESTS, "the other one used it");
    pair.redis.kill();
    let mut allowed = 0;
    while pair.here.get(search).await.status().is_success() {
        allowed += 1;
    }
    assert!((1..=51).contains(&allowed), "alone it counts for itself, from what it has counted: {allowed}");
}

#[tokio::test]
async fn who_left_has_left_at_both_for_whoever_heard_of_it() {
    let keys = Keys::new(10);
    let pair = Pair::with_thread(&keys, NO_CHAIN).await;
    for world in [&pair.here, &pair.there, &pair.here, &pair.there] {
        assert!(thread(world).await.members[0].current);
    }
    confirm(&pair.here.writer, [left(&keys)]).await;
    let cursor = pair.cursor().await;
    for world in [&pair.there, &pair.here] {
        let shown: ThreadView = world.get_after(&format!("/v1/threads/{THREAD}"), cursor).await.good().await;
        assert!(!shown.members[0].current, "a cached membership outlived the departure");
    }
}

fn left(keys: &Keys) -> Event {
    Event::Divested {
        thread: THREAD,
        wallet: keys.wallet(),
        member: 0,
        share: Amount(0),
        claimed: Amount(0),
        divested_at: 500,
        token_balance: Amount(0),
        archived: true,
    }
}

#[tokio::test]
async fn what_one_backend_read_another_finds_in_redis() {
    let keys = Keys::new(10);
    let pair = Pair::with_thread(&keys, NO_CHAIN).await;
    let cursor = pair.cursor().await;
    let path = format!("/v1/threads/{THREAD}");
    for world in [&pair.here, &pair.there] {
        world.follows(cursor).await;
    }
    let shown: ThreadView = pair.here.get(&path).await.good().await;
    let mut connection = pair.connection().await;
    let names: Vec<String> = redis::cmd("KEYS")
        .arg(format!("chorale:*:thread:{THREAD}"))
        .query_async(&mut connection)
        .await
        .unwrap();
    let [name] = names.as_slice() else { panic!("one entry for the thread: {names:?}") };
    let ttl: i64 = redis::cmd("TTL").arg(name).query_async(&mut connection).await.unwrap();
    assert!((1..=300).contains(&ttl), "it would stay for {ttl} s");
    let entry: String = redis::cmd("GET").arg(name).query_async(&mut connection).await.unwrap();
    let told = entry.replace(r#""approval_bps":10000"#, r#""approval_bps":9999"#);
    redis::cmd("SET").arg(name).arg(told).exec_async(&mut connection).await.unwrap();
    let read: ThreadView = pair.there.get(&path).await.good().await;
    assert_eq!(
        (shown.thread.approval_bps, read.thread.approval_bps),
        (10_000, 9_999),
        "it is not read there"
    );
}

/// Lets the thread be cached and puts another value in its place; what was right.
async fn plant(pair: &Pair, reading: &World) -> ThreadView {
    reading.follows(pair.cursor().await).await;
    let right = thread(reading).await;
    let mut connection = pair.connection().await;
    let names: Vec<String> = redis::cmd("KEYS").arg("*:thread:*").query_async(&mut connection).await.unwrap();
    let [name] = names.as_slice() else { panic!("one thread is cached: {names:?}") };
    let entry: String = redis::cmd("GET").arg(name).query_async(&mut connection).await.unwrap();
    let wrong = entry.replace(r#""current":true"#, r#""current":false"#);
    assert_ne!(wrong, entry, "the entry has another form than this test knows");
    redis::cmd("SET").arg(name).arg(wrong).exec_async(&mut connection).await.unwrap();
    right
}

/// What who looks at Redis from outside finds there: how much, and what of it is wrong.
async fn differences(pair: &Pair) -> (u64, Vec<Difference>) {
    let redis = RedisConfig::new(&pair.redis.url()).unwrap();
    let now = pair.here.clock.clone();
    let clock: Clock = Arc::new(move || now.load(Ordering::Relaxed));
    let store = Store::open(&pair.location, clock.clone()).await.unwrap();
    let program = Wallet(chorale::ID.to_bytes());
    let mut check = SharedCacheCheck::open(&redis, program, store, clock).await.unwrap();
    let mut found = vec![];
    let round = boundaries::round(&mut check, |difference| found.push(difference)).await.unwrap();
    (round.compared, found)
}

#[tokio::test]
async fn who_looks_from_outside_finds_what_is_wrong_in_redis_and_only_that() {
    let keys = Keys::new(10);
    let pair = Pair::with_thread(&keys, NO_CHAIN).await;
    plant(&pair, &pair.here).await;
    let (compared, found) = differences(&pair).await;
    let [difference] = found.as_slice() else { panic!("one value is wrong: {found:?}") };
    assert_eq!((difference.boundary.name(), difference.resolved), ("store_cache", true));
    assert!(compared >= 1 && difference.subject.contains(&THREAD.to_string()), "{difference}");
    assert_eq!(differences(&pair).await.1, [], "it is not dropped");

    plant(&pair, &pair.there).await;
    confirm(&pair.here.writer, [message(&keys, 0)]).await;
    assert_eq!(differences(&pair).await.1, [], "nobody would be given what is from before the message");
}

#[tokio::test]
async fn who_looks_from_outside_waits_for_a_redis_that_is_busy() {
    let pair = Pair::with_thread(&Keys::new(10), NO_CHAIN).await;
    plant(&pair, &pair.here).await;
    pair.redis.pause();
    let ((_, found), ()) = tokio::join!(differences(&pair), async {
        sleep(Duration::from_millis(500)).await;
        pair.redis.resume();
    });
    assert_eq!(found.len(), 1, "{found:?}");
}

#[tokio::test]
async fn a_cached_value_that_is_not_the_stores_is_found_counted_and_dropped() {
    let keys = Keys::new(10);
    let pair = Pair::with_thread(&keys, NO_CHAIN).await;
    let right = plant(&pair, &pair.here).await;

    let redis = Some(RedisConfig::new(&pair.redis.url()).unwrap().waiting(REDIS_PATIENCE));
    let (location, verify_every) = (Some(pair.location.clone()), Some(Duration::from_millis(100)));
    let verifying = World::of(Plan { location, redis, verify_every, ..Plan::default() }).await;
    let corrected = async {
        // It is read from Redis until it is found out.
        while thread(&verifying).await != right {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, corrected).await.expect("the wrong value stays");
    for name in ["differences", "resolved"] {
        let line = format!(r#"chorale_backend_boundary_{name}_total{{boundary="store_cache"}} 1"#);
        crate::metrics::until(&verifying, &line).await;
    }
}

#[tokio::test]
async fn who_is_in_a_room_is_told_at_every_backend() {
    let (ann, bob) = (Keys::new(10), Keys::new(11));
    let pair = Pair::with_thread(&ann, NO_CHAIN).await;
    let mut asking = Socket::signed_in(&pair.here, &ann).await;
    asking.subscribe(Subscription { presence: true, ..Subscription::to(Room::Lobby) }).await;
    Copy::from_snapshot(&mut asking, Room::Lobby).await;
    let mut elsewhere = Socket::signed_in(&pair.there, &bob).await;
    Copy::subscribe(&mut elsewhere, Room::Lobby).await;
    let mut both = vec![ann.wallet(), bob.wallet()];
    both.sort();
    assert_eq!(until_there(&mut asking, 2).await, both);
    drop(elsewhere);
    assert_eq!(until_there(&mut asking, 1).await, [ann.wallet()]);
}

#[tokio::test]
async fn nonsense_in_redis_is_nothing_to_its_readers() {
    let keys = Keys::new(10);
    let pair = Pair::with_thread(&keys, NO_CHAIN).await;
    thread(&pair.here).await;
    let mut connection = pair.connection().await;
    let names: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
    assert!(!names.is_empty());
    for (n, name) in names.iter().enumerate() {
        let nonsense = if n % 2 == 0 { "SET" } else { "LPUSH" };
        // Together: a backend writes some of them anew every second.
        let mut instead = redis::pipe();
        instead.atomic().cmd("DEL").arg(name).cmd(nonsense).arg(name).arg(r#"{"as_of":7}"#);
        instead.exec_async(&mut connection).await.unwrap();
    }
    let new = World::sharing(pair.location.clone(), &pair.redis, NO_CHAIN).await;
    for world in [&pair.here, &pair.there, &new] {
        assert_eq!(thread(world).await.members.len(), 1);
        world.get("/v1/search?q=anything").await.good::<serde_json::Value>().await;
    }
    until(&new, |health| !names_redis(health)).await;
}

/// How long they take; each is of another page, of `first` messages and more.
async fn a_hundred_reads(world: &World, first: usize) -> Duration {
    let begun = Instant::now();
    for limit in first..first + 100 {
        let path = format!("/v1/threads/{THREAD}?limit={limit}");
        assert!(world.get(&path).await.status().is_success());
    }
    begun.elapsed()
}

#[tokio::test]
async fn a_redis_that_hangs_costs_one_timeout_and_not_one_each() {
    let pair = Pair::impatient(&Keys::new(10), NO_CHAIN).await;
    let before = a_hundred_reads(&pair.here, 101).await;
    pair.redis.pause();
    let took = a_hundred_reads(&pair.here, 1).await;
    let most = 2 * before + Duration::from_secs(5);
    assert!(took < most, "a hundred reads took {took:?}, and {before:?} with Redis");
    until(&pair.here, names_redis).await;
    pair.redis.resume();
    until(&pair.here, |health| !names_redis(health)).await;
}

#[tokio::test]
async fn killed_and_started_again_under_load_redis_costs_no_error_and_no_stale_answer() {
    let (rpc, keys) = (Rpc::willing().await, Keys::new(10));
    let pair = Pair::impatient(&keys, &rpc.url).await;
    for n in 0..60 {
        match n {
            20 => pair.redis.kill(),
            40 => {
                until(&pair.here, |health| health.status == HealthStatus::Degraded && names_redis(health))
                    .await;
                pair.redis.start_again();
            }
            _ => {}
        }
        confirm(&pair.here.writer, [message(&keys, n)]).await;
        let cursor = pair.cursor().await;
        let path = format!("/v1/threads/{THREAD}?limit=200");
        let reads = [&pair.here, &pair.there, &pair.there, &pair.here];
        for answer in reads.map(|world| world.get_after(&path, cursor)) {
            let shown: ThreadView = answer.await.good().await;
            assert_eq!((shown.thread.content_log.count, shown.messages.len() as u64), (n + 1, n + 1));
        }
    }
    for world in [&pair.here, &pair.there] {
        until(world, |health| health.status == HealthStatus::Active).await;
    }
}
