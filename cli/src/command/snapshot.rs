//! `chorale snapshot`: the bodies with their index are copied, as they are at one moment.
//!
//! In a Qdrant cluster of several peers only the one that is asked makes a snapshot, of the shards that it has itself:
//! there each of them has to be asked.

use super::common::{ContentArgs, Lines};
use anyhow::Result;
use chorale_content::Snapshot;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args, Debug)]
pub(super) struct SnapshotArgs {
    /// Where to: a new folder, which can then be given as --content. A Qdrant server keeps its snapshots itself; in a
    /// cluster of several peers each has only what it holds, so name every peer in turn as --qdrant-url
    folder: PathBuf,
    #[command(flatten)]
    content: ContentArgs,
}

pub(super) async fn run(arguments: SnapshotArgs) -> Result<ExitCode> {
    let content = arguments.content.open().await?;
    let made = content.snapshot(arguments.folder).await;
    content.close().await?;
    let made = match made? {
        Snapshot::Folder(path) => json!({ "folder": path }),
        Snapshot::Server(name) => json!({ "snapshot": name }),
    };
    Lines::stdout().all([made])?;
    Ok(ExitCode::SUCCESS)
}
