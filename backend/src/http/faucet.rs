//! The faucet's route.

use super::extract::Body;
use crate::app::App;
use crate::error::ApiError;
use axum::Json;
use axum::extract::State;
use chorale_wire::Code;
use chorale_wire::http::{Fund, Funded};

/// Lamports and tokens for trying things out, where there is a faucet
#[utoipa::path(
    post, path = "/v1/faucet", tag = "service", operation_id = "fund",
    request_body = Fund,
    responses((status = OK, description = "What it gave.", body = Funded)),
    extensions(("x-problems" = json!([Code::NoFaucet, Code::ProgramRefused, Code::ChainUnavailable])))
)]
pub(crate) async fn fund(
    State(app): State<App>,
    Body(request): Body<Fund>,
) -> Result<Json<Funded>, ApiError> {
    let faucet = app.faucet.as_ref().ok_or_else(ApiError::no_faucet)?;
    Ok(Json(faucet.fund(request.wallet).await?))
}
