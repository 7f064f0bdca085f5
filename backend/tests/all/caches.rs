//! One backend's caches: what they spare, and that nobody is served what is over.

use crate::copy::Copy;
use crate::socket::Socket;
use crate::socket_flow::{message, world};
use crate::story::{SALT, THREAD, confirm, hash, published};
use crate::wallet::Keys;
use crate::world::World;
use chorale_backend::Limits;
use chorale_content::Stage;
use chorale_domain::id::Signature;
use chorale_store::CONTENT_STATUSES;
use chorale_wire::Code;
use chorale_wire::http::{CURSOR, Hits, ThreadView, Upload, Visibility};
use chorale_wire::socket::Room;

/// The only approved body that is about choirs.
const TEXT: &str = "a choir of sparrows";

pub async fn thread(world: &World) -> ThreadView {
    world.get(&format!("/v1/threads/{THREAD}")).await.good().await
}

async fn found(world: &World) -> usize {
    world.get("/v1/search?mode=words&q=choir").await.good::<Hits>().await.hits.len()
}

/// Tells the content engine what the chain decided, as the indexer does.
async fn learn(world: &World, text: &str, stage: Stage) {
    world.content.duties().set_stage(THREAD, hash(text), stage).await.unwrap();
    let (cursor, _) = world.store.last_event().await.unwrap();
    world.writer.set_position(CONTENT_STATUSES, cursor).await.unwrap();
}

async fn upload(world: &World, keys: &Keys, text: &str) {
    let (token, body) = (world.sign_in(keys).await, text.to_owned());
    let upload =
        Upload { thread: THREAD, hash: hash(text), salt: SALT, body, visibility: Visibility::Public };
    world.post("/v1/contents", Some(&token), &upload).await.good::<serde_json::Value>().await;
}

/// A world where the body was uploaded and then published; the content engine has not heard of that.
async fn published_choir() -> (World, Keys, Signature) {
    let (world, keys) = world(Limits::default()).await;
    upload(&world, &keys, TEXT).await;
    let signatures = confirm(&world.writer, [published(THREAD, keys.wallet(), 0, TEXT)]).await;
    let (cursor, _) = world.store.last_event().await.unwrap();
    world.follows(cursor).await;
    (world, keys, signatures[0])
}

#[tokio::test]
async fn whoever_was_pushed_an_event_reads_what_follows_from_it_at_once() {
    let (world, keys) = world(Limits::default()).await;
    let mut socket = Socket::signed_in(&world, &keys).await;
    let mut copy = Copy::subscribe(&mut socket, Room::Thread(THREAD)).await;
    for n in 0..30 {
        thread(&world).await;
        confirm(&world.writer, [message(&keys, n)]).await;
        copy.take(socket.frame().await);
        let shown = thread(&world).await;
        let counted = usize::try_from(n + 1).unwrap();
        assert_eq!((shown.thread.content_log.count, shown.messages.len()), (n + 1, counted));
    }
}

#[tokio::test]
async fn an_answer_says_how_new_it_is_and_is_as_new_as_is_asked() {
    let (world, keys) = world(Limits::default()).await;
    for n in 0..10 {
        confirm(&world.writer, [message(&keys, n)]).await;
        let (cursor, _) = world.store.last_event().await.unwrap();
        let answer = world.get_after(&format!("/v1/threads/{THREAD}"), cursor).await;
        assert!(answer.header(CURSOR).is_some(), "no cursor");
        // Also where the backend is too slow to follow, and so says less.
        assert_eq!(answer.good::<ThreadView>().await.messages.len() as u64, n + 1);
        world.follows(cursor).await;
    }
    let beyond = world.get_after(&format!("/v1/threads/{THREAD}"), 1_000).await;
    assert_eq!(
        beyond.good::<ThreadView>().await.messages.len(),
        10,
        "nobody waits for an event that the store has not got"
    );
    let senseless = world.get_after("/v1/threads", -1).await;
    assert_eq!(senseless.refusal().await, (400, Code::MalformedRequest));
}

#[tokio::test]
async fn no_search_misses_what_was_approved_meanwhile() {
    let (world, _, _) = published_choir().await;
    assert_eq!(found(&world).await, 0, "the content engine has not heard of it yet");
    learn(&world, TEXT, Stage::Approved).await;
    assert_eq!(found(&world).await, 1, "what was found between event and status must not have been kept");
}

#[tokio::test]
async fn a_search_is_asked_once_in_an_hour_where_nothing_is_decided() {
    let (world, keys, _) = published_choir().await;
    learn(&world, TEXT, Stage::Approved).await;
    assert_eq!(found(&world).await, 1);
    upload(&world, &keys, "another choir, a draft").await;
    // Behind everyone's back, which no indexer does: only a cache can still know of it.
    world.content.duties().set_stage(THREAD, hash(TEXT), Stage::Rejected).await.unwrap();
    assert_eq!(found(&world).await, 1);
    world.wait(3_600);
    assert_eq!(found(&world).await, 0, "an hour is over");
}

#[tokio::test]
async fn what_a_fork_dropped_is_found_no_more() {
    let (world, _, signature) = published_choir().await;
    learn(&world, TEXT, Stage::Approved).await;
    assert_eq!(found(&world).await, 1);
    world.writer.retract(signature).await.unwrap();
    learn(&world, TEXT, Stage::Draft).await;
    let (cursor, _) = world.store.last_event().await.unwrap();
    let hits: Hits = world.get_after("/v1/search?mode=words&q=choir", cursor).await.good().await;
    assert!(hits.hits.is_empty(), "{hits:?}");
}

#[tokio::test]
async fn a_body_that_comes_after_the_decision_is_found_at_once() {
    let (world, keys) = world(Limits::default()).await;
    confirm(&world.writer, [published(THREAD, keys.wallet(), 0, TEXT)]).await;
    let (cursor, _) = world.store.last_event().await.unwrap();
    world.writer.set_position(CONTENT_STATUSES, cursor).await.unwrap();
    world.follows(cursor).await;
    assert_eq!((found(&world).await, found(&world).await), (0, 0));
    upload(&world, &keys, TEXT).await;
    assert_eq!(found(&world).await, 1, "no event tells of an upload");
}

#[tokio::test]
async fn a_body_that_a_fork_makes_a_draft_again_is_its_uploaders_alone_at_once() {
    let (world, keys, signature) = published_choir().await;
    learn(&world, TEXT, Stage::Approved).await;
    let path = format!("/v1/threads/{THREAD}/contents/{}", hash(TEXT));
    for _ in 0..2 {
        assert!(world.get(&path).await.status().is_success());
    }
    world.writer.retract(signature).await.unwrap();
    learn(&world, TEXT, Stage::Draft).await;
    let (cursor, _) = world.store.last_event().await.unwrap();
    assert_eq!(world.get_after(&path, cursor).await.refusal().await, (404, Code::UnknownContent));
    let token = world.sign_in(&keys).await;
    assert!(world.send(reqwest::Method::GET, &path, Some(&token), None).await.status().is_success());
}
