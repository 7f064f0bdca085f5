//! Whether everything is there.

use crate::app::App;
use crate::progress::Progress;
use axum::Json;
use axum::extract::State;
use chorale_wire::http::{Health, HealthStatus};

/// Whether everything is there
#[utoipa::path(
    get, path = "/v1/health", tag = "service", operation_id = "show_health",
    description = "Always 200. Degraded is not down: what does not need the missing part still works.",
    responses((status = OK, description = "How it is.", body = Health)),
)]
pub(crate) async fn show(State(app): State<App>) -> Json<Health> {
    let Progress { cursor, slot, seen_slot, unfinalized } = app.progress().await;
    let redis = app.link.as_ref().and_then(|link| link.report());
    let parts = [app.chain.report(), app.store_presence.report(), app.auth.report(), redis];
    let away: Vec<_> = parts.into_iter().flatten().collect();
    let status = if away.is_empty() { HealthStatus::Active } else { HealthStatus::Degraded };
    Json(Health { status, away, cursor, slot, seen_slot, unfinalized })
}
