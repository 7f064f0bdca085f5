//! A server that is away when the engine is opened, and one that refuses.

use std::sync::Arc;
use std::time::Duration;

use ::qdrant_client::qdrant::CreateCollection;
use chorale_testing::QdrantStandIn;
use futures::future::join_all;

use crate::embedding::ApiKey;
use crate::engine::server::connection;
use crate::engine::{Engine, ServerEngine, ServerOptions};
use crate::error::ContentError;
use crate::tests::in_time;

fn options(server: &QdrantStandIn) -> ServerOptions {
    ServerOptions { timeout: Duration::from_secs(3), ..ServerOptions::at(server.url()) }
}

async fn open(options: ServerOptions) -> Result<ServerEngine, ContentError> {
    in_time(ServerEngine::open(options, vec![("dense-one".into(), 2)])).await
}

#[tokio::test]
async fn a_server_that_is_away_at_the_start_is_waited_for() {
    let server = QdrantStandIn::start();
    server.cut();
    let engine = open(options(&server)).await.unwrap();
    for _ in 0..2 {
        let refused = engine.count(vec![]).await.unwrap_err();
        assert!(refused.is_away(), "{refused:?}");
    }
    server.restore();
    assert_eq!(engine.vectors().await.unwrap(), ["dense-one"]);
}

#[tokio::test]
async fn many_who_ask_first_prepare_the_collection_once() {
    let server = QdrantStandIn::start();
    server.cut();
    let engine = Arc::new(open(options(&server)).await.unwrap());
    server.restore();
    let counts = join_all((0..16).map(|_| engine.count(vec![]))).await;
    assert!(counts.iter().all(|count| matches!(count, Ok(0))), "{counts:?}");
    let calls = ["Collections.create", "Points.create_field_index", "Points.create_vector_name"];
    assert_eq!(calls.map(|call| server.calls(call)), [1, 5, 1]);
}

#[tokio::test]
async fn a_server_that_hangs_at_the_start_is_waited_for() {
    let server = QdrantStandIn::start();
    server.pause();
    let engine = open(options(&server)).await.unwrap();
    server.resume();
    assert_eq!(engine.count(vec![]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_key_that_is_refused_is_said_at_the_start() {
    let server = QdrantStandIn::wanting("hunter2");
    for api_key in [None, Some(ApiKey::from("hunter3".to_owned()))] {
        let refused = open(ServerOptions { api_key, ..options(&server) }).await.err();
        assert!(matches!(refused, Some(ContentError::Settings(_))), "{refused:?}");
    }
    let api_key = Some(ApiKey::from("hunter2".to_owned()));
    open(ServerOptions { api_key, ..options(&server) }).await.unwrap();
}

#[tokio::test]
async fn a_collection_of_someone_else_is_said_at_the_start_or_when_the_server_is_there() {
    let server = QdrantStandIn::start();
    let theirs = CreateCollection { collection_name: "theirs".into(), ..CreateCollection::default() };
    connection::client(&options(&server)).unwrap().create_collection(theirs).await.unwrap();
    let options = ServerOptions { collection: "theirs".into(), ..options(&server) };
    let refused = open(options.clone()).await.err();
    assert!(matches!(refused, Some(ContentError::Settings(_))), "{refused:?}");
    server.cut();
    let engine = open(options).await.unwrap();
    server.restore();
    let refused = engine.count(vec![]).await.unwrap_err();
    assert!(matches!(refused, ContentError::Settings(_)), "{refused:?}");
}
