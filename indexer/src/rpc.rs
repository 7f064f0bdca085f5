//! A Solana node as the source.
//!
//! What agave and surfpool do, as far as it matters here: `minContextSlot` is honoured by every call that has it; a
//! list is in the order of execution, newest first, in a slot too. Agave refuses to list from a transaction that it
//! does not know; surfpool and older nodes give an empty page, or everything. Surfpool lists what the slot that is
//! still open executed, as processed, and its accounts show that already.

mod endpoint;

use crate::source::{AccountsAt, ChainSource, EncodedTransaction, Page, SignatureInfo, SourceError, Tip};
use crate::time::Time;
use crate::wake::Notices;
use async_trait::async_trait;
use chorale_domain::id::{Signature, Wallet};
use chorale_wire::socket::Commitment;
use endpoint::{CallError, Endpoint};
use serde_json::{Value, json};
use solana_account_decoder_client_types::{UiAccount, UiAccountEncoding};
use solana_client::rpc_config::{
    RpcAccountInfoConfig, RpcContextConfig, RpcProgramAccountsConfig, RpcSignaturesForAddressConfig,
    RpcTransactionConfig,
};
use solana_client::rpc_custom_error::{
    JSON_RPC_SERVER_ERROR_BLOCK_NOT_AVAILABLE, JSON_RPC_SERVER_ERROR_BLOCK_STATUS_NOT_AVAILABLE_YET,
    JSON_RPC_SERVER_ERROR_FILTER_TRANSACTION_NOT_FOUND, JSON_RPC_SERVER_ERROR_MIN_CONTEXT_SLOT_NOT_REACHED,
};
use solana_client::rpc_request::RpcRequest;
use solana_client::rpc_response::{
    Response, RpcConfirmedTransactionStatusWithSignature as Listed, RpcKeyedAccount,
};
use solana_commitment_config::CommitmentConfig;
use solana_transaction_status_client_types::{TransactionConfirmationStatus, UiTransactionEncoding};
use std::convert::Infallible;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// For an answer that a round can do without.
const SHORT_TIMEOUT: Duration = Duration::from_secs(2);
/// For most answers.
const TIMEOUT: Duration = Duration::from_secs(10);
/// For all accounts of a program: a node goes through all it has, and sends megabytes.
const LONG_TIMEOUT: Duration = Duration::from_secs(120);

/// Asks a node over JSON-RPC, and is woken by its log notices.
pub struct RpcSource {
    endpoint: Endpoint,
    program: Wallet,
    notices: Notices,
}

impl RpcSource {
    /// A node at `rpc_url` (HTTP) and `ws_url` (WebSocket); no connection is made before it is asked. `time` is for
    /// connecting to `ws_url` again.
    #[must_use]
    pub fn new(rpc_url: String, ws_url: String, program: Wallet, time: Arc<dyn Time>) -> Self {
        let notices = Notices::new(ws_url, program, time);
        Self { endpoint: Endpoint::new(rpc_url), program, notices }
    }

    fn no_answer(&self, reason: impl Display) -> SourceError {
        SourceError::NoAnswer { url: self.url().to_owned(), reason: reason.to_string() }
    }

    /// What a call's error means to somebody who needs slot `wanted`.
    fn failed(&self, error: CallError, wanted: u64) -> SourceError {
        let url = self.url().to_owned();
        match error {
            CallError::Limited { retry_after } => SourceError::Limited { url, retry_after },
            CallError::Refused { code: JSON_RPC_SERVER_ERROR_MIN_CONTEXT_SLOT_NOT_REACHED, data, .. } => {
                SourceError::Behind { url, slot: data["contextSlot"].as_u64(), wanted }
            }
            other => self.no_answer(other),
        }
    }

    /// Nodes that do not know `minContextSlot` answer all the same.
    fn reached(&self, slot: u64, wanted: u64) -> Result<(), SourceError> {
        let url = self.url().to_owned();
        if slot < wanted { Err(SourceError::Behind { url, slot: Some(slot), wanted }) } else { Ok(()) }
    }

    async fn slot(&self, commitment: CommitmentConfig) -> Result<u64, SourceError> {
        let config = RpcContextConfig { commitment: Some(commitment), min_context_slot: None };
        let slot = self.endpoint.call(RpcRequest::GetSlot, json!([config]), TIMEOUT).await;
        slot.map_err(|error| self.failed(error, 0))
    }

    /// Agave's way of saying what others say by an empty page, or by one that goes past `until`.
    fn not_known(&self, page: &Page, error: CallError) -> Result<Vec<SignatureInfo>, SourceError> {
        let is_unknown = matches!(
            &error,
            CallError::Refused { code: JSON_RPC_SERVER_ERROR_FILTER_TRANSACTION_NOT_FOUND, .. }
        );
        let text = error.to_string();
        let named = |signature: &Signature| text.contains(&signature.to_string());
        match (page.until.filter(named), page.before.filter(named)) {
            (Some(cursor), _) if is_unknown => Err(SourceError::Gap { url: self.url().to_owned(), cursor }),
            (_, Some(_)) if is_unknown => Ok(vec![]),
            _ => Err(self.failed(error, page.min_slot)),
        }
    }

    /// `None` for what is not confirmed yet.
    fn info(&self, listed: &Listed) -> Result<Option<SignatureInfo>, SourceError> {
        let commitment = match listed.confirmation_status {
            Some(TransactionConfirmationStatus::Finalized) => Commitment::Finalized,
            Some(TransactionConfirmationStatus::Confirmed) => Commitment::Confirmed,
            Some(TransactionConfirmationStatus::Processed) => return Ok(None),
            None => return Err(self.no_answer("it does not say whether transactions are finalized")),
        };
        let signature = listed.signature.parse().map_err(|error| self.no_answer(error))?;
        Ok(Some(SignatureInfo { signature, slot: listed.slot, failed: listed.err.is_some(), commitment }))
    }

