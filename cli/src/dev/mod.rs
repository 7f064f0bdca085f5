//! Everything in one process: chain, indexer and backend, wired together.

mod chain;
mod faucet;
mod stack;

use crate::service::Service;
use anyhow::{Context, Result};
use chorale_backend::{PublicUrl, RedisConfig};
use chorale_content::{ContentStore, Models, ServerOptions};
use chorale_store::{Location, Store};
use stack::Stack;
use std::future::pending;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

pub use chain::ChainChoice;
pub(crate) use chain::chain_id;

/// How long the indexer may take to find the deployment's configuration.
const PATIENCE: Duration = Duration::from_secs(120);

/// What to run, and where.
#[derive(Clone)]
pub struct DevOptions {
    /// Folder for store, content and keys; created if missing.
    pub data: PathBuf,
    /// The store, if it is not a file in that folder.
    pub store: Option<Location>,
    /// Where the backend listens.
    pub listen: SocketAddr,
    /// Where clients reach the backend, which sign-ins are bound to; as listened at where `None`.
    pub public_url: Option<PublicUrl>,
    /// The chain.
    pub chain: ChainChoice,
    /// A Qdrant server that has the bodies, if they are not in that folder.
    pub content: Option<ServerOptions>,
    /// What tells the meaning of texts.
    pub models: Models,
    /// What the backend shares with others of the same store, if anything.
    pub redis: Option<RedisConfig>,
    /// Gives lamports and tokens to whoever asks, on a chain elsewhere too. An embedded chain always does.
    pub faucet: bool,
    /// Tells the time in Unix seconds.
    pub clock: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// Draws what nobody may guess.
    pub random: Arc<dyn Fn() -> [u8; 32] + Send + Sync>,
}

/// Chain, indexer and backend, running.
pub struct Dev {
    url: String,
    stack: Stack,
    backend: Service,
    indexer: Option<Service>,
}

impl Dev {
    /// Starts everything, and waits until the deployment's configuration has come through to the store.
    ///
    /// # Errors
    /// If a part does not start, or the data folder belongs to another deployment.
    pub async fn start(options: DevOptions) -> Result<Self> {
        // First, so that an address in use is known before anything else is begun.
        let listener = TcpListener::bind(options.listen).await;
        let listener = listener.with_context(|| format!("cannot listen at {}", options.listen))?;
        let url = format!("http://{}", listener.local_addr()?);
        let public_url = options.public_url.clone().map_or_else(|| url.parse(), Ok)?;
        let stack = Stack::open(&options).await?;
        let backend = stack.backend(options, listener, public_url);
        let mut dev = Self { url, stack, backend, indexer: None };
        dev.start_indexer();
        dev.ready().await?;
        Ok(dev)
    }

    /// The backend's URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The chain's JSON-RPC endpoint.
    #[must_use]
    pub fn rpc_url(&self) -> &str {
        &self.stack.chain.rpc_url
    }

    /// The chain's WebSocket endpoint.
    #[must_use]
    pub fn ws_url(&self) -> &str {
        &self.stack.chain.ws_url
    }

    /// The folder that belongs to this chain.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.stack.chain.folder
    }

    /// The store the indexer writes, for reading.
    #[must_use]
    pub fn store(&self) -> &Store {
        self.stack.store()
    }

    /// The bodies.
    #[must_use]
    pub fn content(&self) -> &ContentStore {
        &self.stack.content
    }

    /// Where to connect, for people.
    #[must_use]
    pub fn directions(&self) -> String {
        let (url, deployment, chain) = (&self.url, &self.stack.deployment, &self.stack.chain);
        let lines = [
            format!("backend    {url}"),
            format!("WebSocket  {}/v1/ws", url.replacen("http", "ws", 1)),
            format!("RPC        {}", chain.rpc_url),
            format!("RPC socket {}", chain.ws_url),
            format!("program    {}", chorale::ID),
            format!("mint       {} ({} decimals)", deployment.build.mint, deployment.decimals),
            format!("store      {}", self.stack.location),
            format!("data       {}", chain.folder.display()),
        ];
        lines.join("\n")
    }

    /// Starts the indexer, from where the store stopped, unless it runs.
    pub fn start_indexer(&mut self) {
        self.indexer.get_or_insert_with(|| self.stack.indexer());
    }

    /// Stops the indexer alone; everything else goes on.
    ///
    /// # Errors
    /// If it had failed.
    pub async fn stop_indexer(&mut self) -> Result<()> {
        match self.indexer.take() {
            Some(indexer) => indexer.stop().await,
            None => Ok(()),
        }
    }

    /// Waits until a part ends that should not: always an error.
    pub async fn failure(&mut self) -> anyhow::Error {
        tokio::select! {
            error = ended(self.indexer.as_mut()) => error,
            error = self.backend.ended() => error,
        }
    }

    /// Stops everything in order: nobody is served by a store that is closed.
    ///
    /// # Errors
    /// The first that occurs; the rest is stopped all the same.
    pub async fn stop(mut self) -> Result<()> {
        let indexer = self.stop_indexer().await;
        let backend = self.backend.stop().await;
        let stack = self.stack.close().await;
        backend.and(indexer).and(stack)
    }

    /// Waits until the indexer has brought in the configuration, which must be this deployment's.
    async fn ready(&mut self) -> Result<()> {
        let config = tokio::select! {
            config = tokio::time::timeout(PATIENCE, self.stack.config()) => config,
            error = ended(self.indexer.as_mut()) => return Err(error),
            error = self.backend.ended() => return Err(error),
        };
        let config = config.with_context(|| {
            format!("the indexer found no configuration within {PATIENCE:?}; does the RPC endpoint answer?")
        })?;
        self.stack.require_same(&config?)
    }
}

async fn ended(service: Option<&mut Service>) -> anyhow::Error {
    match service {
        Some(service) => service.ended().await,
        None => pending().await,
    }
}
