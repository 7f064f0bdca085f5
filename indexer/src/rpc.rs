//! A Solana node as the source.

use crate::source::{ChainSource, EncodedTransaction, SignatureInfo, SourceError};
use crate::wake::Subscription;
use async_trait::async_trait;
use chorale_domain::id::{Signature, Wallet};
use serde_json::json;
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_client::rpc_config::{RpcSignaturesForAddressConfig, RpcTransactionConfig};
use solana_client::rpc_request::RpcRequest;
use solana_client::rpc_response::RpcConfirmedTransactionStatusWithSignature as Listed;
use solana_commitment_config::CommitmentConfig;
use solana_transaction_status_client_types::{TransactionConfirmationStatus, UiTransactionEncoding};
use std::convert::Infallible;
use std::fmt::Display;
use std::time::Duration;
use tokio::sync::Notify;

const TIMEOUT: Duration = Duration::from_secs(10);

/// Asks a node over JSON-RPC, and is woken by its log notices.
pub struct RpcSource {
    client: RpcClient,
    url: String,
    program: Wallet,
    notices: Subscription,
}

impl RpcSource {
    /// A node at `rpc_url` (HTTP) and `ws_url` (WebSocket); no connection is made before it is asked.
    #[must_use]
    pub fn new(rpc_url: String, ws_url: String, program: Wallet) -> Self {
        let commitment = CommitmentConfig::confirmed();
        Self {
            client: RpcClient::new_with_timeout_and_commitment(rpc_url.clone(), TIMEOUT, commitment),
            url: rpc_url,
            program,
            notices: Subscription { url: ws_url, program },
        }
    }

    fn failed(&self, reason: impl Display) -> SourceError {
        SourceError::NoAnswer { url: self.url.clone(), reason: reason.to_string() }
    }

    fn info(&self, listed: &Listed) -> Result<SignatureInfo, SourceError> {
        Ok(SignatureInfo {
            signature: listed.signature.parse().map_err(|error| self.failed(error))?,
            slot: listed.slot,
            failed: listed.err.is_some(),
        })
    }
}

#[async_trait]
impl ChainSource for RpcSource {
    fn url(&self) -> &str {
        &self.url
    }

    async fn signatures(
        &self,
        before: Option<Signature>,
        until: Option<Signature>,
        limit: usize,
    ) -> Result<Vec<SignatureInfo>, SourceError> {
        let config = RpcSignaturesForAddressConfig {
            before: before.map(|signature| signature.to_string()),
            until: until.map(|signature| signature.to_string()),
            limit: Some(limit),
            commitment: Some(CommitmentConfig::confirmed()),
            min_context_slot: None,
        };
        let params = json!([self.program.to_string(), config]);
        let listed = self.client.send::<Vec<Listed>>(RpcRequest::GetSignaturesForAddress, params).await;
        let listed = listed.map_err(|error| self.failed(error))?;
        listed.iter().filter(|listed| is_confirmed(listed)).map(|listed| self.info(listed)).collect()
    }

    async fn transaction(&self, signature: Signature) -> Result<Option<EncodedTransaction>, SourceError> {
        let config = RpcTransactionConfig {
            encoding: Some(UiTransactionEncoding::Json),
            commitment: Some(CommitmentConfig::confirmed()),
            // Whatever versions there will be: an error for a new one would stop the indexer for ever.
            max_supported_transaction_version: Some(u8::MAX),
        };
        let params = json!([signature.to_string(), config]);
        let found = self.client.send(RpcRequest::GetTransaction, params).await;
        found.map_err(|error| self.failed(error))
    }

    async fn wake_ups(&self, wake: &Notify) -> Infallible {
        self.notices.forward(wake).await
    }
}

/// Surfpool lists transactions of the slot that is still open, in no particular order.
fn is_confirmed(listed: &Listed) -> bool {
    listed.confirmation_status != Some(TransactionConfirmationStatus::Processed)
}
