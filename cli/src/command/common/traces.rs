use super::http_url;
use clap::Args;

/// Where to send traces.
#[derive(Args, Clone, Debug)]
pub(in crate::command) struct TraceArgs {
    /// A collector that takes traces by OTLP over HTTP, such as http://127.0.0.1:4318; none by default
    #[arg(long, value_name = "URL", env = "OTEL_EXPORTER_OTLP_ENDPOINT", hide_env_values = true, value_parser = http_url)]
    pub(in crate::command) otlp_endpoint: Option<String>,
}
