//! What becomes of clients while a part is away: what works goes on, what is taken is kept, and nothing that is told is
//! wrong. The chain's absence is in the end-to-end tests (`outage`), that of Redis in `shared`.

use crate::copy::Copy;
use crate::socket::Socket;
use crate::story::{SALT, THREAD, confirm, created, hash, initialized, published};
use crate::wallet::Keys;
use crate::world::{Answer, PATIENCE, Plan, World};
use chorale_backend::RedisConfig;
use chorale_content::{ContentOptions, ServerOptions};
use chorale_domain::id::ThreadId;
use chorale_store::Location;
use chorale_testing::{Postgres, QdrantStandIn, Redis};
use chorale_wire::Code;
use chorale_wire::http::{
    Abilities, Ability, Content, ContentStatus, Health, HealthStatus, Hits, Messages, ThreadView, Upload,
    Visibility,
};
use chorale_wire::socket::Room;
use reqwest::StatusCode;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

/// Waits until a backend's account of itself is like that.
async fn until(world: &World, what: &str, is_so: impl Fn(&Health) -> bool) -> Health {
    let waiting = async {
        loop {
            let health: Health = world.get("/v1/health").await.good().await;
            if is_so(&health) {
                return health;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, waiting)
        .await
        .unwrap_or_else(|_| panic!("{what}: the backend's health does not become so"))
}

/// Apart from the chain, which no test here has.
fn is_away(health: &Health, part: &str) -> bool {
    health.away.iter().any(|away| away.starts_with(part))
}

fn text(body: &str) -> Upload {
    Upload { thread: THREAD, hash: hash(body), salt: SALT, body: body.into(), visibility: Visibility::Public }
}

async fn upload(world: &World, token: &str, body: &str) -> Answer {
    world.post("/v1/contents", Some(token), &text(body)).await
}

fn path(body: &str) -> String {
    format!("/v1/threads/{THREAD}/contents/{}", hash(body))
}

async fn assert_try_again(answer: Answer) {
    assert_eq!(answer.header("retry-after").as_deref(), Some("1"));
    assert_eq!(answer.refusal().await, (503, Code::Internal));
}

/// A backend on a Qdrant server, with a folder for what waits.
struct OnServer {
    qdrant: QdrantStandIn,
    queue: TempDir,
}

impl OnServer {
    fn new() -> Self {
        Self { qdrant: QdrantStandIn::start(), queue: tempfile::tempdir().unwrap() }
    }

    async fn world(&self) -> World {
        let queue: PathBuf = self.queue.path().into();
        let options = ServerOptions { queue: Some(queue), ..ServerOptions::at(self.qdrant.url()) };
        World::of(Plan { content: Some(ContentOptions::Server(options)), ..Plan::default() }).await
    }
}

#[tokio::test]
async fn uploads_wait_on_disk_while_qdrant_is_away_and_are_found_after() {
    let (place, ann, bob) = (OnServer::new(), Keys::new(10), Keys::new(11));
    let world = place.world().await;
    confirm(&world.writer, [initialized(), created(THREAD, ann.wallet())]).await;
    let (token, strangers) = (world.sign_in(&ann).await, world.sign_in(&bob).await);
    assert_eq!(upload(&world, &token, "before").await.status(), StatusCode::CREATED);
    confirm(&world.writer, [published(THREAD, ann.wallet(), 0, "before")]).await;

    place.qdrant.cut();
    let waiting = upload(&world, &token, "during").await;
    assert_eq!(waiting.status(), StatusCode::ACCEPTED);
    let waiting: Content = waiting.good().await;
    assert_eq!((waiting.author, waiting.status), (ann.wallet(), ContentStatus::Pending));
    assert_eq!(upload(&world, &token, "during").await.status(), StatusCode::ACCEPTED, "again is the same");
    let health = until(&world, "Qdrant is missed", |health| is_away(health, "the Qdrant server")).await;
    assert_eq!((health.status, health.queued_uploads), (HealthStatus::Degraded, 1));
    let Abilities { uploads, search, bodies, reads, .. } = health.abilities;
    assert_eq!((uploads, search, bodies), (Ability::Queued, Ability::Away, Ability::Stale));
    assert_eq!(reads, Ability::Stale, "the chain is away in this world");

    // What waits can be read by whoever may read it, and by nobody else.
    let read: Content = world.get_as(&token, &path("during")).await.good().await;
    assert_eq!(read, waiting);
    assert_try_again(world.get("/v1/search?q=during").await).await;
    // The chain goes on, and what it decided is told without the texts that cannot be had.
    confirm(&world.writer, [published(THREAD, ann.wallet(), 1, "during")]).await;
    let messages = format!("/v1/threads/{THREAD}/messages");
    let page: Messages = world.get_as(&strangers, &messages).await.good().await;
    let texts: Vec<_> =
        page.messages.iter().map(|view| (view.content_away, view.content.is_some())).collect();
    assert_eq!(texts, [(true, false), (false, true)]);

    place.qdrant.restore();
    until(&world, "what waited is delivered", |health| {
        !is_away(health, "the Qdrant server") && health.queued_uploads == 0
    })
    .await;
    let found: Hits = world.get("/v1/search?q=during").await.good().await;
    let found: Vec<_> =
        found.hits.iter().map(|hit| (hit.content.body.as_deref(), hit.content.status)).collect();
    assert_eq!(found, [(Some("during"), ContentStatus::Approved)], "decided while it waited");
    let page: Messages = world.get(&messages).await.good().await;
    assert!(page.messages.iter().all(|view| view.content.is_some() && !view.content_away), "{page:?}");
}

#[tokio::test]
async fn a_draft_that_waits_is_its_uploaders_alone_and_can_be_taken_back() {
    let (place, ann) = (OnServer::new(), Keys::new(10));
    let world = place.world().await;
    confirm(&world.writer, [initialized(), created(THREAD, ann.wallet())]).await;
    let (token, strangers) = (world.sign_in(&ann).await, world.sign_in(&Keys::new(11)).await);
    place.qdrant.cut();
    for body in ["kept", "taken back"] {
        assert_eq!(upload(&world, &token, body).await.status(), StatusCode::ACCEPTED);
    }
    let refused = world.get_as(&strangers, &path("kept")).await.refusal().await;
    assert_eq!(refused, (404, Code::UnknownContent));
    let refused = upload(&world, &strangers, "kept").await;
    let stored: Content = refused.good().await;
    assert_eq!(stored.author, ann.wallet(), "whoever uploads it again does not take it over");
    let erased = world.send(reqwest::Method::DELETE, &path("taken back"), Some(&token), None).await;
    assert_eq!(erased.status(), StatusCode::OK);
    assert_eq!(upload(&world, &token, "taken back").await.refusal().await, (410, Code::ContentErased));

    place.qdrant.restore();
    until(&world, "what waited is delivered", |health| health.queued_uploads == 0).await;
    assert_eq!(world.get_as(&token, &path("taken back")).await.refusal().await, (410, Code::ContentErased));
    assert_eq!(world.get_as(&token, &path("kept")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_waits_is_delivered_by_the_next_run_too() {
    let (place, ann) = (OnServer::new(), Keys::new(10));
    let world = place.world().await;
    confirm(&world.writer, [initialized(), created(THREAD, ann.wallet())]).await;
    let token = world.sign_in(&ann).await;
    place.qdrant.cut();
    assert_eq!(upload(&world, &token, "written down").await.status(), StatusCode::ACCEPTED);
    let location = world.location.clone();
    let folder = world.stop().await;

    let options =
        ServerOptions { queue: Some(place.queue.path().into()), ..ServerOptions::at(place.qdrant.url()) };
    let content = Some(ContentOptions::Server(options));
    // It begins while Qdrant is still away.
    let world = World::of(Plan { content, location: Some(location), ..Plan::default() }).await;
    until(&world, "it knows what waits", |health| health.queued_uploads == 1).await;
    place.qdrant.restore();
    until(&world, "what waited is delivered", |health| health.queued_uploads == 0).await;
    let token = world.sign_in(&ann).await;
    let read: Content = world.get_as(&token, &path("written down")).await.good().await;
    assert_eq!(read.body.as_deref(), Some("written down"));
    drop(folder);
}

#[tokio::test]
async fn without_the_store_what_is_at_hand_is_told_with_its_age_and_sockets_stay() {
    let (postgres, ann) = (Postgres::start(), Keys::new(10));
    let world = World::at(postgres.fresh().parse().unwrap()).await;
    let events = [initialized(), created(THREAD, ann.wallet()), published(THREAD, ann.wallet(), 0, "before")];
    confirm(&world.writer, events).await;
    world.get_after("/v1/health", world.store.last_event().await.unwrap().0).await;
    world.writer.set_seen(1).await.unwrap();
    let token = world.sign_in(&ann).await;
    let mut socket = Socket::signed_in(&world, &ann).await;
    let mut copy = Copy::subscribe(&mut socket, Room::Thread(THREAD)).await;
    let thread = format!("/v1/threads/{THREAD}");
    let before: ThreadView = world.get(&thread).await.good().await;
    until(&world, "its age is known", |health| health.as_of == Some(1_000_000)).await;

    postgres.stop();
    until(&world, "the store is missed", |health| is_away(health, "the store")).await;
    world.wait(30);
    let answer = world.get(&thread).await;
    assert_eq!(answer.header("age").as_deref(), Some("30"));
    assert_eq!(answer.good::<ThreadView>().await, before);
    let health: Health = world.get("/v1/health").await.good().await;
    assert_eq!((health.status, health.as_of), (HealthStatus::Degraded, Some(1_000_000)));
    assert_eq!((health.abilities.reads, health.abilities.uploads), (Ability::Stale, Ability::Away));
    assert_try_again(world.get(&format!("/v1/threads/{}", ThreadId([7; 32]))).await).await;
    assert_try_again(upload(&world, &token, "text").await).await;

    postgres.start_again();
    until(&world, "the store is back", |health| !is_away(health, "the store")).await;
    confirm(&world.writer, [published(THREAD, ann.wallet(), 1, "after")]).await;
    copy.take(socket.frame().await);
    copy.assert_same_as(&world.store).await;
    assert_eq!(upload(&world, &token, "text").await.status(), StatusCode::CREATED);
    world.running.abort();
}

#[tokio::test]
async fn a_store_that_hangs_is_away_and_what_it_missed_comes_once_it_answers() {
    let (postgres, ann) = (Postgres::start(), Keys::new(10));
    let world = World::at(postgres.fresh().parse().unwrap()).await;
    let events = [initialized(), created(THREAD, ann.wallet()), published(THREAD, ann.wallet(), 0, "before")];
    confirm(&world.writer, events).await;
    let mut socket = Socket::signed_in(&world, &ann).await;
    let mut copy = Copy::subscribe(&mut socket, Room::Thread(THREAD)).await;
    let thread = format!("/v1/threads/{THREAD}");
    let before: ThreadView = world.get(&thread).await.good().await;

    postgres.pause();
    until(&world, "the store is missed", |health| is_away(health, "the store")).await;
    let begun = Instant::now();
    assert_eq!(world.get(&thread).await.good::<ThreadView>().await, before);
    let health: Health = world.get("/v1/health").await.good().await;
    assert_eq!(health.abilities.reads, Ability::Stale);
    assert!(begun.elapsed() < Duration::from_secs(15), "a store that hangs must not let others hang");

    postgres.resume();
    until(&world, "the store is back", |health| !is_away(health, "the store")).await;
    confirm(&world.writer, [published(THREAD, ann.wallet(), 1, "after")]).await;
    copy.take(socket.frame().await);
    copy.assert_same_as(&world.store).await;
}

#[tokio::test]
async fn what_is_erased_at_one_backend_is_gone_at_the_other() {
    let (qdrant, ann) = (QdrantStandIn::start(), Keys::new(10));
    let location: Location = Postgres::shared().fresh().parse().unwrap();
    let redis = Redis::start();
    let shared = async || {
        let content = Some(ContentOptions::Server(ServerOptions::at(qdrant.url())));
        let redis = Some(RedisConfig::new(&redis.url()).unwrap());
        World::of(Plan { content, redis, location: Some(location.clone()), ..Plan::default() }).await
    };
    let (here, there) = (shared().await, shared().await);
    confirm(&here.writer, [initialized(), created(THREAD, ann.wallet())]).await;
    let token = here.sign_in(&ann).await;
    assert_eq!(upload(&here, &token, "soon gone").await.status(), StatusCode::CREATED);
    confirm(&here.writer, [published(THREAD, ann.wallet(), 0, "soon gone")]).await;
    for world in [&here, &there] {
        let read: Content = world.get(&path("soon gone")).await.good().await;
        assert_eq!(read.body.as_deref(), Some("soon gone"), "each has it at hand from now on");
    }
    let erased = here.send(reqwest::Method::DELETE, &path("soon gone"), Some(&token), None).await;
    assert_eq!(erased.status(), StatusCode::OK);
    assert_eq!(here.get(&path("soon gone")).await.refusal().await, (410, Code::ContentErased));
    let felt = async {
        while there.get(&path("soon gone")).await.status() != StatusCode::GONE {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, felt).await.expect("the other backend goes on showing it");
}
