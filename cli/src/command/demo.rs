//! `chorale demo`: a story against a running backend.

use super::common::{clock, http_url};
use crate::demo::output::Screen;
use crate::demo::{self, DemoOptions, DemoReport};
use anyhow::Result;
use chorale_store::{Location, Store};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args, Debug)]
pub(super) struct DemoArgs {
    /// The backend
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8787", value_parser = http_url)]
    url: String,
    /// The backend's store, to be compared too: a SQLite file or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "LOCATION")]
    store: Option<Location>,
    #[command(flatten)]
    texts: TextArgs,
}

#[derive(Args, Clone, Debug)]
pub(super) struct TextArgs {
    /// Folder of Markdown or text files for the demo; the project's own documents by default
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// How many sections of them the demo publishes at most
    #[arg(long, value_name = "N", default_value_t = 60)]
    messages: usize,
}

pub(super) async fn run(arguments: DemoArgs) -> Result<ExitCode> {
    let store = match arguments.store {
        Some(location) => Some(Store::open(&location, clock()).await?),
        None => None,
    };
    let options = options(arguments.url, arguments.texts, store);
    let report = demo::run(options, &mut Screen::new(std::io::stdout())).await?;
    Ok(exit_code(&report))
}

pub(super) fn exit_code(report: &DemoReport) -> ExitCode {
    if report.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

pub(super) fn options(url: String, texts: TextArgs, store: Option<Store>) -> DemoOptions {
    DemoOptions { url, corpus: texts.corpus, messages: texts.messages, store, seed: rand::random() }
}
