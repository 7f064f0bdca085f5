//! How requests are read: every refusal is a problem that says where the request went wrong.

use crate::app::App;
use crate::auth::scope::Scoped;
use crate::auth::{AuthError, Caller, Person, SignedIn};
use crate::error::ApiError;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use chorale_wire::Code;
use chorale_wire::http::BEARER;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::time::timeout;

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        require_json(request.headers())?;
        let bytes = whole_body(request, state).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| ApiError::malformed(error.to_string()))
    }
}

/// How long the body of a request may take to come; it goes with the request.
#[derive(Clone, Copy)]
pub(crate) struct BodyWithin(pub(crate) Duration);

/// All of a body, as long as it is no larger than its route takes and comes in time.
pub(crate) async fn whole_body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    let within = request.extensions().get().map_or(Duration::MAX, |BodyWithin(within)| *within);
    let read = timeout(within, Bytes::from_request(request, state)).await;
    read.map_err(|_| ApiError::sent_too_slowly(within))?.map_err(|refused| match refused.status() {
        status @ StatusCode::PAYLOAD_TOO_LARGE => {
            ApiError::new(status, Code::TooLarge, "the request is larger than this route takes")
        }
        _ => ApiError::malformed(refused.body_text()),
    })
}

/// Browsers send other types across origins without asking first; this one they ask about.
fn require_json(headers: &HeaderMap) -> Result<(), ApiError> {
    let found = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if found.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
        return Ok(());
    }
    let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    Err(ApiError::new(status, Code::MalformedRequest, "send JSON with content-type: application/json"))
}

/// What the path names.
pub(crate) struct Named<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::from_request_parts(parts, state).await;
        path.map(|Path(named)| Self(named)).map_err(|refused| ApiError::malformed(refused.body_text()))
    }
}

/// The query string.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = Query::try_from_uri(&parts.uri);
        query.map(|Query(asked)| Self(asked)).map_err(|refused| ApiError::malformed(refused.body_text()))
    }
}

/// A handler that takes this is for callers whose session may be used for `S`.
impl<S: Scoped> FromRequestParts<App> for Caller<S> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(SignedIn::from_request_parts(parts, app).await?.allowed()?)
    }
}

/// Who calls, if the caller says so; a token that is no good is refused all the same.
// Not imported: its method is called like the other one's, and `Path` has both.
impl<S: Scoped> axum::extract::OptionalFromRequestParts<App> for Caller<S> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, ApiError> {
        if !parts.headers.contains_key(AUTHORIZATION) {
            return Ok(None);
        }
        <Self as FromRequestParts<App>>::from_request_parts(parts, app).await.map(Some)
    }
}

/// A handler that takes this is for wallets that signed in themselves.
impl FromRequestParts<App> for Person {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(SignedIn::from_request_parts(parts, app).await?.in_person()?)
    }
}

/// A handler that takes this is for callers with a session, whatever it may be used for.
impl FromRequestParts<App> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix(BEARER)).ok_or(AuthError::NotSignedIn)?;
        Ok(app.auth.session(token).await?)
    }
}
