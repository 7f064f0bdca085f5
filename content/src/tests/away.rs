//! A store whose Qdrant server is cut off.

use std::time::Duration;

use chorale_testing::QdrantStandIn;

use super::meaning::{Topics, using};
use super::*;
use crate::{ContentOptions, ContentStore, Search, SearchMode, ServerOptions, Stored};

async fn open(server: &QdrantStandIn) -> ContentStore {
    let options = ContentOptions::Server(ServerOptions::at(server.url()));
    ContentStore::open_with(options, using(&Topics::new("topics", 4))).await.unwrap()
}

/// Waits until the store has found out that its server is there.
async fn reached(store: &ContentStore) {
    let mut absence = store.duties().absence();
    in_time(absence.wait_for(Option::is_none)).await.expect("it is watched");
}

async fn embedded(store: &ContentStore) {
    in_time(async {
        while store.duties().waiting().await.unwrap() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

async fn found(store: &ContentStore, text: &str) -> Vec<String> {
    let query = Search { mode: SearchMode::Meaning, ..search(text, ALL, 1) };
    bodies(store.search(&ann(), query).await.unwrap())
}

#[tokio::test]
async fn a_store_opens_without_its_server_and_works_as_soon_as_it_is_there() {
    let server = QdrantStandIn::start();
    server.cut();
    let store = in_time(open(&server)).await;
    let refused = store.put(new("a long river")).await.unwrap_err();
    assert!(refused.is_away() && !refused.is_bad_input(), "{refused:?}");
    server.restore();
    reached(&store).await;
    assert!(matches!(store.put(new("a long river")).await.unwrap(), Stored::New(_)));
    assert!(matches!(store.put(new("a long river")).await.unwrap(), Stored::Already(_)));
    embedded(&store).await;
    assert_eq!(found(&store, "sea").await, ["a long river"]);
}

#[tokio::test]
async fn what_was_uploaded_before_a_server_went_is_embedded_after_it_came_back() {
    let server = QdrantStandIn::start();
    let other = open(&server).await;
    let words_only =
        ContentStore::open(ContentOptions::Server(ServerOptions::at(server.url()))).await.unwrap();
    embedded(&other).await;
    other.close().await.unwrap();
    words_only.put(new("a song")).await.unwrap();
    server.cut();
    let store = open(&server).await;
    assert!(store.get(&ann(), POLICY, new("a song").hash).await.unwrap_err().is_away());
    server.restore();
    reached(&store).await;
    embedded(&store).await;
    assert_eq!(found(&store, "poem").await, ["a song"]);
}
