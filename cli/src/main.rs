//! The `chorale` command.

use chorale_cli::command::Command;
use chorale_cli::exit;
use clap::Parser;
use std::io::{IsTerminal as _, stderr};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Unless `RUST_LOG` says otherwise: our own crates say when something is back, too. Qdrant's engine warns about
/// settings that only its server has.
const QUIET: &str = "warn,qdrant_edge=error,chorale_cli=info,chorale_backend=info,chorale_indexer=info";

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(QUIET));
    let colours = stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(stderr).init();
    match Command::parse().run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("chorale: {}", words(&error));
            exit::code(&error)
        }
    }
}

/// The error with its causes, but for what an error has said of its cause already.
fn words(error: &anyhow::Error) -> String {
    let mut words = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !words.contains(&cause) {
            words = format!("{words}: {cause}");
        }
    }
    words
}
