//! Where this backend gets its truth.

use crate::app::App;
use crate::error::ApiError;
use axum::Json;
use axum::extract::State;
use chorale_domain::content::MAX_BODY_BYTES;
use chorale_wire::endpoint::public;
use chorale_wire::http::Info;

/// Where this backend gets its truth
#[utoipa::path(
    get, path = "/v1/info", tag = "service", operation_id = "show_info",
    responses((status = OK, description = "Chain, configuration, treasury, limits.", body = Info)),
)]
pub(crate) async fn show(State(app): State<App>) -> Result<Json<Info>, ApiError> {
    // The cursor first: what is read after it is at least as new.
    let (cursor, _) = app.store.last_event().await?;
    let chain = &app.chain_config;
    Ok(Json(Info {
        version: env!("CARGO_PKG_VERSION").into(),
        program: chain.program,
        rpc_url: public(&chain.rpc_url),
        ws_url: public(&chain.ws_url),
        config: app.store.config().await?,
        treasury: app.store.treasury().await?,
        roots: app.store.roots().await?.roots,
        max_body_bytes: MAX_BODY_BYTES,
        faucet: app.faucet.is_some(),
        cursor,
    }))
}
