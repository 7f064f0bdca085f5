//! One request to an endpoint, and what becomes of it.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, Response, Url, redirect};
use serde_json::json;

use super::answer;
use crate::embedding::error::EmbeddingError;
use crate::embedding::{ApiKey, Kind};

/// The most bytes of an answer: the largest request, in large vectors, has a few million.
const MAX_ANSWER: usize = 32 * 1024 * 1024;

/// How long to wait for an answer.
#[derive(Clone, Copy, Debug)]
pub(in crate::embedding) struct Patience {
    /// For documents, which nobody waits for; a busy CPU may take long.
    pub document: Duration,
    /// For a query: whoever searches would rather have the answer by words alone.
    pub query: Duration,
}

/// The patience of the service.
pub(in crate::embedding) const PATIENCE: Patience =
    Patience { document: Duration::from_secs(60), query: Duration::from_secs(5) };

/// Knows address, key and model. Dropping a call ends it.
pub(in crate::embedding) struct Caller {
    http: Client,
    url: Url,
    authorization: Option<HeaderValue>,
    /// Not to be repeated from an endpoint's words.
    key: Option<ApiKey>,
    model: String,
    patience: Patience,
}

impl Caller {
    pub(in crate::embedding) fn new(
        url: &str,
        model: String,
        key: Option<&ApiKey>,
        patience: Patience,
    ) -> Result<Self, EmbeddingError> {
        // A key must not follow to wherever an answer points.
        let http = Client::builder().redirect(redirect::Policy::none()).build();
        Ok(Self {
            http: http.map_err(EmbeddingError::failed)?,
            url: address(url)?,
            authorization: key.map(authorization).transpose()?,
            key: key.cloned(),
            model,
            patience,
        })
    }

    pub(super) fn model(&self) -> &str {
        &self.model
    }

    /// One vector for each text, in their order, as the endpoint gives them.
    pub(super) async fn ask(&self, texts: &[&str], kind: Kind) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        let patience = match kind {
            Kind::Document => self.patience.document,
            Kind::Query => self.patience.query,
        };
        let mut request = self.http.post(self.url.clone()).timeout(patience);
        if let Some(value) = &self.authorization {
            request = request.header(AUTHORIZATION, value.clone());
        }
        let body = json!({ "model": self.model, "input": texts, "encoding_format": "float" });
        let response = request.json(&body).send().await.map_err(away)?;
        self.read(response, texts.len()).await
    }

    async fn read(&self, response: Response, texts: usize) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        let (status, headers) = (response.status(), response.headers().clone());
        let body = bounded(response).await?;
        if status.is_success() {
            return answer::vectors(&body, texts);
        }
        Err(answer::refusal(status, &headers, &self.without_key(&body)))
    }

    /// Some services repeat the key that they refuse.
    fn without_key(&self, body: &[u8]) -> Vec<u8> {
        let words = String::from_utf8_lossy(body);
        match self.key.as_ref().map(ApiKey::reveal).filter(|key| !key.is_empty()) {
            Some(key) => words.replace(key, "(the key)").into_bytes(),
            None => body.to_vec(),
        }
    }
}

fn address(url: &str) -> Result<Url, EmbeddingError> {
    let unusable = EmbeddingError::Settings("its URL must begin with http:// or https:// and name a host");
    let Ok(mut address) = Url::parse(url.trim()) else { return Err(unusable) };
    if !matches!(address.scheme(), "http" | "https") {
        return Err(unusable);
    }
    if !address.username().is_empty() || address.password().is_some() {
        return Err(EmbeddingError::Settings("its URL holds a password: give it as the API key instead"));
    }
    match address.path_segments_mut() {
        Ok(mut path) => path.pop_if_empty().push("embeddings"),
        Err(()) => return Err(unusable),
    };
    Ok(address)
}

fn authorization(key: &ApiKey) -> Result<HeaderValue, EmbeddingError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", key.reveal()))
        .map_err(|_| EmbeddingError::Settings("its API key has characters that no HTTP header can have"))?;
    value.set_sensitive(true);
    Ok(value)
}

async fn bounded(mut response: Response) -> Result<Vec<u8>, EmbeddingError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(away)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER {
            return Err(EmbeddingError::Answer(format!("more than {MAX_ANSWER} bytes")));
        }
    }
    Ok(body)
}

/// Nobody there, too slow, or cut off: with its causes, since reqwest's own words only name the stage.
fn away(error: reqwest::Error) -> EmbeddingError {
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        reason = format!("{reason}: {inner}");
        cause = inner.source();
    }
    EmbeddingError::unavailable(reason)
}
