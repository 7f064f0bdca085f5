//! `chorale serve`: the backend alone, beside an indexer that runs elsewhere.

mod files;
mod limits;
mod tls;

use super::common::{ContentArgs, EndpointArgs, Lines, StoreArgs, TraceArgs, clock, interrupted};
use crate::dev::chain_id;
use crate::serve::{Serve, ServeOptions, Stores};
use anyhow::Result;
use axum::http::HeaderValue;
use chorale_backend::{Origins, PublicUrl, RedisConfig};
use chorale_store::Sessions;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory};
use ipnet::IpNet;
use limits::{MostArgs, RateArgs};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tls::TlsArgs;

#[derive(Args, Debug)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    endpoint: EndpointArgs,
    /// How sign-in texts name the chain; by default what the RPC endpoint's URL says
    #[arg(long, value_name = "NAME", env = "CHORALE_CHAIN_ID")]
    chain_id: Option<String>,
    #[command(flatten)]
    content: ContentArgs,
    /// Folder in which uploads wait while a Qdrant server is away; one process can have it open
    #[arg(long, value_name = "DIR", env = "CHORALE_QUEUE", default_value = "chorale-queue")]
    queue: PathBuf,
    /// Where to listen; port 0 for any free one
    #[arg(long, value_name = "ADDRESS", env = "CHORALE_LISTEN", default_value = "127.0.0.1:8787")]
    listen: SocketAddr,
    /// Where clients reach the backend, such as https://chorale.example, which sign-ins are bound to; needed beyond the
    /// loopback and behind a proxy
    #[arg(long, value_name = "URL", env = "CHORALE_PUBLIC_URL")]
    public_url: Option<PublicUrl>,
    /// An origin whose pages may call, such as https://chorale.example; several times for several
    #[arg(long = "origin", value_name = "ORIGIN", env = "CHORALE_ORIGINS", value_delimiter = ',', value_parser = origin)]
    origins: Vec<HeaderValue>,
    /// A Redis that all backends of the store share, redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]
    #[arg(long, value_name = "URL", env = "CHORALE_REDIS", hide_env_values = true)]
    redis: Option<String>,
    /// Address or network of a proxy that is believed about whom it speaks for (X-Forwarded-For); several times for
    /// several
    #[arg(long = "trusted-proxy", value_name = "ADDRESS[/BITS]", env = "CHORALE_TRUSTED_PROXIES", value_delimiter = ',', value_parser = network)]
    trusted_proxies: Vec<IpNet>,
    /// Where to serve /v1/metrics and /v1/health to who watches; port 0 for any free one
    #[arg(long, value_name = "ADDRESS", env = "CHORALE_METRICS_LISTEN", default_value = "127.0.0.1:8788")]
    metrics_listen: SocketAddr,
    /// Seconds between two rounds of comparing chain, store and bodies; 0 for never
    #[arg(long, value_name = "SECONDS", env = "CHORALE_VERIFY_EVERY", default_value_t = 600)]
    verify_every: u64,
    #[command(flatten)]
    tls: TlsArgs,
    #[command(flatten)]
    rates: RateArgs,
    #[command(flatten)]
    most: MostArgs,
    #[command(flatten)]
    traces: TraceArgs,
}

impl ServeArgs {
    pub(super) fn otlp_endpoint(&self) -> Option<&str> {
        self.traces.otlp_endpoint.as_deref()
    }
}

pub(super) async fn run(arguments: ServeArgs) -> Result<ExitCode> {
    check_public_url(&arguments);
    files::raise_limit();
    let store = arguments.store.read().await?;
    let sessions = Sessions::open(&arguments.store.location.sessions()?).await?;
    let content = arguments.content.open_with_queue(arguments.queue.clone()).await?;
    let stores = Stores { store, sessions, content };
    let options = options(arguments)?;
    // One wait for both: a signal that came between two would be lost.
    let mut interrupted = pin!(interrupted());
    let mut serve = tokio::select! {
        biased;
        interrupted = &mut interrupted => return interrupted.map(|()| ExitCode::SUCCESS),
        serve = Serve::start(options, stores) => serve?,
    };
    Lines::stdout().all([serve.facts()])?;
    eprintln!("{} answers. Ctrl-C stops it.", serve.facts().url);
    let ended = tokio::select! {
        error = serve.failure() => Err(error),
        interrupted = &mut interrupted => interrupted,
    };
    eprintln!("Stopping: what is under way may end.");
    let stopped = serve.stop().await;
    ended.and(stopped).map(|()| ExitCode::SUCCESS)
}