    fn data(&self, account: &UiAccount) -> Result<Vec<u8>, SourceError> {
        account
            .data
            .decode()
            .ok_or_else(|| self.no_answer("it gave another encoding of accounts than base64"))
    }
}

fn account_config(min_slot: u64) -> RpcAccountInfoConfig {
    RpcAccountInfoConfig {
        encoding: Some(UiAccountEncoding::Base64),
        data_slice: None,
        commitment: Some(CommitmentConfig::confirmed()),
        min_context_slot: Some(min_slot),
    }
}

fn signatures_params(program: Wallet, page: &Page) -> Value {
    let config = RpcSignaturesForAddressConfig {
        before: page.before.map(|signature| signature.to_string()),
        until: page.until.map(|signature| signature.to_string()),
        limit: Some(page.limit),
        commitment: Some(CommitmentConfig::confirmed()),
        min_context_slot: Some(page.min_slot),
    };
    json!([program.to_string(), config])
}

fn transaction_params(signature: Signature) -> Value {
    let config = RpcTransactionConfig {
        encoding: Some(UiTransactionEncoding::Json),
        commitment: Some(CommitmentConfig::confirmed()),
        // Whatever versions there will be: an error for a new one would stop the indexer for ever.
        max_supported_transaction_version: Some(u8::MAX),
    };
    json!([signature.to_string(), config])
}

/// The node says that it will have the block. That a slot was skipped says something else: nothing of it will come.
fn is_not_yet(error: &CallError) -> bool {
    let codes =
        [JSON_RPC_SERVER_ERROR_BLOCK_NOT_AVAILABLE, JSON_RPC_SERVER_ERROR_BLOCK_STATUS_NOT_AVAILABLE_YET];
    matches!(error, CallError::Refused { code, .. } if codes.contains(code))
}

#[async_trait]
impl ChainSource for RpcSource {
    fn url(&self) -> &str {
        self.endpoint.shown()
    }

    async fn tip(&self) -> Result<Tip, SourceError> {
        let finalized = self.slot(CommitmentConfig::finalized()).await?;
        let confirmed = self.slot(CommitmentConfig::confirmed()).await?;
        // Behind one URL may be several nodes, and the second one that was asked the slower.
        Ok(Tip { confirmed, finalized: finalized.min(confirmed) })
    }

    async fn block_time(&self, slot: u64) -> Result<Option<i64>, SourceError> {
        let time = self.endpoint.call(RpcRequest::GetBlockTime, json!([slot]), SHORT_TIMEOUT).await;
        time.map_err(|error| self.failed(error, 0))
    }

    async fn signatures(&self, page: &Page) -> Result<Vec<SignatureInfo>, SourceError> {
        let params = signatures_params(self.program, page);
        let listed = self.endpoint.call(RpcRequest::GetSignaturesForAddress, params, TIMEOUT).await;
        match listed {
            Ok::<Vec<Listed>, _>(listed) => {
                listed.iter().filter_map(|listed| self.info(listed).transpose()).collect()
            }
            Err(error) => self.not_known(page, error),
        }
    }

    async fn transaction(&self, signature: Signature) -> Result<Option<EncodedTransaction>, SourceError> {
        let params = transaction_params(signature);
        match self.endpoint.call(RpcRequest::GetTransaction, params, TIMEOUT).await {
            Err(error) if is_not_yet(&error) => Ok(None),
            found => found.map_err(|error| self.failed(error, 0)),
        }
    }

    async fn accounts(&self, addresses: &[Wallet], min_slot: u64) -> Result<AccountsAt, SourceError> {
        let params = json!([addresses, account_config(min_slot)]);
        let found = self.endpoint.call(RpcRequest::GetMultipleAccounts, params, TIMEOUT).await;
        let found: Response<Vec<Option<UiAccount>>> = found.map_err(|error| self.failed(error, min_slot))?;
        self.reached(found.context.slot, min_slot)?;
        if found.value.len() != addresses.len() {
            return Err(self.no_answer("it gave another number of accounts than it was asked for"));
        }
        let data =
            found.value.iter().map(|account| account.as_ref().map(|account| self.data(account)).transpose());
        Ok(AccountsAt { slot: found.context.slot, accounts: data.collect::<Result<_, _>>()? })
    }

    async fn program_accounts(&self, min_slot: u64) -> Result<(u64, Vec<(Wallet, Vec<u8>)>), SourceError> {
        let account_config = account_config(min_slot);
        let config =
            RpcProgramAccountsConfig { account_config, with_context: Some(true), ..Default::default() };
        let params = json!([self.program, config]);
        let found = self.endpoint.call(RpcRequest::GetProgramAccounts, params, LONG_TIMEOUT).await;
        let found: Response<Vec<RpcKeyedAccount>> = found.map_err(|error| self.failed(error, min_slot))?;
        self.reached(found.context.slot, min_slot)?;
        let accounts = found.value.iter().map(|keyed| {
            let address = keyed.pubkey.parse().map_err(|error| self.no_answer(error))?;
            Ok((address, self.data(&keyed.account)?))
        });
        Ok((found.context.slot, accounts.collect::<Result<_, _>>()?))
    }

    async fn wake_ups(&self, wake: &Notify) -> Infallible {
        self.notices.wake_ups(wake).await
    }

    fn unannounced(&self) {
        self.notices.unannounced();
    }
}
