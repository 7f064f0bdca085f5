//! Spans for whoever collects traces. Where nobody does, they are disabled where they begin and cost nothing.
//!
//! They say which route, frame or call, how it ended and how long it took; never what was in it.

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName};
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::global;
use opentelemetry::propagation::Extractor;
use tracing::field::Empty;
use tracing::{Instrument as _, Span, trace_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The target of every span here: collectors of traces turn it on, logs leave it out.
pub const TRACE_TARGET: &str = "chorale_trace";

/// Puts a request into a span of its own, which continues the caller's trace where it has one (`traceparent`).
pub(crate) async fn traced(request: Request, next: Next) -> Response {
    let span = of_request(&request);
    if span.is_disabled() {
        return next.run(request).await;
    }
    continue_trace(&span, request.headers());
    let answer = next.run(request).instrument(span.clone()).await;
    span.record("http.response.status_code", answer.status().as_u16());
    answer
}

fn of_request(request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let method = request.method().as_str();
    trace_span!(
        target: TRACE_TARGET,
        "request",
        otel.name = %format_args!("{method} {route}"),
        otel.kind = "server",
        http.route = route,
        http.request.method = method,
        http.response.status_code = Empty
    )
}

fn continue_trace(span: &Span, headers: &HeaderMap) {
    let parent = global::get_text_map_propagator(|known| known.extract(&Headers(headers)));
    if let Err(error) = span.set_parent(parent) {
        tracing::debug!(%error, "a request begins a trace of its own");
    }
}

/// A call of the RPC endpoint.
pub(crate) fn of_call(call: &'static str) -> Span {
    trace_span!(target: TRACE_TARGET, "chain", otel.name = %format_args!("chain {call}"), otel.kind = "client")
}

/// A frame of a client, by its kind.
pub(crate) fn of_frame(kind: &'static str) -> Span {
    trace_span!(target: TRACE_TARGET, "frame", otel.name = %format_args!("frame {kind}"), otel.kind = "server")
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}
