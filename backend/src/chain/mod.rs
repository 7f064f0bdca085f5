//! Everything that asks the RPC endpoint. The program alone decides what is allowed: the backend finds out
//! by simulating, and explains what the program said.

mod prepared;
mod refusal;
mod relay;
mod simulation;
mod status;

pub(crate) use prepared::PreparedTransactions;
pub(crate) use refusal::Refusal;
pub(crate) use relay::{RelayError, decode, encode};
pub(crate) use simulation::{Held, Simulation, Watched};
pub(crate) use status::Seen;

use crate::backend::{ChainConfig, Clock};
use crate::metrics::Metrics;
use crate::presence::Presence;
use crate::trace::of_call;
use chorale_domain::id::Wallet;
use chorale_wire::endpoint::{cause, public};
use refusal::explain;
use solana_account_decoder_client_types::{UiAccount, UiAccountEncoding};
use solana_address::Address;
use solana_client::client_error::{ClientError, ClientErrorKind};
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_client::rpc_config::{
    RpcAccountInfoConfig, RpcSendTransactionConfig, RpcSimulateTransactionAccountsConfig,
    RpcSimulateTransactionConfig,
};
use solana_client::rpc_request::{RpcError, RpcResponseErrorData};
use solana_commitment_config::{CommitmentConfig, CommitmentLevel};
use solana_instruction::Instruction;
use solana_message::{Message, VersionedMessage};
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

/// How long the endpoint may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How often it is asked whether it is there, while it is.
const WATCH_EVERY: Duration = Duration::from_secs(10);
/// How soon it is asked again when it has just gone; doubled each time, up to [`WATCH_EVERY`].
const FIRST_RETRY: Duration = Duration::from_millis(250);

/// Why the chain did not do something. Nothing was changed by it.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum ChainError {
    #[error("the chain cannot be reached at {url}: {cause}; it is tried again until it answers")]
    Unavailable { url: String, cause: String },
    #[error("{0}")]
    Refused(Refusal),
}

/// An unsigned transaction and the block height it is good until.
pub(crate) struct Unsigned {
    pub(crate) transaction: VersionedTransaction,
    pub(crate) last_valid_block_height: u64,
}

pub(crate) struct Chain {
    rpc: RpcClient,
    token_program: Address,
    presence: Presence,
    metrics: Arc<Metrics>,
}

impl Chain {
    pub(crate) fn new(config: &ChainConfig, clock: Clock, metrics: Arc<Metrics>) -> Self {
        let (url, confirmed) = (config.rpc_url.clone(), CommitmentConfig::confirmed());
        Self {
            presence: Presence::new(format!("the chain at {}", public(&url)), clock),
            rpc: RpcClient::new_with_timeout_and_commitment(url, TIMEOUT, confirmed),
            token_program: Address::from(config.token_program.0),
            metrics,
        }
    }

    /// Whether it answers.
    pub(crate) fn presence(&self) -> &Presence {
        &self.presence
    }

    /// A transaction of this one instruction, paid and to be signed by `payer`, on the latest confirmed block.
    pub(crate) async fn unsigned(
        &self,
        payer: Wallet,
        instruction: Instruction,
    ) -> Result<Unsigned, ChainError> {
        let latest = self.rpc.get_latest_blockhash_with_commitment(CommitmentConfig::confirmed());
        let (blockhash, last_valid_block_height) = self.heard(self.timed("blockhash", latest).await)?;
        let message = Message::new_with_blockhash(&[instruction], Some(&Address::from(payer.0)), &blockhash);
        let signatures = vec![Signature::default(); usize::from(message.header.num_required_signatures)];
        let transaction = VersionedTransaction { signatures, message: VersionedMessage::Legacy(message) };
        Ok(Unsigned { transaction, last_valid_block_height })
    }

    /// What an unsigned transaction would do.
    ///
    /// # Errors
    /// [`ChainError::Refused`] with the program's reason if it would fail.
    pub(crate) async fn simulate(
        &self,
        transaction: &VersionedTransaction,
    ) -> Result<Simulation, ChainError> {
        let (message, watched) = (&transaction.message, simulation::writable(&transaction.message));
        let outcome = self.rpc.simulate_transaction_with_config(transaction, watching(&watched));
        let (before, outcome) = tokio::join!(self.accounts(&watched), self.timed("simulate", outcome));
        let outcome = self.heard(outcome)?.value;
        match outcome.err {
            Some(error) => Err(self.refused(&error.into(), &outcome.logs.unwrap_or_default())),
            None => Ok(simulation::read(message, &outcome, &watched, before, &self.token_program)),
        }
    }

