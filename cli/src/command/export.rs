//! `chorale export`: a store as JSON lines that carry their own checksums.

use super::common::{Bar, Lines, StoreArgs};
use anyhow::{Context, Result};
use chorale_store::copy::Exported;
use chorale_store::{Location, Progress, Store, copy};
use clap::Args;
use serde_json::json;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Args, Debug)]
pub(super) struct ExportArgs {
    /// Where to; the standard output by default
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
        (None, Some(location)) => export(StoreArgs { location }, arguments.file.as_deref()).await,
        (None, None) => anyhow::bail!("--store says what to export"),
    }
}

async fn export(store: StoreArgs, file: Option<&Path>) -> Result<ExitCode> {
    let (store, bar) = (store.read().await?, Bar::new());
    let show = &mut |progress| bar.rows(progress);
    let exported = match file {
        Some(file) => to_file(&store, file, show).await,
        None => Ok(copy::export(&store, BufWriter::new(std::io::stdout()), show).await?),
    };
    store.close().await;
    bar.done();
    exported.map(|()| ExitCode::SUCCESS)
}

type Show<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// Under another name until it is whole: whoever finds the file has all of it.
async fn to_file(store: &Store, file: &Path, show: Show<'_>) -> Result<()> {
    let mut part = file.to_owned();
    part.as_mut_os_string().push(".part");
    let failed = || format!("cannot write {}", part.display());
    let out = File::create(&part).with_context(failed)?;
    copy::export(store, BufWriter::new(&out), show).await?;
    out.sync_all().with_context(failed)?;
    std::fs::rename(&part, file).with_context(|| format!("cannot write {}", file.display()))?;
    eprintln!("{} is whole.", file.display());
    Ok(())
}

fn check(file: &Path) -> Result<ExitCode> {
    let name = || file.display().to_string();
    let (reader, bar) = (BufReader::new(File::open(file).with_context(name)?), Bar::new());
    let checked = copy::check_export(reader, &mut |progress| bar.rows(progress));
    bar.done();
    let Exported { events, entities, last_hash, sha256 } = checked.with_context(name)?;
    let line = json!({ "events": events, "entities": entities, "last_hash": last_hash, "sha256": sha256 });
    Lines::stdout().all([line])?;
    Ok(ExitCode::SUCCESS)
}
