//! Notices of a node that there is something new.

use crate::outage::Outage;
use chorale_domain::id::Wallet;
use futures::StreamExt;
use solana_client::nonblocking::pubsub_client::{PubsubClient, PubsubClientError};
use solana_client::rpc_config::{RpcTransactionLogsConfig, RpcTransactionLogsFilter};
use solana_commitment_config::CommitmentConfig;
use std::convert::Infallible;
use tokio::sync::Notify;
use tokio::time::sleep;

/// A subscription to the logs of transactions that mention the program.
pub(crate) struct Subscription {
    pub url: String,
    pub program: Wallet,
}

impl Subscription {
    /// Wakes with every notice, and whenever notices begin: some may have been missed. Connects again, later
    /// and later, for as long as it runs.
    pub(crate) async fn forward(&self, wake: &Notify) -> Infallible {
        let mut outage = Outage::none("notices");
        loop {
            let error = match self.forward_once(wake, &mut outage).await {
                Ok(()) => "the connection ended".to_owned(),
                Err(error) => error.to_string(),
            };
            let delay = outage.failed(&format_args!("{}: {error}", self.url));
            sleep(delay).await;
        }
    }

    async fn forward_once(&self, wake: &Notify, outage: &mut Outage) -> Result<(), PubsubClientError> {
        let client = PubsubClient::new(self.url.as_str()).await?;
        let filter = RpcTransactionLogsFilter::Mentions(vec![self.program.to_string()]);
        let config = RpcTransactionLogsConfig { commitment: Some(CommitmentConfig::confirmed()) };
        let (mut notices, _unsubscribe) = client.logs_subscribe(filter, config).await?;
        outage.over();
        wake.notify_one();
        while notices.next().await.is_some() {
            wake.notify_one();
        }
        Ok(())
    }
}
