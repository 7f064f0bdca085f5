//! `chorale reindex`: every body is embedded by another model, while the one before it goes on answering. A body at
//! which the model fails each time, though not at others, is named in the log and not waited for.

use super::common::{ContentArgs, Lines, interrupted};
use anyhow::{Result, bail, ensure};
use chorale_content::{ContentStore, Duties};
use clap::Args;
use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::sleep;

/// How often it is looked how many are left.
const EVERY: Duration = Duration::from_secs(1);

#[derive(Args, Debug)]
pub(super) struct ReindexArgs {
    #[command(flatten)]
    content: ContentArgs,
    /// Drop the vectors of all other models afterwards: once every backend uses this one
    #[arg(long)]
    drop_others: bool,
}

pub(super) async fn run(arguments: ReindexArgs) -> Result<ExitCode> {
    ensure!(arguments.content.names_a_model(), "say by which model: --embeddings MODEL");
    let content = arguments.content.open().await?;
    let done = tokio::select! {
        done = reindex(&content, arguments.drop_others) => done,
        interrupted = interrupted() => interrupted.and_then(|()| {
            bail!("interrupted: what is embedded stays, start it again to go on")
        }),
    };
    content.close().await?;
    done
}

async fn reindex(content: &ContentStore, drop_others: bool) -> Result<ExitCode> {
    let duties = content.duties();
    all_embedded(&duties).await?;
    let dropped = if drop_others { duties.drop_other_models().await? } else { 0 };
    Lines::stdout().all([json!({ "waiting": 0, "models_dropped": dropped })])?;
    Ok(ExitCode::SUCCESS)
}

/// The store's own worker embeds; this waits for it.
async fn all_embedded(duties: &Duties) -> Result<()> {
    let mut said = None;
    loop {
        let waiting = duties.waiting().await?;
        if said != Some(waiting) {
            eprintln!("{waiting} bodies wait for their vectors.");
        }
        if waiting == 0 {
            return Ok(());
        }
        said = Some(waiting);
        sleep(EVERY).await;
    }
}
