//! `chorale dev`: everything in one process.

use super::common::{ModelArgs, ServerArgs, TraceArgs, clock, http_url, interrupted, ws_url};
use super::demo::{TextArgs, exit_code, options};
use crate::demo;
use crate::demo::output::{Output, Screen};
use crate::dev::{ChainChoice, Dev, DevOptions};
use anyhow::Result;
use chorale_backend::{PublicUrl, RedisConfig};
use chorale_store::Location;
use clap::Args;
use std::io::Stdout;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Args, Debug)]
pub(super) struct DevArgs {
    /// Folder for store, content and keys
    #[arg(long, value_name = "DIR", env = "CHORALE_DATA", default_value = ".chorale")]
    data: PathBuf,
    /// The store, if not a file in that folder: a SQLite file or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "LOCATION", requires = "rpc_url")]
    store: Option<Location>,
    /// Where the backend listens; port 0 for any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    listen: SocketAddr,
    /// Where clients reach the backend, if not the address it listens at
    #[arg(long, value_name = "URL")]
    public_url: Option<PublicUrl>,
    /// Use this Solana RPC endpoint in place of the embedded chain
    #[arg(long, value_name = "URL", requires = "ws_url", value_parser = http_url)]
    rpc_url: Option<String>,
    /// The WebSocket endpoint that goes with it
    #[arg(long, value_name = "URL", requires = "rpc_url", value_parser = ws_url)]
    ws_url: Option<String>,
    /// Keypair file of who pays there for set-up and faucet; by default one kept in the data folder
    #[arg(long, value_name = "KEYPAIR", requires = "rpc_url")]
    payer: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    models: ModelArgs,
    /// A Redis that several backends share, redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]
    #[arg(long, value_name = "URL", env = "CHORALE_REDIS", hide_env_values = true)]
    redis: Option<String>,
    /// Give the payer's SOL and new tokens to whoever asks; an embedded chain always does
    #[arg(long, requires = "rpc_url")]
    faucet: bool,
    /// Play the demo once everything runs
    #[arg(long)]
    demo: bool,
    /// Stop after the demo; the exit code says whether all went well
    #[arg(long, requires = "demo")]
    exit: bool,
    #[command(flatten)]
    texts: TextArgs,
    #[command(flatten)]
    traces: TraceArgs,
}

impl DevArgs {
    pub(super) fn otlp_endpoint(&self) -> Option<&str> {
        self.traces.otlp_endpoint.as_deref()
    }
}

pub(super) async fn run(arguments: DevArgs) -> Result<ExitCode> {
    let (texts, exit) = (arguments.demo.then(|| arguments.texts.clone()), arguments.exit);
    let mut screen = Screen::new(std::io::stdout());
    let mut dev = Dev::start(dev_options(arguments).await?).await?;
    screen.line(&dev.directions());
    let mut code = ExitCode::SUCCESS;
    let ended = tokio::select! {
        ended = stay_up(&mut dev, texts, exit, &mut code, &mut screen) => ended,
        interrupted = interrupted() => interrupted,
    };
    screen.line("Stopping.");
    dev.stop().await?;
    ended.map(|()| code)
}

/// Plays the demo if there are texts for it; then goes on until something fails, unless told to exit.
async fn stay_up(
    dev: &mut Dev,
    texts: Option<TextArgs>,
    exit: bool,
    code: &mut ExitCode,
    screen: &mut Screen<Stdout>,
) -> Result<()> {
    if let Some(texts) = texts {
        let options = options(dev.url().into(), texts, Some(dev.store().clone()));
        let report = tokio::select! {
            report = demo::run(options, screen) => report?,
            error = dev.failure() => return Err(error),
        };
        *code = exit_code(&report);
        if exit {
            return Ok(());
        }
    }
    screen.line("\nEverything is up. Ctrl-C stops it.");
    Err(dev.failure().await)
}

async fn dev_options(arguments: DevArgs) -> Result<DevOptions> {
    let chain = match (arguments.rpc_url, arguments.ws_url) {
        (Some(rpc_url), Some(ws_url)) => ChainChoice::External { rpc_url, ws_url, payer: arguments.payer },
        _ => ChainChoice::Embedded,
    };
    Ok(DevOptions {
        data: arguments.data,
        store: arguments.store,
        listen: arguments.listen,
        public_url: arguments.public_url,
        chain,
        content: arguments.server.options(),
        models: arguments.models.models().await?,
        // Not while the command line is read: what is wrong there is printed, and there may be a password in it.
        redis: arguments.redis.as_deref().map(RedisConfig::new).transpose()?,
        faucet: arguments.faucet,
        clock: clock(),
        random: Arc::new(rand::random),
    })
}
