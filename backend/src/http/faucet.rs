//! The faucet's route.

use super::extract::Body;
use crate::app::App;
use crate::error::ApiError;
use axum::Json;
use axum::extract::State;
use chorale_wire::http::{Fund, Funded};

/// `POST /v1/faucet`.
pub(crate) async fn fund(
    State(app): State<App>,
    Body(request): Body<Fund>,
) -> Result<Json<Funded>, ApiError> {
    let faucet = app.faucet.as_ref().ok_or_else(ApiError::no_faucet)?;
    Ok(Json(faucet.fund(request.wallet).await?))
}
