//! `chorale index` in a process of its own.

use crate::chain::Chain;
use crate::process::{PATIENCE, Running, restricted, until};
use chorale_store::{Location, Store};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// What it says once it has opened its store.
const OPENED: &str = "Indexing into";

/// A store and the command that follows a chain into it.
pub struct Follower<'a> {
    pub chain: &'a Chain,
    /// As on the command line.
    pub store: String,
    log: PathBuf,
}

impl<'a> Follower<'a> {
    /// What it says goes to a file in `folder`, called `name`.
    pub fn new(chain: &'a Chain, name: &str, store: impl Into<String>, folder: &Path) -> Self {
        Self { chain, store: store.into(), log: folder.join(format!("{name}.log")) }
    }

    /// The command itself, under what `setpriv` shall restrict besides.
    pub fn command(&self, restrictions: &[&str]) -> Command {
        let mut command = restricted(restrictions, &["index", "--store", &self.store]);
        command.args(self.chain.endpoint());
        let log = File::options().create(true).append(true).open(&self.log).expect("a file for what it says");
        command.stderr(log);
        command
    }

    pub fn start(&self) -> Running {
        Running::start(&mut self.command(&[]))
    }

    /// Starts it and waits until it has opened its store.
    pub async fn started(&self) -> Running {
        let before = self.said().matches(OPENED).count();
        let indexer = self.start();
        until("the indexer has opened its store", async || {
            (self.said().matches(OPENED).count() > before).then_some(())
        })
        .await;
        indexer
    }

    /// Everything it said so far, over all starts.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub fn location(&self) -> Location {
        self.store.parse().expect("a location")
    }

    /// The store, for reading.
    pub async fn read(&self) -> Store {
        Store::open(&self.location(), Arc::new(|| 0)).await.expect("the store opens")
    }

    /// Waits until the store has everything through `slot`; the indexer must be running.
    pub async fn caught_up(&self, slot: u64) {
        let store = self.read().await;
        let there = async {
            while store.seen().await.expect("the store reads").is_none_or(|seen| seen < slot) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let caught_up = timeout(PATIENCE, there).await;
        store.close().await;
        caught_up.unwrap_or_else(|_| panic!("not at slot {slot} within {PATIENCE:?}: {}", self.said()));
    }

    /// Starts it, waits until it has caught up with the chain as it is now, and stops it as Ctrl-C does.
    pub async fn catch_up(&self) {
        let (indexer, slot) = (self.started().await, self.chain.confirmed_slot().await);
        self.caught_up(slot).await;
        let status = indexer.stop().await;
        assert!(status.success(), "it ended with {status}: {}", self.said());
    }
}
