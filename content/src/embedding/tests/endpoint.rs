//! What an endpoint may do, and what becomes of it.

use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures::stream;

use super::server::{Asked, Server, lengths};
use crate::embedding::endpoint::{Caller, Endpoint, PATIENCE, Patience};
use crate::embedding::{ApiKey, Embedder, EmbeddingError, EmbeddingOptions, Kind, open};

const SECRET: &str = "sk-very-secret";

fn options(url: &str, dimensions: Option<usize>) -> EmbeddingOptions {
    let api_key = Some(ApiKey::from(SECRET.to_owned()));
    EmbeddingOptions::Endpoint { url: url.into(), model: "lengths".into(), api_key, dimensions }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

/// What embedding a text fails with, at an endpoint that answers so.
async fn error(answer: impl Fn(&Asked) -> Response + Send + Sync + 'static) -> EmbeddingError {
    let server = Server::start(answer).await;
    let embedder = open(options(&server.url, Some(2))).await.unwrap();
    embedder.embed(&texts(&["text"]), Kind::Document).await.unwrap_err()
}

async fn error_at(url: &str) -> EmbeddingError {
    open(options(url, None)).await.err().expect("nothing to open is there")
}

fn is_normalised(vector: &[f32], length: f32) -> bool {
    let whole = length.hypot(1.0);
    (vector[0] - length / whole).abs() < 1e-6 && (vector[1] - 1.0 / whole).abs() < 1e-6
}

#[tokio::test]
async fn vectors_come_in_the_order_of_the_texts_and_normalised() {
    let server = Server::start(lengths).await;
    let embedder = open(options(&server.url, Some(2))).await.unwrap();
    let vectors = embedder.embed(&texts(&["a", "bbb", "cc"]), Kind::Document).await.unwrap();
    for (vector, length) in vectors.iter().zip([1.0, 3.0, 2.0]) {
        assert!(is_normalised(vector, length), "{vector:?} for a text of {length}");
    }
}

#[tokio::test]
async fn a_request_is_what_the_api_documents() {
    let server = Server::start(lengths).await;
    let embedder = open(options(&format!("{}/", server.url), Some(2))).await.unwrap();
    embedder.embed(&texts(&["one", "two"]), Kind::Query).await.unwrap();
    let asked = server.asked();
    let body = serde_json::json!({ "model": "lengths", "input": ["one", "two"], "encoding_format": "float" });
    assert_eq!(asked[0].body, body);
    assert_eq!(asked[0].authorization.as_deref(), Some("Bearer sk-very-secret"));
}

#[tokio::test]
async fn many_texts_are_several_requests() {
    let server = Server::start(lengths).await;
    let embedder = open(options(&server.url, Some(2))).await.unwrap();
    let many: Vec<_> = (1..=70).map(|length| "x".repeat(length)).collect();
    let vectors = embedder.embed(&many, Kind::Document).await.unwrap();
    assert_eq!(server.asked().iter().map(|asked| asked.texts().len()).collect::<Vec<_>>(), [32, 32, 6]);
    assert!(vectors.len() == 70 && is_normalised(&vectors[69], 70.0), "{:?}", vectors.last());
}

#[tokio::test]
async fn dimensions_that_nobody_gave_are_learned_once() {
    let server = Server::start(lengths).await;
    let embedder = open(options(&server.url, None)).await.unwrap();
    assert_eq!(embedder.model().dimensions, 2);
    assert_eq!(embedder.model().name, "lengths");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn with_dimensions_it_opens_while_the_endpoint_is_away() {
    let embedder = open(options("http://127.0.0.1:9/v1", Some(2))).await.unwrap();
    let error = embedder.embed(&texts(&["text"]), Kind::Query).await.unwrap_err();
    assert!(error.is_temporary() && error.to_string().contains("refused"), "{error}");
    assert!(error_at("http://127.0.0.1:9/v1").await.is_temporary());
}

#[tokio::test]
async fn one_that_is_busy_says_how_long() {
    let busy =
        |_: &Asked| (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "7")], "slow down").into_response();
    let EmbeddingError::Unavailable { reason, retry_after } = error(busy).await else {
        panic!("it may pass")
    };
    assert_eq!((reason.as_str(), retry_after), ("status 429: slow down", Some(Duration::from_secs(7))));
    let broken = |_: &Asked| StatusCode::BAD_GATEWAY.into_response();
    let EmbeddingError::Unavailable { retry_after: None, .. } = error(broken).await else {
        panic!("it may pass")
    };
}

