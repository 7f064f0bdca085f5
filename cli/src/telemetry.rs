//! What the command says of itself: a log for people, and traces for whoever collects them.

use anyhow::{Context, Result};
use chorale_backend::TRACE_TARGET;
use opentelemetry::global;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::runtime::Tokio;
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_sdk::trace::span_processor_with_async_runtime::BatchSpanProcessor;
use std::io::{IsTerminal as _, stderr};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

/// Unless `RUST_LOG` says otherwise: our own crates say when something is back, too. Qdrant's engine warns about
/// settings that only its server has.
const QUIET: &str = "warn,qdrant_edge=error,chorale_cli=info,chorale_backend=info,chorale_indexer=info";

/// Whatever `RUST_LOG` says: below that these write requests, frames and statements into the log, with the tokens and
/// bodies in them.
const DISCREET: [&str; 10] = [
    "tungstenite=info",
    "tokio_tungstenite=info",
    "hyper=info",
    "hyper_util=info",
    "h2=info",
    "reqwest=info",
    "rustls=info",
    "solana_rpc_client=info",
    "solana_client=info",
    "sqlx=info",
];

/// Where OTLP takes traces, below a collector's address.
const TRACES: &str = "v1/traces";

/// The log, and the way to a collector if there is one.
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Begins to log, and to send traces to the collector at `otlp` if there is one.
    ///
    /// # Errors
    /// If the collector's address is of no use.
    pub fn start(otlp: Option<&str>) -> Result<Self> {
        let traces = otlp.map(provider).transpose()?;
        let collect = traces.as_ref().map(|provider| {
            let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("chorale"));
            layer.with_filter(Targets::new().with_target(TRACE_TARGET, LevelFilter::TRACE))
        });
        let colours = stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
        let log = fmt::layer().with_ansi(colours).with_writer(stderr).with_filter(filter());
        tracing_subscriber::registry().with(log).with(collect).init();
        Ok(Self { traces })
    }

    /// Sends what was not sent yet.
    pub async fn end(self) {
        let Some(traces) = self.traces else { return };
        // It waits for its own task, which needs this thread.
        let ended = tokio::task::spawn_blocking(move || traces.shutdown()).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the last traces could not be sent");
        }
    }
}

fn filter() -> EnvFilter {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(QUIET));
    let directives = DISCREET.map(|directive| directive.parse().expect("a target and a level"));
    directives.into_iter().fold(filter, EnvFilter::add_directive)
}

fn provider(otlp: &str) -> Result<SdkTracerProvider> {
    let endpoint = format!("{}/{TRACES}", otlp.trim_end_matches('/'));
    let exporter = SpanExporter::builder().with_http().with_endpoint(endpoint).build();
    let exporter = exporter.context("cannot send traces to the collector")?;
    global::set_text_map_propagator(TraceContextPropagator::new());
    let processor = BatchSpanProcessor::builder(exporter, Tokio).build();
    let resource = Resource::builder().with_service_name("chorale").build();
    Ok(SdkTracerProvider::builder().with_span_processor(processor).with_resource(resource).build())
}
