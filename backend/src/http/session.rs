//! Signing in and out, sessions, and API tokens.

use super::extract::{Body, Named};
use crate::app::App;
use crate::auth::{Person, SignedIn};
use crate::error::ApiError;
use crate::idempotency::KeepInstead;
use crate::rate::{Action, Origin};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use chorale_domain::id::Hash32;
use chorale_wire::http::{Challenge, NonceRequest, Session, Sessions, SignIn, Token, TokenRequest};

/// `POST /v1/auth/nonce`.
pub(crate) async fn challenge(
    State(app): State<App>,
    origin: Origin,
    Body(request): Body<NonceRequest>,
) -> Result<Json<Challenge>, ApiError> {
    app.rates.count(Action::SignIn, origin, None)?;
    Ok(Json(app.auth.challenge(request.wallet).await?))
}

/// `POST /v1/auth/session`.
pub(crate) async fn sign_in(
    State(app): State<App>,
    Body(request): Body<SignIn>,
) -> Result<(StatusCode, Json<Session>), ApiError> {
    let session = app.auth.sign_in(&request).await;
    app.metrics.http.sign_in(session.is_ok());
    Ok((StatusCode::CREATED, Json(session?)))
}

/// `DELETE /v1/auth/session`.
pub(crate) async fn sign_out(State(app): State<App>, caller: SignedIn) -> Result<StatusCode, ApiError> {
    app.auth.sign_out(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v1/auth/sessions`.
pub(crate) async fn list(State(app): State<App>, caller: Person) -> Result<Json<Sessions>, ApiError> {
    Ok(Json(Sessions { sessions: app.auth.list(&caller).await? }))
}

/// `DELETE /v1/auth/sessions/{id}`: a session of the caller's, or a token of its agents.
pub(crate) async fn end(
    State(app): State<App>,
    caller: Person,
    Named(id): Named<Hash32>,
) -> Result<StatusCode, ApiError> {
    if app.auth.end(&caller, id).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::unknown_session(id))
}

/// `DELETE /v1/auth/sessions`: signs out everywhere, agents too.
pub(crate) async fn end_all(State(app): State<App>, caller: Person) -> Result<StatusCode, ApiError> {
    app.auth.end_all(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v1/auth/tokens`: an API token for an agent, shown this once: what is kept for a repeated request is without it.
pub(crate) async fn make_token(
    State(app): State<App>,
    caller: Person,
    origin: Origin,
    Body(request): Body<TokenRequest>,
) -> Result<(StatusCode, Extension<KeepInstead>, Json<Token>), ApiError> {
    app.rates.count(Action::SignIn, origin, Some(caller.wallet()))?;
    let made = app.auth.make_token(&caller, request).await?;
    let kept = KeepInstead::json(&Token { token: None, ..made.clone() });
    Ok((StatusCode::CREATED, Extension(kept), Json(made)))
}
