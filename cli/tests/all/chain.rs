//! `chorale chain` in a process of its own.

use serde::Deserialize;
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_commitment_config::CommitmentConfig;
use solana_keypair::{Keypair, read_keypair_file};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use tempfile::TempDir;

/// Ends the chain once its standard input closes, which it does however the tests end.
const WATCHDOG: &str = r#""$0" "$@" </dev/null & chain=$!; cat >/dev/null; kill -9 $chain; wait $chain"#;

/// What `chorale chain` prints.
#[derive(Deserialize)]
pub struct Facts {
    pub rpc_url: String,
    pub ws_url: String,
    pub mint: String,
    pub payer: PathBuf,
}

/// A chain, gone when dropped.
pub struct Chain {
    pub facts: Facts,
    watchdog: Child,
    lifeline: Option<ChildStdin>,
    _folder: TempDir,
}

impl Drop for Chain {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // Fails only if it has ended already.
        let _ = self.watchdog.wait();
    }
}

impl Chain {
    /// Starts one, with more arguments if there are any, and waits until the program is set up.
    pub fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new("sh");
        command.args(["-c", WATCHDOG, env!("CARGO_BIN_EXE_chorale"), "chain", "--data"]);
        command.arg(folder.path()).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut watchdog = command.spawn().expect("there is a shell");
        let lifeline = watchdog.stdin.take();
        let printed = watchdog.stdout.take().expect("it is piped");
        let first = BufReader::new(printed).lines().next().expect("the chain starts").expect("UTF-8");
        let facts = serde_json::from_str(&first).expect("one line of JSON");
        Self { facts, watchdog, lifeline, _folder: folder }
    }

    /// Whoever set the deployment up.
    pub fn payer(&self) -> Keypair {
        read_keypair_file(&self.facts.payer).expect("the payer's keypair")
    }

    /// The newest confirmed slot.
    pub async fn confirmed_slot(&self) -> u64 {
        let rpc = RpcClient::new(self.facts.rpc_url.clone());
        rpc.get_slot_with_commitment(CommitmentConfig::confirmed()).await.expect("the chain answers")
    }

    /// The arguments that make a command ask this chain and follow it.
    pub fn endpoint(&self) -> [&str; 4] {
        ["--rpc-url", &self.facts.rpc_url, "--ws-url", &self.facts.ws_url]
    }
}
