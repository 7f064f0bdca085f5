//! JSON-RPC over HTTP, with the answers told apart that mean something to an indexer.
//!
//! solana-client's own sender waits by itself when it is asked less often, for minutes, and drops what comes with an
//! error: how far a node is that is behind.

use chorale_wire::endpoint::public;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use solana_client::rpc_request::RpcRequest;
use std::error::Error;
use std::time::Duration;

/// For the connection. Nothing that is up takes longer.
const CONNECT: Duration = Duration::from_secs(5);
/// A code some providers answer with, in place of the HTTP status of the same number.
const TOO_MANY_REQUESTS: i64 = 429;

/// Where a node answers.
pub(super) struct Endpoint {
    client: Client,
    url: String,
    /// What may be said of it.
    shown: String,
}

/// Why there is no result.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub(super) enum CallError {
    /// It was asked too often.
    #[error("it is asked too often")]
    Limited {
        /// How long to leave it alone, where it says so.
        retry_after: Option<Duration>,
    },
    /// The node answered with an error.
    #[error("{message} (error {code})")]
    Refused {
        /// Which error.
        code: i64,
        /// In its words.
        message: String,
        /// What comes with it; null if nothing does.
        data: Value,
    },
    /// No connection, no answer in time, or not one of JSON-RPC.
    #[error("{0}")]
    Broken(String),
}

#[derive(Deserialize)]
struct Answer {
    error: Option<Refusal>,
    #[serde(default)]
    result: Value,
}

#[derive(Deserialize)]
struct Refusal {
    code: i64,
    message: String,
    #[serde(default)]
    data: Value,
}

impl Endpoint {
    pub(super) fn new(url: String) -> Self {
        // What would fail here is the set-up of TLS; then the default client panics, as nothing could work.
        let client = Client::builder().connect_timeout(CONNECT).build().unwrap_or_default();
        let shown = public(&url);
        Self { client, url, shown }
    }

    /// Where it is, as far as it may be said.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Calls a method; the answer must be there within `limit`.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        method: RpcRequest,
        params: Value,
        limit: Duration,
    ) -> Result<T, CallError> {
        let body = method.build_request_json(1, params).to_string();
        let request = self.client.post(&self.url).header(CONTENT_TYPE, "application/json").timeout(limit);
        let response = request.body(body).send().await.map_err(broken)?;
        let (status, retry_after) = (response.status(), retry_after(response.headers()));
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Err(CallError::Limited { retry_after });
        }
        let body = response.bytes().await.map_err(broken)?;
        result(status, &body, retry_after)
    }
}

/// A date is allowed there too, but nobody sends one. How much of it is believed is for others to say.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

/// Errors come with other statuses than 200 as well, so the body is looked at first.
fn result<T: DeserializeOwned>(
    status: StatusCode,
    body: &[u8],
    retry_after: Option<Duration>,
) -> Result<T, CallError> {
    let answer: Result<Answer, _> = serde_json::from_slice(body);
    match answer {
        Ok(Answer { error: Some(Refusal { code: TOO_MANY_REQUESTS, .. }), .. }) => {
            Err(CallError::Limited { retry_after })
        }
        Ok(Answer { error: Some(Refusal { code, message, data }), .. }) => {
            Err(CallError::Refused { code, message, data })
        }
        _ if !status.is_success() => Err(CallError::Broken(format!("HTTP status {status}"))),
        Ok(Answer { error: None, result }) => {
            serde_json::from_value(result).map_err(|error| unreadable(&error))
        }
        Err(error) => Err(unreadable(&error)),
    }
}

fn unreadable(error: &serde_json::Error) -> CallError {
    CallError::Broken(format!("its answer cannot be read: {error}"))
}

/// The error with its causes: reqwest's own text names only the URL.
fn broken(error: reqwest::Error) -> CallError {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    CallError::Broken(text)
}
