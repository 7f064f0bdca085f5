//! When the chain itself said that a transaction is confirmed: what a push is measured against.

use anyhow::{Context, Result, bail};
use chorale_domain::id::{Signature, Wallet};
use futures::StreamExt;
use solana_client::nonblocking::pubsub_client::PubsubClient;
use solana_client::rpc_config::{RpcTransactionLogsConfig, RpcTransactionLogsFilter};
use solana_commitment_config::CommitmentConfig;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Longer than a chain that works takes to confirm.
const PATIENCE: Duration = Duration::from_secs(60);

/// The first notice of each transaction; `None` until the chain has taken the subscription.
type Seen = Option<HashMap<Signature, Instant>>;

/// A subscription to the chain's own notices of the program's confirmed transactions.
pub struct Notices {
    seen: watch::Receiver<Seen>,
    task: JoinHandle<Result<()>>,
}

impl Drop for Notices {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Notices {
    /// Subscribes, and waits until the chain has taken it.
    ///
    /// # Errors
    /// If `ws_url` does not answer.
    pub async fn open(ws_url: &str, program: Wallet) -> Result<Self> {
        let (sender, seen) = watch::channel(None);
        let url = ws_url.to_owned();
        let task = tokio::spawn(async move { follow(&url, program, &sender).await });
        let mut notices = Self { seen, task };
        if notices.seen.wait_for(Option::is_some).await.is_err() {
            (&mut notices.task).await.context("the chain's notices")??;
            bail!("{ws_url} ended the subscription at once");
        }
        Ok(notices)
    }

    /// When the chain's notice of a confirmed transaction came.
    ///
    /// # Errors
    /// If it does not come.
    pub async fn confirmed(&self, signature: Signature) -> Result<Instant> {
        let mut seen = self.seen.clone();
        let find = |seen: &Seen| seen.as_ref().and_then(|seen| seen.get(&signature).copied());
        let found = tokio::time::timeout(PATIENCE, seen.wait_for(|seen| find(seen).is_some())).await;
        let found =
            found.with_context(|| format!("the chain gave no notice of {signature} within {PATIENCE:?}"))?;
        let found = found.context("the chain's notices have ended")?;
        find(&found).context("a notice that was there is gone")
    }
}

async fn follow(url: &str, program: Wallet, seen: &watch::Sender<Seen>) -> Result<()> {
    let client = PubsubClient::new(url).await.with_context(|| format!("{url} does not answer"))?;
    let filter = RpcTransactionLogsFilter::Mentions(vec![program.to_string()]);
    let config = RpcTransactionLogsConfig { commitment: Some(CommitmentConfig::confirmed()) };
    let (mut notices, _unsubscribe) = client.logs_subscribe(filter, config).await?;
    seen.send_replace(Some(HashMap::new()));
    while let Some(notice) = notices.next().await {
        let at = Instant::now();
        let signature: Signature = notice.value.signature.parse()?;
        seen.send_modify(|seen| {
            seen.get_or_insert_default().entry(signature).or_insert(at);
        });
    }
    Ok(())
}
