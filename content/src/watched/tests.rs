//! A server that is there and of no use, under a store with a folder for what waits.

use std::sync::Arc;
use std::time::Duration;

use chorale_testing::QdrantStandIn;
use tempfile::TempDir;

use super::Absence;
use crate::tests::{ALL, POLICY, ann, bodies, in_time, new, search};
use crate::{ContentOptions, ContentStore, ServerOptions, Stage, Stored};

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
