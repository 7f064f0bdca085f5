//! What indexer and backend stand on, and how they are made from it.

use super::DevOptions;
use super::chain::{Chain, chain_id};
use super::faucet::DevFaucet;
use crate::lock::StoreLock;
use crate::service::Service;
use anyhow::{Context, Result, ensure};
use chorale_backend::{Backend, ChainConfig, Faucet, Limits, Origins, Parts, PublicUrl};
use chorale_content::{ContentOptions, ContentStore, ServerOptions};
use chorale_domain::id::Wallet;
use chorale_domain::state::Config;
use chorale_indexer::{DEFAULT_POLL, Indexer, IndexerConfig};
use chorale_localnet::{Deployment, DeploymentOptions};
use chorale_store::{Location, Sessions, Store, Writer};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// The file of the store, in the folder of its chain.
const STORE_FILE: &str = "store.sqlite";
/// The folder of the bodies, in the folder of their chain.
const CONTENT_FOLDER: &str = "content";

/// The folder of uploads that wait for a Qdrant server, there too.
const QUEUE_FOLDER: &str = "queue";

/// How often the store is compared with the bodies.
const VERIFY_EVERY: Duration = Duration::from_secs(600);

/// A chain with a deployment on it, and what is kept of it.
pub(super) struct Stack {
    pub(super) chain: Chain,
    pub(super) deployment: Deployment,
    pub(super) location: Location,
    pub(super) content: ContentStore,
    sessions: Sessions,
    writer: Writer,
    /// Held for as long as the writer is open.
    _lock: Option<StoreLock>,
}

/// Where the bodies are.
fn content(options: &DevOptions, folder: &Path) -> ContentOptions {
    match options.content.clone() {
        Some(server) => {
            ContentOptions::Server(ServerOptions { queue: Some(folder.join(QUEUE_FOLDER)), ..server })
        }
        None => ContentOptions::Edge { path: folder.join(CONTENT_FOLDER) },
    }
}

impl Stack {
    pub(super) async fn open(options: &DevOptions) -> Result<Self> {
        let chain = Chain::open(options.chain.clone(), &options.data).await?;
        let deployment = Deployment::ensure(&chain.rpc_url, &chain.payer, settings(&chain)).await?;
        let location = options.store.clone();
        let location = location.unwrap_or_else(|| Location::from(chain.folder.join(STORE_FILE)));
        let lock = StoreLock::take(&location)?;
        let writer = Writer::open(&location, options.clock.clone()).await?;
        let sessions = Sessions::open(&location.sessions()?).await?;
        let content = content(options, &chain.folder);
        let content = ContentStore::open_with(content, options.models.clone()).await?;
        Ok(Self { chain, deployment, location, content, sessions, writer, _lock: lock })
    }

    /// What the indexer writes, for reading.
    pub(super) fn store(&self) -> &Store {
        self.writer.store()
    }

    pub(super) fn indexer(&self) -> Service {
        let config = IndexerConfig {
            rpc_url: self.chain.rpc_url.clone(),
            ws_url: self.chain.ws_url.clone(),
            program: program(),
            poll: DEFAULT_POLL,
        };
        let indexer = Indexer::new(config, self.writer.clone(), Some(self.content.clone()));
        Service::start("indexer", |stop| indexer.run(stop))
    }

    /// Serves at `listener`, which clients reach at `url`.
    pub(super) fn backend(&self, options: DevOptions, listener: TcpListener, url: PublicUrl) -> Service {
        let backend = Backend::new(Parts {
            store: self.store().clone(),
            sessions: self.sessions.clone(),
            content: self.content.clone(),
            chain: self.chain_config(),
            redis: options.redis,
            faucet: self.faucet(options.faucet),
            clock: options.clock,
            random: options.random,
            url,
            origins: Origins::Any,
            // Whoever develops against it is alone, and quick.
            limits: Limits { rates: None, ..Limits::default() },
        });
        // Whoever develops against it is alone with it.
        let backend = backend.verifying(VERIFY_EVERY, []).with_public_metrics();
        Service::start("backend", |stop| backend.run(listener, stop))
    }

    /// Nobody's own SOL is given away unasked: a chain elsewhere has a faucet only where it is `wanted`.
    fn faucet(&self, wanted: bool) -> Option<Arc<dyn Faucet>> {
        let open = wanted || self.chain.embedded.is_some();
        open.then(|| Arc::new(DevFaucet(self.deployment.clone())) as Arc<dyn Faucet>)
    }

    fn chain_config(&self) -> ChainConfig {
        ChainConfig {
            chain_id: chain_id(&self.chain.rpc_url).into(),
            rpc_url: self.chain.rpc_url.clone(),
            ws_url: self.chain.ws_url.clone(),
            program: program(),
            token_program: Wallet(self.deployment.build.token_program.to_bytes()),
        }
    }

    /// The deployment's configuration, as soon as the indexer has brought it in.
    pub(super) async fn config(&self) -> Result<Config> {
        let mut committed = self.store().watch();
        loop {
            if let Some(config) = self.store().config().await? {
                return Ok(config);
            }
            committed.changed().await.context("the store was closed")?;
        }
    }

    /// Refuses a folder that followed another deployment.
    pub(super) fn require_same(&self, config: &Config) -> Result<()> {
        let mint = self.deployment.build.mint;
        ensure!(
            config.mint.0 == mint.to_bytes(),
            "{} belongs to a deployment with mint {}, the chain's has {mint}: give another --data or --store",
            self.location,
            config.mint
        );
        Ok(())
    }

    /// Closes everything, to the end, and returns the first error.
    pub(super) async fn close(self) -> Result<()> {
        self.sessions.close().await;
        self.writer.close().await;
        let content = self.content.close().await.context("the content store");
        let chain = match self.chain.embedded {
            Some(localnet) => localnet.stop().await.context("the embedded chain"),
            None => Ok(()),
        };
        content.and(chain)
    }
}

/// Settings for a chain without a deployment. One that lives no longer than this process has no day to wait before
/// a co-author may leave.
fn settings(chain: &Chain) -> DeploymentOptions {
    let mut options = DeploymentOptions::default();
    if chain.embedded.is_some() {
        options.settings.divest_cooldown = 0;
    }
    options
}

fn program() -> Wallet {
    Wallet(chorale::ID.to_bytes())
}
