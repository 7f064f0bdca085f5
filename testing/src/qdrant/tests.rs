//! That it can be cut, and is strict; what it answers is compared with the other engine by the content crate's suite.

use super::*;
use ::qdrant_client::qdrant::{CreateCollection, ScrollPoints};
use ::qdrant_client::{Qdrant, QdrantError};
use tonic::Code;

fn client(server: &QdrantStandIn) -> Qdrant {
    Qdrant::from_url(&server.url()).skip_compatibility_check().build().expect("its address is one")
}

fn named(name: &str) -> CreateCollection {
    CreateCollection { collection_name: name.into(), ..CreateCollection::default() }
}

fn code(error: QdrantError) -> Code {
    match error {
        QdrantError::ResponseError { status } => status.code(),
        other => panic!("not an answer: {other}"),
    }
}

#[tokio::test]
async fn it_can_be_cut_and_restored_and_keeps_what_it_holds() {
    let server = QdrantStandIn::start();
    let client = client(&server);
    client.create_collection(named("kept")).await.unwrap();
    server.cut();
    client.collection_exists("kept").await.expect_err("it answers after it was cut");
    server.restore();
    assert!(client.collection_exists("kept").await.unwrap());
    assert_eq!(server.calls("Collections.create"), 1);
}

#[tokio::test]
async fn it_hangs_until_it_is_resumed_or_cut() {
    let server = QdrantStandIn::start();
    let client = client(&server);
    client.health_check().await.unwrap();
    server.pause();
    let hanging = tokio::spawn({
        let client = client.clone();
        async move { client.health_check().await }
    });
    while server.calls("Qdrant.health_check") < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(!hanging.is_finished(), "it answers while it hangs");
    server.resume();
    hanging.await.unwrap().unwrap();
    server.pause();
    let broken = tokio::spawn(async move { client.health_check().await });
    while server.calls("Qdrant.health_check") < 3 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    server.cut();
    broken.await.unwrap().expect_err("it answers after it was cut");
}

#[tokio::test]
async fn it_wants_its_key() {
    let server = QdrantStandIn::wanting("hunter2");
    let refused = client(&server).collection_exists("any").await.unwrap_err();
    assert_eq!(code(refused), Code::Unauthenticated);
    let keyed =
        Qdrant::from_url(&server.url()).api_key("hunter2").skip_compatibility_check().build().unwrap();
    assert!(!keyed.collection_exists("any").await.unwrap());
}

#[tokio::test]
async fn what_it_does_not_know_it_refuses() {
    let server = QdrantStandIn::start();
    let client = client(&server);
    assert_eq!(code(client.list_collections().await.unwrap_err()), Code::Unimplemented);
    client.create_collection(named("one")).await.unwrap();
    assert_eq!(code(client.create_collection(named("one")).await.unwrap_err()), Code::AlreadyExists);
    let vectors = ScrollPoints {
        collection_name: "one".into(),
        with_vectors: Some(true.into()),
        ..ScrollPoints::default()
    };
    assert_eq!(code(client.scroll(vectors).await.unwrap_err()), Code::Unimplemented);
    let absent = ScrollPoints { collection_name: "two".into(), ..ScrollPoints::default() };
    assert_eq!(code(client.scroll(absent).await.unwrap_err()), Code::NotFound);
}

#[tokio::test]
async fn it_fails_until_it_recovers_and_forgets_when_it_is_told_to() {
    let server = QdrantStandIn::start();
    let client = client(&server);
    client.create_collection(named("one")).await.unwrap();
    server.fail(16);
    assert_eq!(code(client.collection_exists("one").await.unwrap_err()), Code::Unauthenticated);
    assert_eq!(code(client.health_check().await.unwrap_err()), Code::Unauthenticated);
    server.recover();
    server.fail_at("Qdrant.health_check", 13);
    assert_eq!(code(client.health_check().await.unwrap_err()), Code::Internal);
    assert!(client.collection_exists("one").await.unwrap());
    server.forget();
    assert!(!client.collection_exists("one").await.unwrap());
}

#[tokio::test]
async fn it_says_the_version_that_it_is_told_to_be() {
    let of_version = async |server: QdrantStandIn| client(&server).health_check().await.unwrap().version;
    assert_eq!(of_version(QdrantStandIn::of_version("1.17.1")).await, "1.17.1");
    assert_eq!(of_version(QdrantStandIn::start()).await, VERSION);
}
