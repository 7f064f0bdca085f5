//! Whether everything is there.

use crate::app::App;
use crate::parts::abilities;
use crate::progress::Progress;
use axum::Json;
use axum::extract::State;
use chorale_wire::http::{Health, HealthStatus};

/// Whether everything is there
#[utoipa::path(
    get, path = "/v1/health", tag = "service", operation_id = "show_health",
    description = "Always 200. Degraded is not down: `abilities` tells what still works, and how well.",
    responses((status = OK, description = "How it is.", body = Health)),
)]
pub(crate) async fn show(State(app): State<App>) -> Json<Health> {
    let Progress { cursor, slot, seen_slot, seen_at, unfinalized } = app.progress().await;
    let (parts, away) = app.troubles();
    let status = if away.is_empty() { HealthStatus::Active } else { HealthStatus::Degraded };
    let (duties, as_of) = (app.content.duties(), seen_at);
    let (abilities, queued_uploads) = (abilities(&parts, duties.has_queue()), duties.queued());
    Json(Health { status, away, abilities, as_of, queued_uploads, cursor, slot, seen_slot, unfinalized })
}
