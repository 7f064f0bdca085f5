//! `chorale export`: a store as JSON lines that carry their own checksums.

mod target;

use super::common::{Bar, Lines, StoreArgs};
use anyhow::{Context, Error, Result};
use chorale_store::copy::{self, CopyError, Exported};
use chorale_store::{Location, Progress, Store};
use clap::Args;
use serde_json::json;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use target::Target;

#[derive(Args, Debug)]
pub(super) struct ExportArgs {
    /// Where to; the standard output by default. What is there already is not written over
    file: Option<PathBuf>,
    /// Verify this export instead of writing one
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    check: Option<PathBuf>,
    /// The store: a SQLite file, or postgres://USER@HOST/DATABASE, where ?schema=NAME is `chorale` by default
    #[arg(long, value_name = "LOCATION", env = "CHORALE_STORE", hide_env_values = true)]
    #[arg(required_unless_present = "check")]
    store: Option<Location>,
}

pub(super) async fn run(arguments: ExportArgs) -> Result<ExitCode> {
    match (arguments.check, arguments.store) {
        (Some(file), _) => check(&file),
        (None, Some(location)) => export(&StoreArgs { location }, arguments.file.as_deref()).await,
        (None, None) => anyhow::bail!("--store says what to export"),
    }
}

async fn export(place: &StoreArgs, file: Option<&Path>) -> Result<ExitCode> {
    let store = place.read().await?;
    let exported = match file {
        Some(file) => to_file(&store, place, file).await,
        None => to_standard_output(&store).await.map_err(|error| place.explain(error)),
    };
    store.close().await;
    exported.map(|()| ExitCode::SUCCESS)
}

async fn to_standard_output(store: &Store) -> Result<(), CopyError> {
    let out = BufWriter::new(std::io::stdout());
    with_bar(async |show| copy::export(store, out, show).await).await
}

async fn to_file(store: &Store, place: &StoreArgs, file: &Path) -> Result<()> {
    let target = Target::begin(file, &place.location)?;
    let exported = with_bar(async |show| copy::export(store, target.writer(), show).await).await;
    exported.map_err(|error| place.explain(error))?;
    target.finish()?;
    eprintln!("{} is whole.", file.display());
    Ok(())
}

async fn with_bar<T>(work: impl AsyncFnOnce(&mut (dyn FnMut(Progress) + Send)) -> T) -> T {
    let bar = Bar::new();
    let done = work(&mut |progress| bar.rows(progress)).await;
    bar.done();
    done
}

fn check(file: &Path) -> Result<ExitCode> {
    let (opened, bar) = (File::open(file).with_context(|| unreadable(file))?, Bar::new());
    let checked = copy::check_export(BufReader::new(opened), &mut |progress| bar.rows(progress));
    bar.done();
    let Exported { events, entities, last_hash, sha256 } = checked.map_err(|error| explain(file, error))?;
    let line = json!({ "events": events, "entities": entities, "last_hash": last_hash, "sha256": sha256 });
    Lines::stdout().all([line])?;
    Ok(ExitCode::SUCCESS)
}

fn unreadable(file: &Path) -> String {
    format!("cannot read {}: is it there, is it a file, and may you read it?", file.display())
}

fn explain(file: &Path, error: CopyError) -> Error {
    let name = file.display();
    let context = match &error {
        CopyError::Stream(_) => unreadable(file),
        CopyError::DamagedExport { .. } => {
            format!("{name} is not to be used; `chorale verify` tells whether the store it is of is whole")
        }
        _ => name.to_string(),
    };
    Error::new(error).context(context)
}
