//! Signing in and out.

use super::extract::Body;
use crate::app::App;
use crate::auth::SignedIn;
use crate::error::ApiError;
use crate::rate::{Action, Origin};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chorale_wire::Code;
use chorale_wire::http::{Challenge, NonceRequest, Session, SignIn};

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
    app.rates.count(Action::SignIn, origin, None)?;
    Ok(Json(app.auth.challenge(request.wallet)))
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
    Ok((StatusCode::CREATED, Json(app.auth.sign_in(&request)?)))
}

/// Ends the session whose token comes with the request
#[utoipa::path(
    delete, path = "/v1/auth/session", tag = "sessions", operation_id = "sign_out",
    responses((status = NO_CONTENT, description = "It is over.")),
    security(("session" = [])),
)]
pub(crate) async fn sign_out(State(app): State<App>, caller: SignedIn) -> StatusCode {
    app.auth.sign_out(&caller);
    StatusCode::NO_CONTENT
}
