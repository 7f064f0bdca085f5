//! `chorale index`: follows the program into a store.

use super::common::{ContentArgs, EndpointArgs, StoreArgs, clock, interrupted};
use crate::lock::StoreLock;
use crate::monitor::Monitor;
use crate::service::Service;
use anyhow::Result;
use chorale_domain::id::Wallet;
use chorale_indexer::{DEFAULT_POLL, Indexer, IndexerConfig};
use chorale_store::Writer;
use clap::Args;
use std::future::pending;
use std::net::SocketAddr;
use std::process::ExitCode;

#[derive(Args, Debug)]
pub(super) struct IndexArgs {
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    endpoint: EndpointArgs,
    /// Where the bodies are, whose statuses then follow the chain
    #[command(flatten)]
    content: ContentArgs,
    /// Where to serve /metrics and /health; port 0 for any free one
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

pub(super) async fn run(arguments: IndexArgs) -> Result<ExitCode> {
    arguments.store.check_kind()?;
    let _lock = StoreLock::take(&arguments.store.location)?;
    let writer = Writer::open(&arguments.store.location, clock()).await?;
    let content = arguments.content.open_if_named().await?;
    let indexer = Indexer::new(config(arguments.endpoint), writer.clone(), content.clone());
    let monitor = start_monitor(arguments.listen, &indexer).await?;
    let indexer = Service::start("indexer", |stop| indexer.run(stop));
    eprintln!("Indexing into {}. Ctrl-C stops it.", arguments.store.location);
    let ended = until_interrupted(indexer, monitor).await;
    writer.close().await;
    if let Some(content) = content {
        content.close().await?;
    }
    ended.map(|()| ExitCode::SUCCESS)
}

/// What to follow at this endpoint.
pub(super) fn config(endpoint: EndpointArgs) -> IndexerConfig {
    IndexerConfig {
        rpc_url: endpoint.rpc.rpc_url,
        ws_url: endpoint.ws_url,
        program: Wallet(chorale::ID.to_bytes()),
        poll: DEFAULT_POLL,
    }
}

async fn start_monitor(address: Option<SocketAddr>, indexer: &Indexer) -> Result<Option<Service>> {
    let Some(address) = address else { return Ok(None) };
    let monitor = Monitor::bind(address, indexer.metrics(), clock()).await?;
    let address = monitor.address()?;
    eprintln!("http://{address}/metrics and http://{address}/health answer.");
    Ok(Some(Service::start("monitor", |stop| monitor.run(stop))))
}

/// Runs both until told to stop, or until one of them fails.
async fn until_interrupted(mut indexer: Service, mut monitor: Option<Service>) -> Result<()> {
    tokio::select! {
        error = indexer.ended() => return Err(error),
        error = ended(monitor.as_mut()) => return Err(error),
        interrupted = interrupted() => interrupted?,
    }
    if let Some(monitor) = monitor {
        monitor.stop().await?;
    }
    indexer.stop().await
}

async fn ended(service: Option<&mut Service>) -> anyhow::Error {
    match service {
        Some(service) => service.ended().await,
        None => pending().await,
    }
}
