//! Where transactions come from.

use async_trait::async_trait;
use chorale_domain::id::Signature;
use solana_transaction_status_client_types::EncodedConfirmedTransactionWithStatusMeta;
use std::convert::Infallible;
use tokio::sync::Notify;

/// A transaction as the node encodes it, in the `json` encoding.
pub type EncodedTransaction = EncodedConfirmedTransactionWithStatusMeta;

/// A transaction that mentions the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SignatureInfo {
    /// Names it.
    pub signature: Signature,
    /// Its slot.
    pub slot: u64,
    /// Whether it failed: then it did nothing, and need not be fetched.
    pub failed: bool,
}

/// Why a source gave no answer, or none that can be used. Asking again may help.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SourceError {
    /// The node does not answer, or answers with an error.
    #[error("{url} gives no answer: {reason}")]
    NoAnswer {
        /// Where it was asked.
        url: String,
        /// What happened, in words.
        reason: String,
    },
    /// The node lists the transaction, but does not give it out yet.
    #[error("{url} lists transaction {signature}, but does not have it yet")]
    NotYet {
        /// Where it was asked.
        url: String,
        /// Which.
        signature: Signature,
    },
    /// The node's list does not reach back to the last transaction in the store.
    #[error(
        "{url} does not know transaction {cursor}, the last one in the store: it is behind, has forgotten it, or follows another chain; use a node with the full history, or a new store"
    )]
    Gap {
        /// Where it was asked.
        url: String,
        /// The transaction it does not know.
        cursor: Signature,
    },
}

/// A chain, as far as the indexer needs to see it: confirmed transactions that mention the program.
#[async_trait]
pub trait ChainSource: Send + Sync {
    /// Where it is, for people.
    fn url(&self) -> &str;

    /// At most `limit` transactions, newest first: those before `before` and after `until` (both exclusive;
    /// without them, from the newest and to the first).
    async fn signatures(
        &self,
        before: Option<Signature>,
        until: Option<Signature>,
        limit: usize,
    ) -> Result<Vec<SignatureInfo>, SourceError>;

    /// One transaction, `None` if the source does not have it (yet).
    async fn transaction(&self, signature: Signature) -> Result<Option<EncodedTransaction>, SourceError>;

    /// Notifies `wake` whenever there may be something new, until it is dropped. Nothing depends on it but
    /// how soon the indexer looks.
    async fn wake_ups(&self, wake: &Notify) -> Infallible;
}
