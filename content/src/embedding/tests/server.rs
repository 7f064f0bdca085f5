//! An embeddings service for tests: real HTTP on a free port, with answers as the test says.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What came in.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub body: Value,
    pub authorization: Option<String>,
}

impl Asked {
    pub(super) fn texts(&self) -> Vec<String> {
        serde_json::from_value(self.body["input"].clone()).unwrap()
    }
}

type Answerer = dyn Fn(&Asked) -> Response + Send + Sync;

/// Serves until it is dropped.
pub(super) struct Server {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

#[derive(Clone)]
struct Shared {
    asked: Arc<Mutex<Vec<Asked>>>,
    answer: Arc<Answerer>,
}

impl Server {
    pub(super) async fn start(answer: impl Fn(&Asked) -> Response + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let asked = Arc::default();
        let shared = Shared { asked: Arc::clone(&asked), answer: Arc::new(answer) };
        let router = Router::new().route("/v1/embeddings", post(handle)).with_state(shared);
        let task = tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        Self { url, asked, task }
    }

    /// Every request so far.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn handle(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let authorization = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let asked = Asked { body: serde_json::from_slice(&body).unwrap(), authorization };
    shared.asked.lock().unwrap().push(asked.clone());
    (shared.answer)(&asked)
}

/// Vectors as OpenAI answers them: a text's length, and 1. Last text first.
pub(super) fn lengths(asked: &Asked) -> Response {
    let item = |(index, text): (usize, &String)| json!({ "object": "embedding", "index": index, "embedding": [text.len(), 1] });
    let mut data: Vec<_> = asked.texts().iter().enumerate().map(item).collect();
    data.reverse();
    let usage = json!({ "prompt_tokens": 1, "total_tokens": 1 });
    json!({ "object": "list", "data": data, "model": asked.body["model"], "usage": usage })
        .to_string()
        .into_response()
}
