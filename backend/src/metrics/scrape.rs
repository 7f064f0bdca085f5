//! How the numbers are read.

use crate::app::App;
use crate::http::health;
use crate::progress::Progress;
use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// What OpenMetrics calls its text.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What machines ask that watch the backend. Numbers of use, of faults and of other clients' refusals are not for
/// everyone, so that these routes are not among the public ones unless whoever runs the backend wants that.
pub(crate) fn routes(app: App) -> Router {
    let health = Router::new().route("/v1/health", get(health::show)).with_state(app.clone());
    health.merge(route(app))
}

/// The metrics alone.
pub(crate) fn route(app: App) -> Router {
    Router::new().route("/v1/metrics", get(show)).with_state(app)
}

/// `GET /v1/metrics`.
async fn show(State(app): State<App>) -> Response {
    measure(&app).await;
    ([(CONTENT_TYPE, OPEN_METRICS)], app.metrics.render()).into_response()
}

/// Brings those gauges up to date that nothing else does.
async fn measure(app: &App) {
    let Progress { unfinalized, .. } = app.progress().await;
    app.metrics.parts.store(app.age(), unfinalized);
    for (part, presence) in app.parts() {
        app.metrics.parts.part(part.name(), presence);
    }
    app.caches.counts().into_iter().for_each(|counts| app.metrics.caches.counted(counts));
    let queues = &app.metrics.queues;
    queues.waiting("requests", app.busy.requests());
    queues.waiting("uploads", app.content.duties().queued());
    // Where Qdrant does not answer, as many wait as did when it last answered.
    if let Ok(waiting) = app.content.duties().waiting().await {
        queues.waiting("embeddings", waiting);
    }
}