#[tokio::test]
async fn one_that_refuses_is_quoted_without_the_key() {
    let refuse = |asked: &Asked| {
        let message = format!("no such key: {}", asked.authorization.as_deref().unwrap_or_default());
        let body = serde_json::json!({ "error": { "message": message, "type": "invalid_request_error" } });
        (StatusCode::UNAUTHORIZED, body.to_string()).into_response()
    };
    let EmbeddingError::Refused { status: 401, words } = error(refuse).await else {
        panic!("it will not pass")
    };
    assert_eq!(words, "no such key: Bearer (the key)");
}

#[tokio::test]
async fn one_that_is_slow_is_given_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let patience = Patience { query: Duration::from_millis(50), ..PATIENCE };
    let caller = Caller::new(&url, "never".into(), None, patience).unwrap();
    let embedder = Endpoint::open(caller, Some(2)).await.unwrap();
    let began = Instant::now();
    let error = embedder.embed(&texts(&["text"]), Kind::Query).await.unwrap_err();
    assert!(error.is_temporary() && error.to_string().contains("timed out"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[tokio::test]
async fn an_answer_that_is_cut_off_may_come_whole_later() {
    let cut = |_: &Asked| {
        let parts = [Ok(Bytes::from_static(br#"{"data":[{"index":0,"#)), Err("gone")];
        Body::from_stream(stream::iter(parts)).into_response()
    };
    assert!(matches!(error(cut).await, EmbeddingError::Unavailable { .. }));
}

#[tokio::test]
async fn vectors_of_other_dimensions_are_refused_with_both_figures() {
    let server = Server::start(lengths).await;
    let embedder = open(options(&server.url, Some(384))).await.unwrap();
    let error = embedder.embed(&texts(&["text"]), Kind::Document).await.unwrap_err();
    assert!(matches!(error, EmbeddingError::Dimensions { expected: 384, found: 2 }), "{error}");
}

#[tokio::test]
async fn a_vector_of_zeros_is_refused() {
    let zeros = |_: &Asked| r#"{"data":[{"index":0,"embedding":[0,0]}]}"#.into_response();
    assert!(matches!(error(zeros).await, EmbeddingError::Vector(_)));
    let huge = |_: &Asked| r#"{"data":[{"index":0,"embedding":[1e39,0]}]}"#.into_response();
    assert!(matches!(error(huge).await, EmbeddingError::Vector(_) | EmbeddingError::Answer(_)));
}

#[tokio::test]
async fn a_page_of_something_else_is_refused_with_a_hint() {
    let error = error(|_| "<html>welcome</html>".into_response()).await;
    assert!(!error.is_temporary() && error.to_string().contains("check that the configured URL"), "{error}");
}

#[tokio::test]
async fn a_key_does_not_follow_to_where_an_answer_points() {
    let other = Server::start(lengths).await;
    let location = format!("{}/embeddings", other.url);
    let moved =
        move |_: &Asked| (StatusCode::TEMPORARY_REDIRECT, [("location", location.clone())]).into_response();
    assert!(matches!(error(moved).await, EmbeddingError::Refused { status: 307, .. }));
    assert!(other.asked().is_empty());
}

#[tokio::test]
async fn an_address_that_cannot_work_is_refused_at_once() {
    for url in ["", "localhost:11434", "ftp://host/v1", "mailto:a@b", "http://user:pass@host/v1"] {
        let error = error_at(url).await;
        assert!(matches!(error, EmbeddingError::Settings(_)), "{url}: {error}");
        assert!(!error.to_string().contains("pass@"), "{error}");
    }
}

#[test]
fn a_key_shows_itself_nowhere() {
    let shown = format!("{:?} {:#?}", options("http://host", None), options("http://host", None));
    assert!(!shown.contains(SECRET), "{shown}");
}

#[tokio::test]
async fn a_key_that_no_header_can_carry_is_refused_without_showing_it() {
    let api_key = Some(ApiKey::from("line\nbreak".to_owned()));
    let url = "http://127.0.0.1:9/v1".into();
    let options = EmbeddingOptions::Endpoint { url, model: "m".into(), api_key, dimensions: Some(2) };
    let error = open(options).await.err().expect("no header has a line break").to_string();
    assert!(error.contains("API key has characters") && !error.contains("break"), "{error}");
}
