//! What machines ask an indexer: its metrics, and whether it is well.

use anyhow::{Context, Result};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chorale_indexer::Metrics;
use chorale_store::Clock;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What OpenMetrics calls its text.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Serves `/metrics` and `/health`.
pub(crate) struct Monitor {
    listener: TcpListener,
    source: Source,
}

#[derive(Clone)]
struct Source {
    metrics: Arc<Metrics>,
    clock: Clock,
}

impl Monitor {
    /// Listens at `address`; nothing is answered before [`run`](Self::run).
    pub(crate) async fn bind(address: SocketAddr, metrics: Arc<Metrics>, clock: Clock) -> Result<Self> {
        let listener = TcpListener::bind(address).await;
        let listener = listener.with_context(|| format!("cannot listen at {address}"))?;
        Ok(Self { listener, source: Source { metrics, clock } })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> Result<SocketAddr> {
        self.listener.local_addr().context("the monitor has no address")
    }

    /// Answers until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) -> std::io::Result<()> {
        let router = Router::new().route("/metrics", get(metrics)).route("/health", get(health));
        let serving = axum::serve(self.listener, router.with_state(self.source));
        serving.with_graceful_shutdown(stop.cancelled_owned()).await
    }
}

async fn metrics(State(source): State<Source>) -> Response {
    ([(header::CONTENT_TYPE, OPEN_METRICS)], source.metrics.render()).into_response()
}

/// 503 where the indexer is not well, so that whoever only looks at the status knows, too.
async fn health(State(source): State<Source>) -> Response {
    let health = source.metrics.health((source.clock)());
    let status = if health.healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(health)).into_response()
}
