//! Writes that a client may send twice: who names a write by an `idempotency-key` gets the first answer again.
//!
//! The key is the wallet's, stands for one route and body, and is good for 24 hours, at every backend. What was decided
//! about a write is kept, done or refused for what it asks. What may go otherwise the next time is not: faults, limits,
//! requests that could not be read or came without the right. While the first one runs a second is turned away; and it
//! runs to its end, also where the client goes away meanwhile: its answer is what the client comes back for.
//!
//! No secret is kept, and no body: see [`Kept`] and [`KeepInstead`].

mod kept;

pub(crate) use kept::KeepInstead;

use crate::app::App;
use crate::error::ApiError;
use crate::http::extract::whole_body;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chorale_domain::id::{Hash32, Wallet, sha256};
use chorale_store::{Claim, Claimed, KeptAnswer};
use chorale_wire::http::{IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED};
use kept::Kept;
use std::time::Duration;
use tokio::time::timeout;

/// Seconds that an answer is kept.
const KEPT: i64 = 24 * 60 * 60;

/// How long a write may run.
const LONGEST: Duration = Duration::from_secs(25);

/// Seconds that a write is claimed for: a backend that died while it ran must not keep others from it for ever.
const CLAIMED: i64 = 60;

/// Characters of a key.
const MAX_KEY: usize = 64;

/// Before a handler that takes a `C`: nobody gets an answer that they could not have got from the handler.
pub(crate) async fn once<C>(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError>
where
    C: Into<Wallet> + FromRequestParts<App, Rejection = ApiError>,
{
    let Some(key) = key(request.headers())? else { return Ok(next.run(request).await) };
    let (mut parts, body) = request.into_parts();
    let wallet = C::from_request_parts(&mut parts, &app).await?.into();
    let asked = whole_body(Request::from_parts(parts.clone(), body), &app).await?;
    match claim(&app, (wallet, &key), fingerprint(&parts, &asked)).await? {
        Claim::Mine(claimed) => Ok(run(app, claimed, (parts, asked), next).await),
        Claim::Answered(answer) => answered(&answer, &asked),
        Claim::Running => Err(ApiError::idempotency_in_progress()),
        Claim::OtherRequest => Err(ApiError::idempotency_mismatch()),
    }
}

/// The key that a request came with.
fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let good = |key: &&str| (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    let key = value.to_str().ok().filter(good);
    let bad =
        || ApiError::malformed(format!("{IDEMPOTENCY_KEY}: send 1 to {MAX_KEY} visible ASCII characters"));
    key.map(|key| Some(key.to_owned())).ok_or_else(bad)
}

/// All that makes a request what it is.
fn fingerprint(parts: &Parts, body: &[u8]) -> Hash32 {
    let (method, route) = (parts.method.as_str(), parts.uri.path());
    Hash32(sha256(&[method.as_bytes(), b" ", route.as_bytes(), b"\n", body]))
}

async fn claim(app: &App, name: (Wallet, &str), request: Hash32) -> Result<Claim, ApiError> {
    let now = (app.clock)();
    Ok(app.sessions.claim(name, request, now, now + CLAIMED).await?)
}

/// Runs the write in a task of its own, so that it ends whoever waits for it.
async fn run(app: App, claimed: Claimed, (parts, asked): (Parts, Bytes), next: Next) -> Response {
    let request = Request::from_parts(parts, Body::from(asked.clone()));
    let tasks = app.tasks.clone();
    let ran = tasks.spawn(async move {
        let answer = timeout(LONGEST, next.run(request)).await;
        let answer = answer.unwrap_or_else(|_| ApiError::timed_out(LONGEST).into_response());
        settle(&app, &claimed, answer, &asked).await
    });
    ran.await.unwrap_or_else(|panic| ApiError::broken(&panic).into_response())
}

/// Keeps the answer, or lets the same request be made again.
async fn settle(app: &App, claimed: &Claimed, answer: Response, asked: &[u8]) -> Response {
    let (answer, noted) = if is_decided(answer.status()) {
        let (answer, kept) = split(answer, asked).await;
        (answer, app.sessions.keep_answer(claimed, &kept, (app.clock)() + KEPT).await)
    } else {
        (answer, app.sessions.release(claimed).await)
    };
    // The answer is right all the same; who asks again is turned away until the claim expires.
    if let Err(cause) = noted {
        tracing::warn!(%cause, "an answer could not be kept for whoever asks again");
    }
    answer
}

/// Whether an answer says what became of the write.
fn is_decided(status: StatusCode) -> bool {
    const REFUSED: [StatusCode; 3] =
        [StatusCode::NOT_FOUND, StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY];
    status.is_success() || REFUSED.contains(&status)
}

/// An answer, and what is kept of it.
async fn split(answer: Response, asked: &[u8]) -> (Response, KeptAnswer) {
    let (mut parts, body) = answer.into_parts();
    // It is in memory already: it is one of our own handlers'.
    let told = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let instead = parts.extensions.remove::<KeepInstead>();
    let body = Kept::of(instead.as_ref().map_or(&told, |KeepInstead(json)| json), asked).text();
    let kept = KeptAnswer { status: parts.status.as_u16(), body };
    (Response::from_parts(parts, Body::from(told)), kept)
}

fn answered(kept: &KeptAnswer, asked: &[u8]) -> Result<Response, ApiError> {
    let body = Kept::read(&kept.body).map_err(|error| ApiError::broken(&error))?.told(asked);
    let status = StatusCode::from_u16(kept.status).map_err(|error| ApiError::broken(&error))?;
    let kind = if status.is_success() { "application/json" } else { "application/problem+json" };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::HeaderName::from_static(IDEMPOTENCY_REPLAYED), HeaderValue::from_static("true")),
    ];
    Ok((status, headers, body).into_response())
}