    /// These accounts as they are; `None` where the endpoint does not tell: what it is about goes on without.
    async fn accounts(&self, addresses: &[Address]) -> Option<Vec<Option<UiAccount>>> {
        let config = RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64),
            commitment: Some(CommitmentConfig::confirmed()),
            ..RpcAccountInfoConfig::default()
        };
        let answer = self.rpc.get_multiple_ui_accounts_with_config(addresses, config).await;
        answer.ok().map(|answer| answer.value)
    }

    /// How far the chain is with a transaction, `None` where it does not know it.
    pub(crate) async fn status(&self, signature: &Signature) -> Result<Option<Seen>, ChainError> {
        let answer = self.rpc.get_signature_statuses_with_history(std::slice::from_ref(signature)).await;
        let found = self.heard(answer)?.value.into_iter().next().flatten();
        Ok(found.map(|status| Seen::of(&status, |error| explain(error, &[], &self.token_program))))
    }

    /// Sends a signed transaction. Sending one that the chain has already is no error.
    pub(crate) async fn send(&self, transaction: &VersionedTransaction) -> Result<Signature, ChainError> {
        let config = RpcSendTransactionConfig {
            preflight_commitment: Some(CommitmentLevel::Confirmed),
            ..RpcSendTransactionConfig::default()
        };
        let sent = self.rpc.send_transaction_with_config(transaction, config);
        match self.timed("send", sent).await {
            Err(error) if is_already_processed(&error) => {
                Ok(transaction.signatures.first().copied().unwrap_or_default())
            }
            sent => self.heard(sent),
        }
    }

    /// Asks the endpoint now and then whether it is there, and again and again once it is not.
    pub(crate) async fn watch(&self, closing: &CancellationToken) {
        let mut retry = FIRST_RETRY;
        while closing.run_until_cancelled(self.probe()).await.is_some() {
            retry = if self.presence.is_away() { (retry * 2).min(WATCH_EVERY) } else { FIRST_RETRY };
            if closing.run_until_cancelled(self.until_next_probe(retry)).await.is_none() {
                return;
            }
        }
    }

    async fn probe(&self) {
        if let Err(error) = self.heard(self.timed("slot", self.rpc.get_slot()).await) {
            tracing::debug!(%error, "the RPC endpoint does not tell its slot");
        }
    }

    async fn until_next_probe(&self, retry: Duration) {
        if self.presence.is_away() {
            return sleep(retry).await;
        }
        tokio::select! {
            () = sleep(WATCH_EVERY) => {}
            () = self.presence.gone() => {}
        }
    }

    async fn timed<T>(&self, call: &'static str, asked: impl Future<Output = T>) -> T {
        let begun = Instant::now();
        let answer = asked.instrument(of_call(call)).await;
        self.metrics.parts.chain_call(call, begun.elapsed());
        answer
    }

    /// Sorts an answer: the endpoint is away, or it is there and refuses.
    fn heard<T>(&self, answer: Result<T, ClientError>) -> Result<T, ChainError> {
        let (answer, presence) = match answer {
            Ok(value) => (Ok(value), Ok(())),
            Err(error) => match self.refusal_in(&error) {
                Some(refused) => (Err(refused), Ok(())),
                None => (Err(self.unavailable(&error)), Err(cause(&self.rpc.url(), &error))),
            },
        };
        self.presence.note(presence);
        answer
    }

    fn unavailable(&self, error: &ClientError) -> ChainError {
        let url = self.rpc.url();
        ChainError::Unavailable { url: public(&url), cause: cause(&url, error) }
    }

    /// What the endpoint, or the chain behind it, refuses; `None` where it did not answer as it should.
    fn refusal_in(&self, error: &ClientError) -> Option<ChainError> {
        use RpcResponseErrorData::{NodeUnhealthy, SendTransactionPreflightFailure as Preflight};
        match error.kind() {
            ClientErrorKind::RpcError(RpcError::RpcResponseError { data: NodeUnhealthy { .. }, .. }) => None,
            ClientErrorKind::RpcError(RpcError::RpcResponseError { data: Preflight(outcome), .. })
                if outcome.err.is_some() =>
            {
                let reason = outcome.err.clone().map(TransactionError::from)?;
                Some(self.refused(&reason, outcome.logs.as_deref().unwrap_or_default()))
            }
            ClientErrorKind::RpcError(RpcError::RpcResponseError { message, .. }) => {
                Some(ChainError::Refused(Refusal::by_endpoint(message)))
            }
            kind => kind.get_transaction_error().map(|reason| self.refused(&reason, &[])),
        }
    }

    fn refused(&self, error: &TransactionError, logs: &[String]) -> ChainError {
        ChainError::Refused(explain(error, logs, &self.token_program))
    }
}

fn watching(addresses: &[Address]) -> RpcSimulateTransactionConfig {
    RpcSimulateTransactionConfig {
        commitment: Some(CommitmentConfig::confirmed()),
        inner_instructions: true,
        accounts: Some(RpcSimulateTransactionAccountsConfig {
            encoding: Some(UiAccountEncoding::Base64),
            addresses: addresses.iter().map(ToString::to_string).collect(),
        }),
        ..RpcSimulateTransactionConfig::default()
    }
}

/// Some endpoints give the error, some only its words.
fn is_already_processed(error: &ClientError) -> bool {
    error.get_transaction_error() == Some(TransactionError::AlreadyProcessed)
        || error.to_string().contains("already been processed")
}
