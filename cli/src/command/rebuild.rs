//! `chorale rebuild`: a new store from the chain, in place of the old one.

mod follow;
mod old;
mod repaired;

use super::common::{EndpointArgs, Lines, StoreArgs, clock};
use super::index;
use crate::lock::StoreLock;
use anyhow::{Context, Result, bail};
use chorale_indexer::IndexerConfig;
use chorale_store::{Location, Writer, copy};
use chorale_wire::endpoint::public;
use clap::Args;
use follow::follow;
use old::Old;
use serde_json::Value;
use std::process::ExitCode;

/// What the new store is called until it takes the old one's place.
const BESIDE: &str = "rebuild";

#[derive(Args, Debug)]
pub(super) struct RebuildArgs {
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    endpoint: EndpointArgs,
}

pub(super) async fn run(arguments: RebuildArgs) -> Result<ExitCode> {
    let current = arguments.store.location;
    let fresh = current.beside(BESIDE)?;
    let _locks = [StoreLock::take(&current)?, StoreLock::take(&fresh)?];
    let old = Old::open(&current, &fresh).await?;
    let found = make(&fresh, &old, &index::config(arguments.endpoint)).await;
    old.close().await;
    let found = found?;
    Lines::stdout().all(&found)?;
    put_in_place(&current, &fresh).await?;
    eprintln!("{} differences between the two.", found.len());
    Ok(if found.is_empty() && old.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Brings the new store as far as the chain is, and says where the old one differs.
async fn make(fresh: &Location, old: &Old, config: &IndexerConfig) -> Result<Vec<Value>> {
    eprintln!(
        "Making a new store at {fresh}. Interrupted, this goes on where it was when it is begun again."
    );
    let writer = Writer::open(fresh, clock()).await?;
    let found = differences(&writer, old, config).await;
    writer.close().await;
    found.with_context(|| format!("nothing was replaced; what was made of the new store is at {fresh}"))
}

async fn differences(new: &Writer, old: &Old, config: &IndexerConfig) -> Result<Vec<Value>> {
    follow(new, config).await?;
    if !old.may_be_of_the_chain_of(new).await? {
        bail!(
            "the chain at {} knows nothing of what the store says happened first: it is another one. Ask a node of \
             the store's own chain, or move the store away to begin a new one; the new store is of no use then, \
             delete it",
            public(&config.rpc_url)
        );
    }
    old.differences(new, config).await
}

async fn put_in_place(current: &Location, fresh: &Location) -> Result<()> {
    let kept = copy::swap(current, fresh).await;
    let kept = kept.with_context(|| format!("the new store is whole, but still at {fresh}"))?;
    eprintln!("The new store is at {current}, the old one is kept at {kept}");
    Ok(())
}
