//! `chorale backup`: a store is copied into a folder, while it is in use.

use super::common::{Bar, StoreArgs};
use anyhow::Result;
use chorale_store::copy;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args, Debug)]
pub(super) struct BackupArgs {
    /// Where to; the same folder each time, so that only what is new is written
    folder: PathBuf,
    #[command(flatten)]
    store: StoreArgs,
}

pub(super) async fn run(arguments: BackupArgs) -> Result<ExitCode> {
    let (store, bar) = (arguments.store.read().await?, Bar::new());
    let manifest = copy::backup(&store, &arguments.folder, &mut |progress| bar.rows(progress)).await;
    store.close().await;
    bar.done();
    let manifest = manifest?;
    eprintln!("{} holds events 1 to {}.", arguments.folder.display(), manifest.last_sequence);
    Ok(ExitCode::SUCCESS)
}