/// What the options say of each other, which only all of them together can tell.
fn check_public_url(arguments: &ServeArgs) {
    let ServeArgs { listen, public_url, tls, .. } = arguments;
    let wrong = match public_url {
        None if !listen.ip().is_loopback() => (
            ErrorKind::MissingRequiredArgument,
            format!(
                "--public-url is needed to listen at {listen}: sign-ins are bound to the URL that clients use"
            ),
        ),
        Some(url) if tls.is_given() && !url.is_secured() => (
            ErrorKind::ArgumentConflict,
            format!(
                "--public-url {url} is not where clients come by TLS: with --tls-cert it begins with https"
            ),
        ),
        _ => return,
    };
    super::Command::command().error(wrong.0, wrong.1).exit()
}

fn options(arguments: ServeArgs) -> Result<ServeOptions> {
    let EndpointArgs { rpc, ws_url } = arguments.endpoint;
    Ok(ServeOptions {
        chain_id: arguments.chain_id.unwrap_or_else(|| chain_id(&rpc.rpc_url).into()),
        rpc_url: rpc.rpc_url,
        ws_url,
        listen: arguments.listen,
        public_url: arguments.public_url,
        origins: Origins::These(arguments.origins),
        // Not while the command line is read: what is wrong there is printed, and there may be a password in it.
        redis: arguments.redis.as_deref().map(RedisConfig::new).transpose()?,
        proxies: arguments.trusted_proxies.into_iter().collect(),
        metrics_listen: arguments.metrics_listen,
        verify_every: Some(arguments.verify_every).filter(|every| *every > 0).map(Duration::from_secs),
        tls: arguments.tls.files(),
        limits: arguments.most.limits(arguments.rates.rates()),
        clock: clock(),
        random: Arc::new(rand::random),
    })
}

/// Reads an origin as browsers send it.
fn origin(text: &str) -> Result<HeaderValue, String> {
    let uri = text.parse::<axum::http::Uri>().ok();
    let is_origin = uri.is_some_and(|uri| {
        let (scheme, authority) = (uri.scheme_str(), uri.authority());
        let whole = scheme.zip(authority).map(|(scheme, authority)| format!("{scheme}://{authority}"));
        whole.as_deref() == Some(text)
    });
    let value = HeaderValue::from_str(text).ok().filter(|_| is_origin);
    value.ok_or_else(|| "expected scheme, host and perhaps port only, such as https://chorale.example".into())
}

/// Reads an address, or a network.
fn network(text: &str) -> Result<IpNet, String> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    let network = address.or_else(|_| text.parse::<IpNet>());
    network.map_err(|_| "expected an address such as 10.0.0.1, or a network such as 10.0.0.0/8".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_browsers_send_and_nothing_else() {
        for text in ["https://chorale.example", "http://localhost:3000"] {
            assert_eq!(origin(text).unwrap(), text);
        }
        for text in ["", "*", "chorale.example", "https://chorale.example/", "https://a.example/path"] {
            assert!(origin(text).unwrap_err().contains("https://chorale.example"), "{text}");
        }
    }

    #[test]
    fn a_proxy_is_an_address_or_a_network() {
        assert_eq!(network("10.0.0.1").unwrap().to_string(), "10.0.0.1/32");
        assert_eq!(network("fd00::/8").unwrap().to_string(), "fd00::/8");
        assert!(network("proxy.example").unwrap_err().contains("10.0.0.0/8"));
    }
}
