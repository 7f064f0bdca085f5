//! `chorale backup`: a store is copied into a folder, while it is in use.

use super::common::{Bar, Lines, StoreArgs};
use anyhow::Result;
use chorale_store::{Location, copy};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Args, Debug)]
pub(super) struct BackupArgs {
    /// Where to: a new or empty folder, and the same one each time, so that only what is new is written
    folder: PathBuf,
    /// Verify the backup in the folder instead, by the checksums that it carries
    #[arg(long)]
    check: bool,
    /// The store: a SQLite file, or postgres://USER@HOST/DATABASE, where ?schema=NAME is `chorale` by default
    #[arg(long, value_name = "LOCATION", env = "CHORALE_STORE", hide_env_values = true)]
    #[arg(required_unless_present = "check")]
    store: Option<Location>,
}

pub(super) async fn run(arguments: BackupArgs) -> Result<ExitCode> {
    copy::check_folder(&arguments.folder)?;
    match arguments.store {
        Some(location) if !arguments.check => back_up(&StoreArgs { location }, &arguments.folder).await,
        _ => check(&arguments.folder),
    }
}

async fn back_up(place: &StoreArgs, folder: &Path) -> Result<ExitCode> {
    let (store, bar) = (place.read().await?, Bar::new());
    let manifest = copy::backup(&store, folder, &mut |progress| bar.rows(progress)).await;
    store.close().await;
    bar.done();
    let manifest = manifest.map_err(|error| place.explain(error))?;
    eprintln!("{} holds events 1 to {}.", folder.display(), manifest.last_sequence);
    Ok(ExitCode::SUCCESS)
}

fn check(folder: &Path) -> Result<ExitCode> {
    let bar = Bar::new();
    let checked = copy::check_backup(folder, &mut |progress| bar.rows(progress));
    bar.done();
    let manifest = checked?;
    Lines::stdout().all([json!({ "events": manifest.last_sequence, "last_hash": manifest.last_hash })])?;
    Ok(ExitCode::SUCCESS)
}
