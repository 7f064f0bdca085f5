//! The interface's own documentation: the OpenAPI document, and a page to read and try it.

use super::extract::Named;
use crate::error::{ApiError, no_route};
use axum::body::Bytes;
use axum::extract::Extension;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;
use utoipa_swagger_ui::Config;

/// Where the document is.
pub(crate) const OPENAPI: &str = "/v1/openapi.json";
/// Where the page is.
const PAGE: &str = "/v1/docs/";

/// The page runs its own scripts, shows its own styles and pictures, and asks this backend; nothing else, and nobody
/// frames it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
/// The files change with the software only.
const A_WHILE: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// The OpenAPI document as text, put together with the router.
#[derive(Clone)]
pub(crate) struct Document(Bytes);

impl Document {
    pub(crate) fn new(document: &Value) -> Self {
        Self(document.to_string().into())
    }
}

/// `GET /v1/openapi.json`.
pub(crate) async fn openapi(Extension(Document(text)): Extension<Document>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], text)
}

/// `GET /v1/docs`.
pub(crate) async fn to_page() -> Redirect {
    Redirect::permanent(PAGE)
}

/// `GET /v1/docs/`.
pub(crate) async fn page() -> Result<Response, ApiError> {
    file("index.html").await
}

/// `GET /v1/docs/{file}`.
pub(crate) async fn page_file(Named(name): Named<String>) -> Result<Response, ApiError> {
    file(&name).await
}

async fn file(name: &str) -> Result<Response, ApiError> {
    let config = Config::from(OPENAPI).validator_url("none");
    let found = utoipa_swagger_ui::serve(name, Arc::new(config));
    let Some(file) = found.map_err(|_| ApiError::internal("the page cannot be put together"))? else {
        return Err(no_route().await);
    };
    // Most of it is in the program itself, where everyone can be given it from.
    let bytes = match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(CACHE_CONTROL, A_WHILE);
    if let Ok(kind) = HeaderValue::try_from(file.content_type) {
        headers.insert(CONTENT_TYPE, kind);
    }
    Ok(response)
}
