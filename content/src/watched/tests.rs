//! A server that is there and of no use, under a store with a folder for what waits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chorale_testing::QdrantStandIn;
use tempfile::TempDir;

use super::{Absence, IDLE};
use crate::engine::contract::{Subject, id};
use crate::tests::{ALL, ANN, BOB, POLICY, ann, bodies, in_time, new, search};
use crate::{
    ContentError, ContentFilter, ContentOptions, ContentStatus, ContentStore, Erasure, NewContent,
    ServerOptions, Stage, Stored,
};

/// gRPC's numbers.
const INVALID: i32 = 3;
const NOT_FOUND: i32 = 5;
const INTERNAL: i32 = 13;
const UNAUTHENTICATED: i32 = 16;

/// A store with one body, and its folder.
async fn fixture() -> (QdrantStandIn, ContentStore, TempDir) {
    let (server, queue) = (QdrantStandIn::start(), TempDir::new().unwrap());
    let options = ServerOptions { queue: Some(queue.path().into()), ..ServerOptions::at(server.url()) };
    let store = ContentStore::open(ContentOptions::Server(options)).await.unwrap();
    assert!(matches!(store.put(new("a song")).await.unwrap(), Stored::New(_)));
    (server, store, queue)
}

/// Why it is away, once it is.
async fn missed(store: &ContentStore) -> Arc<str> {
    let mut absence = store.duties().absence();
    let told: Absence = in_time(absence.wait_for(Option::is_some)).await.expect("it is watched").clone();
    told.unwrap()
}

async fn reached(store: &ContentStore) {
    let mut absence = store.duties().absence();
    in_time(absence.wait_for(Option::is_none)).await.expect("it is watched");
}

/// What the backend does with what waits.
async fn deliver(store: &ContentStore) {
    let duties = store.duties();
    for number in duties.waiting_uploads() {
        let waiting = duties.waiting_upload(number).await.unwrap().expect("it waits");
        duties.deliver(&waiting, Stage::Proposed).await.unwrap();
        duties.settled(&waiting).await.unwrap();
    }
}

async fn found(store: &ContentStore, text: &str) -> Vec<String> {
    bodies(store.search(&ann(), search(text, ALL, 10)).await.unwrap())
}

#[tokio::test]
async fn uploads_wait_while_the_collection_is_gone_and_arrive_in_the_one_that_is_made_anew() {
    let (server, store, _queue) = fixture().await;
    server.forget();
    server.fail(NOT_FOUND);
    assert!(matches!(store.put(new("a long river")).await.unwrap(), Stored::Waiting(_)));
    missed(&store).await;
    assert!(store.get(&ann(), POLICY, new("a song").hash).await.unwrap_err().is_away());
    assert!(store.search(&ann(), search("river", ALL, 10)).await.unwrap_err().is_away());
    server.recover();
    reached(&store).await;
    deliver(&store).await;
    assert_eq!(store.duties().queued(), 0);
    assert_eq!(found(&store, "river").await, ["a long river"]);
    assert_eq!(found(&store, "song").await, [""; 0], "what was in it is gone");
    assert!(matches!(store.put(new("a song")).await.unwrap(), Stored::New(_)));
    assert_eq!(found(&store, "song").await, ["a song"]);
}

#[tokio::test]
async fn a_server_that_answers_with_errors_is_away_and_nothing_is_lost() {
    let (server, store, _queue) = fixture().await;
    for (code, says) in [(INTERNAL, "told to fail"), (UNAUTHENTICATED, "API key")] {
        let body = format!("a river after error {code}");
        server.fail(code);
        assert!(matches!(store.put(new(&body)).await.unwrap(), Stored::Waiting(_)), "{code}");
        let cause = missed(&store).await;
        assert!(cause.contains(says), "{cause}");
        server.recover();
        reached(&store).await;
        deliver(&store).await;
        assert!(found(&store, "river").await.contains(&body), "{code}");
    }
    assert_eq!(found(&store, "song").await, ["a song"]);
}

