//! `chorale restore`: a new store from a backup.

use super::common::{Bar, StoreArgs, clock};
use crate::lock::StoreLock;
use anyhow::Result;
use chorale_store::copy;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args, Debug)]
pub(super) struct RestoreArgs {
    /// The backup
    folder: PathBuf,
    #[command(flatten)]
    store: StoreArgs,
    /// Only up to and with this event; the indexer goes on after the last whole transaction
    #[arg(long, value_name = "N")]
    through: Option<i64>,
}

pub(super) async fn run(arguments: RestoreArgs) -> Result<ExitCode> {
    let (location, bar) = (arguments.store.location, Bar::new());
    let _lock = StoreLock::take(&location)?;
    let show = &mut |progress| bar.rows(progress);
    let restored = copy::restore(&arguments.folder, &location, arguments.through, clock(), show).await;
    bar.done();
    let last = restored?;
    eprintln!("{location} holds events 1 to {last}. `chorale index` goes on from there.");
    Ok(ExitCode::SUCCESS)
}
