//! Following the chain until nothing finalized is missing.

use crate::command::common::Bar;
use crate::service::Service;
use anyhow::{Context, Result};
use chorale_indexer::{Indexer, IndexerConfig};
use chorale_store::{Backfill, Store, Writer};
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_commitment_config::CommitmentConfig;
use std::time::Duration;
use tokio::time::sleep;

const POLL: Duration = Duration::from_millis(200);

/// Runs an indexer until the store has everything up to the slot that is finalized now.
pub(super) async fn follow(writer: &Writer, config: &IndexerConfig) -> Result<()> {
    let indexer = Indexer::new(config.clone(), writer.clone(), None);
    let mut indexer = Service::start("indexer", |stop| indexer.run(stop));
    let bar = Bar::new();
    let caught_up = tokio::select! {
        caught_up = caught_up(writer.store(), &config.rpc_url, &bar) => caught_up,
        error = indexer.ended() => return Err(error),
    };
    bar.done();
    indexer.stop().await.and(caught_up)
}

async fn caught_up(store: &Store, url: &str, bar: &Bar) -> Result<()> {
    let tip = finalized(url).await?;
    loop {
        let (backfill, seen) = (store.backfill().await?, store.seen().await?);
        if backfill == Backfill::Idle && seen.is_some_and(|seen| seen >= tip) {
            return Ok(());
        }
        show(bar, store, backfill).await?;
        sleep(POLL).await;
    }
}

async fn finalized(url: &str) -> Result<u64> {
    let rpc = RpcClient::new(url.to_owned());
    let slot = rpc.get_slot_with_commitment(CommitmentConfig::finalized()).await;
    slot.with_context(|| format!("{url} does not answer as a Solana RPC endpoint"))
}

async fn show(bar: &Bar, store: &Store, backfill: Backfill) -> Result<()> {
    let (events, _) = store.last_event().await?;
    match backfill {
        Backfill::Walking { found, .. } => bar.show("transactions found", found, None),
        Backfill::Draining { left } => bar.show("transactions left", left, None),
        Backfill::Idle => bar.show("events", events.unsigned_abs(), None),
    }
    Ok(())
}
