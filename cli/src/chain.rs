//! An embedded chain with a deployment on it, for those who keep it while they start everything else again.

use crate::forward::Forward;
use anyhow::{Context, Result, anyhow};
use chorale_localnet::{Deployment, DeploymentOptions, Localnet};
use serde::Serialize;
use solana_keypair::{Keypair, write_keypair_file};
use std::path::{Path, PathBuf};

/// A chain that runs until it is stopped or dropped.
pub struct StandaloneChain {
    localnet: Localnet,
    forwards: Vec<Forward>,
    facts: ChainFacts,
}

/// How to use a chain.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ChainFacts {
    /// Its JSON-RPC endpoint.
    pub rpc_url: String,
    /// Its WebSocket endpoint.
    pub ws_url: String,
    /// The program's address.
    pub program: String,
    /// The deployment's token.
    pub mint: String,
    /// Keypair file of the deployment's authority, who has lamports and may make tokens.
    pub payer: PathBuf,
}

impl StandaloneChain {
    /// Starts a chain, deploys the program and sets it up; the payer's keypair goes into the folder `data`.
    ///
    /// # Errors
    /// If the chain does not start or the folder cannot be written.
    pub async fn start(data: &Path) -> Result<Self> {
        std::fs::create_dir_all(data).with_context(|| format!("cannot create {}", data.display()))?;
        let payer = Keypair::new();
        let localnet = Localnet::start(&payer).await.context("the embedded chain does not start")?;
        let mut options = DeploymentOptions::default();
        // It lives no longer than this process: nobody has a day to wait before leaving.
        options.settings.divest_cooldown = 0;
        let deployment = Deployment::ensure(localnet.rpc_url(), &payer, options).await?;
        let facts = ChainFacts {
            rpc_url: localnet.rpc_url().into(),
            ws_url: localnet.ws_url().into(),
            program: chorale::ID.to_string(),
            mint: deployment.build.mint.to_string(),
            payer: keep(&payer, &data.join(format!("payer-{}.json", std::process::id())))?,
        };
        Ok(Self { localnet, forwards: vec![], facts })
    }

    /// Makes it reachable at loopback ports `port` (RPC) and the next one (WebSocket): the chain itself chooses
    /// its ports.
    ///
    /// # Errors
    /// If one of them is in use.
    pub async fn listen_at(&mut self, port: u16) -> Result<()> {
        let next = port.checked_add(1).context("the WebSocket endpoint needs the port after --port")?;
        let rpc = Forward::start(port, &self.facts.rpc_url).await?;
        let ws = Forward::start(next, &self.facts.ws_url).await?;
        self.facts.rpc_url = format!("http://{}", rpc.address());
        self.facts.ws_url = format!("ws://{}", ws.address());
        self.forwards = vec![rpc, ws];
        Ok(())
    }

    /// How to use it.
    #[must_use]
    pub fn facts(&self) -> &ChainFacts {
        &self.facts
    }

    /// Ends the chain.
    ///
    /// # Errors
    /// If it does not end in time.
    pub async fn stop(self) -> Result<()> {
        drop(self.forwards);
        self.localnet.stop().await.context("the embedded chain")
    }
}

fn keep(payer: &Keypair, file: &Path) -> Result<PathBuf> {
    let written = write_keypair_file(payer, file);
    written.map_err(|error| anyhow!("cannot write {}: {error}", file.display()))?;
    std::path::absolute(file).with_context(|| format!("cannot tell where {} is", file.display()))
}
