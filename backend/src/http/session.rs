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
use chorale_wire::Code;
use chorale_wire::http::{Challenge, NonceRequest, Session, Sessions, SignIn, Token, TokenRequest};

/// A text to sign, for signing in
#[utoipa::path(
    post, path = "/v1/auth/nonce", tag = "sessions", operation_id = "ask_for_challenge",
    request_body = NonceRequest,
    responses((status = OK, description = "What to sign.", body = Challenge)),
    extensions(("x-problems" = json!([Code::RateLimited])))
)]
pub(crate) async fn challenge(
    State(app): State<App>,
    origin: Origin,
    Body(request): Body<NonceRequest>,
) -> Result<Json<Challenge>, ApiError> {
    app.rates.count(Action::SignIn, origin, None).await?;
    Ok(Json(app.auth.challenge(request.wallet).await?))
}

/// Opens a session for a wallet that signed its challenge
#[utoipa::path(
    post, path = "/v1/auth/session", tag = "sessions", operation_id = "sign_in",
    request_body = SignIn,
    responses((status = CREATED, description = "The session with its token.", body = Session)),
    extensions(("x-problems" = json!([Code::BadNonce, Code::BadMessage, Code::BadSignature])))
)]
pub(crate) async fn sign_in(
    State(app): State<App>,
    Body(request): Body<SignIn>,
) -> Result<(StatusCode, Json<Session>), ApiError> {
    let session = app.auth.sign_in(&request).await;
    app.metrics.http.sign_in(session.is_ok());
    Ok((StatusCode::CREATED, Json(session?)))
}

/// Ends the session whose token comes with the request
#[utoipa::path(
    delete, path = "/v1/auth/session", tag = "sessions", operation_id = "sign_out",
    responses((status = NO_CONTENT, description = "It is over.")),
    security(("session" = [])),
)]
pub(crate) async fn sign_out(State(app): State<App>, caller: SignedIn) -> Result<StatusCode, ApiError> {
    app.auth.sign_out(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The wallet's sessions, and its agents' tokens
#[utoipa::path(
    get, path = "/v1/auth/sessions", tag = "sessions", operation_id = "list_sessions",
    responses((status = OK, description = "All of them, oldest first.", body = Sessions)),
    security(("session" = ["person"])),
)]
pub(crate) async fn list(State(app): State<App>, caller: Person) -> Result<Json<Sessions>, ApiError> {
    Ok(Json(Sessions { sessions: app.auth.list(&caller).await? }))
}

/// Ends a session of the wallet, or a token of its agents
#[utoipa::path(
    delete, path = "/v1/auth/sessions/{id}", tag = "sessions", operation_id = "end_session",
    params(("id" = Hash32, Path, description = "Names it.")),
    responses((status = NO_CONTENT, description = "It is over.")),
    security(("session" = ["person"])),
    extensions(("x-problems" = json!([Code::UnknownSession])))
)]
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

/// Signs out everywhere, agents too
#[utoipa::path(
    delete, path = "/v1/auth/sessions", tag = "sessions", operation_id = "sign_out_everywhere",
    responses((status = NO_CONTENT, description = "All are over.")),
    security(("session" = ["person"])),
)]
pub(crate) async fn end_all(State(app): State<App>, caller: Person) -> Result<StatusCode, ApiError> {
    app.auth.end_all(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes an API token for an agent
#[utoipa::path(
    post, path = "/v1/auth/tokens", tag = "sessions", operation_id = "make_token",
    description = "The token is shown this once: what is kept for a repeated request is without it.",
    request_body = TokenRequest,
    responses((status = CREATED, description = "The token.", body = Token)),
    security(("session" = ["person"])),
    extensions(("x-problems" = json!([Code::RateLimited])))
)]
pub(crate) async fn make_token(
    State(app): State<App>,
    caller: Person,
    origin: Origin,
    Body(request): Body<TokenRequest>,
) -> Result<(StatusCode, Extension<KeepInstead>, Json<Token>), ApiError> {
    app.rates.count(Action::SignIn, origin, Some(caller.wallet())).await?;
    let made = app.auth.make_token(&caller, request).await?;
    let kept = KeepInstead::json(&Token { token: None, ..made.clone() });
    Ok((StatusCode::CREATED, Extension(kept), Json(made)))
}
