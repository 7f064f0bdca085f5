//! Signing in and out.

use super::extract::Body;
use crate::app::App;
use crate::auth::SignedIn;
use crate::error::ApiError;
use crate::rate::{Action, Origin};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chorale_wire::http::{Challenge, NonceRequest, Session, SignIn};

/// `POST /v1/auth/nonce`.
pub(crate) async fn challenge(
    State(app): State<App>,
    origin: Origin,
    Body(request): Body<NonceRequest>,
) -> Result<Json<Challenge>, ApiError> {
    app.rates.count(Action::SignIn, origin, None).await?;
    Ok(Json(app.auth.challenge(request.wallet)))
}

/// `POST /v1/auth/session`.
pub(crate) async fn sign_in(
    State(app): State<App>,
    Body(request): Body<SignIn>,
) -> Result<(StatusCode, Json<Session>), ApiError> {
    Ok((StatusCode::CREATED, Json(app.auth.sign_in(&request)?)))
}

/// `DELETE /v1/auth/session`.
pub(crate) async fn sign_out(State(app): State<App>, caller: SignedIn) -> StatusCode {
    app.auth.sign_out(&caller);
    StatusCode::NO_CONTENT
}