#[tokio::test]
async fn a_server_that_comes_back_with_errors_alone_is_away_until_it_answers_as_it_should() {
    let (server, store, _queue) = fixture().await;
    server.cut();
    assert!(matches!(store.put(new("a long river")).await.unwrap(), Stored::Waiting(_)));
    missed(&store).await;
    server.fail(INVALID);
    let before = server.calls("Collections.get");
    server.restore();
    // One question is asked at a time: with the second one the first has its answer.
    in_time(async {
        while server.calls("Collections.get") < before + 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    assert!(missed(&store).await.contains("told to fail"));
    assert!(store.duties().absence().borrow().is_some());
    server.recover();
    reached(&store).await;
    deliver(&store).await;
    assert_eq!(found(&store, "river").await, ["a long river"]);
}

#[tokio::test]
async fn a_request_that_the_server_fails_at_takes_the_engine_from_nobody_and_has_it_asked_soon() {
    let (server, store, _queue) = fixture().await;
    server.fail_at("Points.query", INTERNAL);
    let (before, began) = (server.calls("Collections.get"), Instant::now());
    // The first question may be the one that is asked at the start.
    in_time(async {
        while server.calls("Collections.get") < before + 2 {
            let failed = store.search(&ann(), search("song", ALL, 10)).await.unwrap_err();
            assert!(matches!(failed, ContentError::Engine(_)), "{failed:?}");
            assert_eq!(*store.duties().absence().borrow(), None);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    assert!(began.elapsed() < IDLE, "it took {:?}", began.elapsed());
    assert!(matches!(store.put(new("a river")).await.unwrap(), Stored::New(_)));
}

#[tokio::test]
async fn an_upload_that_the_server_fails_at_waits_and_nothing_is_lost() {
    let (server, store, _queue) = fixture().await;
    server.fail_at("Points.upsert", INTERNAL);
    assert!(matches!(store.put(new("a long river")).await.unwrap(), Stored::Waiting(_)));
    let waiting = store.duties().waiting_upload(0).await.unwrap().expect("it waits");
    let failed = store.duties().deliver(&waiting, Stage::Proposed).await.unwrap_err();
    assert!(matches!(failed, ContentError::Engine(_)), "others behind it may do better: {failed:?}");
    assert_eq!(found(&store, "song").await, ["a song"]);
    server.recover();
    deliver(&store).await;
    assert_eq!(found(&store, "river").await, ["a long river"]);
}

#[tokio::test]
async fn a_body_of_ones_own_that_cannot_be_read_is_said_to_be_so_and_not_erased() {
    let (server, store, _queue) = fixture().await;
    server.damage(id(&new("a song")), "salt", "damaged").await;
    let refused = store.erase(ANN, POLICY, new("a song").hash).await.unwrap_err();
    assert!(matches!(refused, ContentError::Unreadable { .. }), "{refused:?}");
    assert_eq!(erased(&store).await, 0);
}

#[tokio::test]
async fn what_was_erased_while_it_waited_replaces_nothing_that_cannot_be_read() {
    let (server, store, _queue) = fixture().await;
    let river = new("a long river");
    server.cut();
    assert!(matches!(store.put(river.clone()).await.unwrap(), Stored::Waiting(_)));
    let taken_back = store.erase(ANN, POLICY, river.hash).await.unwrap();
    assert!(matches!(taken_back, Erasure::Erased(_)), "{taken_back:?}");
    server.restore();
    reached(&store).await;
    let options = ContentOptions::Server(ServerOptions::at(server.url()));
    let elsewhere = ContentStore::open(options).await.unwrap();
    elsewhere.put(NewContent { author: BOB, ..river.clone() }).await.unwrap();
    server.damage(id(&river), "salt", "damaged").await;
    let waiting = store.duties().waiting_upload(0).await.unwrap().expect("it waits");
    let refused = store.duties().deliver(&waiting, Stage::Proposed).await.unwrap_err();
    assert!(matches!(refused, ContentError::Unreadable { .. }), "{refused:?}");
    assert_eq!(erased(&store).await, 0);
}

async fn erased(store: &ContentStore) -> usize {
    let filter = ContentFilter { status: Some(ContentStatus::Erased), ..ALL };
    store.duties().count(filter).await.unwrap()
}
