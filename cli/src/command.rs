//! The command line.

use crate::demo::output::{Output, Screen};
use crate::demo::{self, DemoOptions, DemoReport};
use crate::dev::{ChainChoice, Dev, DevOptions};
use anyhow::{Context, Result, ensure};
use chorale_store::Store;
use clap::{Args, Parser, Subcommand};
use std::io::Stdout;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Several people own a body of writing together, and prove it.
#[derive(Parser, Debug)]
#[command(name = "chorale", version)]
pub struct Command {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Run chain, indexer and backend in one process, until Ctrl-C
    Dev(DevArgs),
    /// Play a story against a running `chorale dev`, and compare every place with the chain
    Demo(DemoArgs),
}

#[derive(Args, Debug)]
struct DevArgs {
    /// Folder for store, content and keys
    #[arg(long, value_name = "DIR", env = "CHORALE_DATA", default_value = ".chorale")]
    data: PathBuf,
    /// Where the backend listens; port 0 for any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    listen: SocketAddr,
    /// Host and port that clients reach the backend at, if not the address it listens at
    #[arg(long, value_name = "HOST:PORT")]
    domain: Option<String>,
    /// Use this Solana RPC endpoint in place of the embedded chain
    #[arg(long, value_name = "URL", requires = "ws_url")]
    rpc_url: Option<String>,
    /// The WebSocket endpoint that goes with it
    #[arg(long, value_name = "URL", requires = "rpc_url")]
    ws_url: Option<String>,
    /// Keypair file of who pays there for set-up and faucet; by default one kept in the data folder
    #[arg(long, value_name = "KEYPAIR", requires = "rpc_url")]
    payer: Option<PathBuf>,
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
}

#[derive(Args, Debug)]
struct DemoArgs {
    /// The backend
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8787")]
    url: String,
    /// The backend's store file, to be compared too
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    #[command(flatten)]
    texts: TextArgs,
}

#[derive(Args, Clone, Debug)]
struct TextArgs {
    /// Folder of Markdown or text files for the demo; the project's own documents by default
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// How many sections of them the demo publishes at most
    #[arg(long, value_name = "N", default_value_t = 60)]
    messages: usize,
}

impl Command {
    /// Does what the command line says; the exit code is 1 where the demo found differences.
    ///
    /// # Errors
    /// If something failed.
    pub async fn run(self) -> Result<ExitCode> {
        match self.what {
            What::Dev(arguments) => dev(arguments).await,
            What::Demo(arguments) => demo(arguments).await,
        }
    }
}

async fn dev(arguments: DevArgs) -> Result<ExitCode> {
    let (texts, exit) = (arguments.demo.then(|| arguments.texts.clone()), arguments.exit);
    let mut screen = Screen::new(std::io::stdout());
    let mut dev = Dev::start(dev_options(arguments)).await?;
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
        let options = demo_options(dev.url().into(), texts, Some(dev.store().clone()));
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

/// Waits for Ctrl-C or, where there is such a thing, a request to terminate.
async fn interrupted() -> Result<()> {
    #[cfg(unix)]
    {
        let kind = tokio::signal::unix::SignalKind::terminate();
        let mut terminate = tokio::signal::unix::signal(kind).context("cannot wait for signals")?;
        tokio::select! {
            _ = terminate.recv() => Ok(()),
            interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot wait for Ctrl-C"),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")
}

async fn demo(arguments: DemoArgs) -> Result<ExitCode> {
    let store = match arguments.store {
        Some(file) => {
            ensure!(file.is_file(), "there is no store at {}", file.display());
            Some(Store::open(&file, Arc::new(now)).await?)
        }
        None => None,
    };
    let options = demo_options(arguments.url, arguments.texts, store);
    let report = demo::run(options, &mut Screen::new(std::io::stdout())).await?;
    Ok(exit_code(&report))
}

fn exit_code(report: &DemoReport) -> ExitCode {
    if report.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn demo_options(url: String, texts: TextArgs, store: Option<Store>) -> DemoOptions {
    DemoOptions { url, corpus: texts.corpus, messages: texts.messages, store, seed: rand::random() }
}

fn dev_options(arguments: DevArgs) -> DevOptions {
    let chain = match (arguments.rpc_url, arguments.ws_url) {
        (Some(rpc_url), Some(ws_url)) => ChainChoice::External { rpc_url, ws_url, payer: arguments.payer },
        _ => ChainChoice::Embedded,
    };
    DevOptions {
        data: arguments.data,
        listen: arguments.listen,
        domain: arguments.domain,
        chain,
        faucet: arguments.faucet,
        clock: Arc::new(now),
        random: Arc::new(rand::random),
    }
}

/// Unix seconds.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
