//! `chorale reindex` and `chorale snapshot`: what is done with bodies alone, in a folder and on a Qdrant server.

use crate::process::{lines, run, said};
use crate::serving::{SALT, Serving, THREAD, hash, upload};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use chorale_content::embedding::{self, EmbeddingOptions};
use chorale_content::{ContentOptions, ContentStore, Models, NewContent, ServerOptions, Stage, Visibility};
use chorale_domain::id::Wallet;
use chorale_testing::QdrantStandIn;
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;
use tokio::net::TcpListener;

const ALICE: Wallet = Wallet([7; 32]);
/// Nobody listens there.
const NO_ENDPOINT: &str = "http://127.0.0.1:1/v1#mini";

/// Where an endpoint with OpenAI's embeddings API is, which breaks at whatever is unspeakable.
async fn endpoint() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let answering = post(|Json(asked): Json<Value>| async move { answer(&asked) });
    let routes = Router::new().route("/v1/embeddings", answering);
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    url
}

fn answer(asked: &Value) -> Response {
    let texts = asked["input"].as_array().expect("a list of texts");
    if texts.iter().any(|text| text.as_str().is_some_and(|text| text.contains("unspeakable"))) {
        return (StatusCode::INTERNAL_SERVER_ERROR, "input is too large").into_response();
    }
    let data: Vec<_> = (0..texts.len()).map(|index| json!({ "index": index, "embedding": [1, 1] })).collect();
    Json(json!({ "data": data })).into_response()
}

/// A folder with bodies in a folder that goes away.
async fn written(texts: &[&str]) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let content = folder.path().join("content");
    for text in texts {
        upload(&content, ALICE, text).await;
    }
    let content = content.display().to_string();
    (folder, content)
}

/// How many bodies of a folder lack the vector of a model at that endpoint, before it is asked for any.
async fn lacking(content: &str, url: &str, model: &str) -> usize {
    let (url, model) = (url.to_owned(), model.to_owned());
    let options = EmbeddingOptions::Endpoint { url, model, api_key: None, dimensions: Some(2) };
    let models = Models { model: Some(embedding::open(options).await.unwrap()), until_then: None };
    let store = ContentStore::open_with(ContentOptions::Edge { path: content.into() }, models).await.unwrap();
    let waiting = store.duties().waiting().await.unwrap();
    store.close().await.unwrap();
    waiting
}

#[tokio::test(flavor = "multi_thread")]
async fn every_body_of_a_folder_is_embedded_but_the_one_at_which_the_endpoint_breaks() {
    let url = endpoint().await;
    let (_folder, content) = written(&["a river", "unspeakable", "a song"]).await;
    let done = lines(&["reindex", "--content", &content, "--embeddings", &format!("{url}#mini")]);
    assert_eq!(done, [json!({ "waiting": 0, "models_dropped": 0 })]);
    // Nobody answers there: what has its vector has it from before.
    let nowhere = NO_ENDPOINT.split_once('#').unwrap().0;
    assert_eq!(lacking(&content, nowhere, "mini").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_server_the_vectors_of_other_models_stay_until_they_are_dropped() {
    let (qdrant, url) = (QdrantStandIn::start(), endpoint().await);
    let options = ContentOptions::Server(ServerOptions::at(qdrant.url()));
    let store = ContentStore::open(options).await.unwrap();
    let (thread, hash, author, body) = (THREAD, hash("a river"), ALICE, "a river".to_owned());
    let (stage, visibility) = (Stage::Proposed, Visibility::Public);
    let river = NewContent { thread, hash, author, salt: SALT, body, created_at: 100, stage, visibility };
    store.put(river).await.unwrap();
    let server = qdrant.url();
    let reindex = |model: &str, others: &[&str]| {
        let model = format!("{url}#{model}");
        let command = ["reindex", "--qdrant-url", &server, "--embeddings", &model];
        lines(&[&command[..], others].concat())
    };
    assert_eq!(reindex("old", &[]), [json!({ "waiting": 0, "models_dropped": 0 })]);
    assert_eq!(reindex("new", &[]), [json!({ "waiting": 0, "models_dropped": 0 })]);
    assert_eq!(store.duties().models().await.unwrap(), 2);
    assert_eq!(reindex("new", &["--drop-others"]), [json!({ "waiting": 0, "models_dropped": 1 })]);
    assert_eq!(store.duties().models().await.unwrap(), 1);
}

#[test]
fn reindexing_asks_for_a_model_and_for_a_place() {
    let folder = tempfile::tempdir().unwrap();
    let content = folder.path().join("content").display().to_string();
    let output = run(&["reindex", "--content", &content]);
    assert!(output.status.code() == Some(3) && said(&output).contains("--embeddings MODEL"), "{output:?}");
    assert!(!Path::new(&content).exists(), "nothing is begun");
    let output = run(&["reindex", "--embeddings", NO_ENDPOINT]);
    assert!(output.status.code() == Some(2) && said(&output).contains("--content DIR"), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_of_a_folder_is_a_folder_to_go_on_with() {
    let (folder, content) = written(&["a river"]).await;
    let copy = folder.path().join("copy").display().to_string();
    let snapshot = ["snapshot", &copy, "--content", &content];
    assert_eq!(lines(&snapshot), [json!({ "folder": copy })]);
    let store = ContentStore::open(ContentOptions::Edge { path: copy.clone().into() }).await.unwrap();
    let river = store.duties().get(THREAD, hash("a river")).await.unwrap().expect("it was copied");
    assert_eq!(river.body.as_deref(), Some("a river"));
    store.close().await.unwrap();
    let again = run(&snapshot);
    assert!(again.status.code() == Some(3) && said(&again).contains("name a new folder"), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_of_a_server_is_named_as_the_server_calls_it() {
    let (qdrant, folder) = (QdrantStandIn::start(), tempfile::tempdir().unwrap());
    let unused = folder.path().join("unused").display().to_string();
    let made = lines(&["snapshot", &unused, "--qdrant-url", qdrant.url().as_str()]);
    assert!(made[0]["snapshot"].as_str().is_some_and(|name| name.ends_with(".snapshot")), "{made:?}");
    assert!(!Path::new(&unused).exists(), "it stays with the server");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_begins_without_its_embedding_endpoint_where_the_dimensions_are_given() {
    let (folder, content) = written(&["a river"]).await;
    let copy = folder.path().join("copy").display().to_string();
    let unknown = run(&["snapshot", &copy, "--content", &content, "--embeddings", NO_ENDPOINT]);
    let words = "the embedding endpoint is not available";
    assert!(unknown.status.code() == Some(3) && said(&unknown).contains(words), "{unknown:?}");
    let given = ["--embeddings", NO_ENDPOINT, "--embeddings-dimensions", "2"];
    let (said, ended) = Serving::start(ALICE, &given).await.stop().await;
    assert!(ended.success(), "{said}");
}
