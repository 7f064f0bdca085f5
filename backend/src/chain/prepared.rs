//! Transactions that were prepared and may be relayed, and what became of them.

use super::relay::{RelayError, check_signatures, programs};
use super::{Chain, ChainError};
use crate::error::ApiError;
use crate::shared::{Claim, Link, SharedTransactions};
use chorale_domain::id::{Hash32, Signature, Wallet, sha256};
use moka::future::Cache;
use solana_message::VersionedMessage;
use solana_transaction::versioned::VersionedTransaction;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

/// A little longer than the chain accepts a transaction's block hash.
const TTL: Duration = Duration::from_secs(120);
/// Transactions remembered at a time; the oldest give way and have to be prepared again.
const CAPACITY: u64 = 100_000;

/// Known by the SHA-256 of their messages, for two minutes.
pub(crate) struct PreparedTransactions {
    offered: Cache<Hash32, Wallet>,
    relayed: Cache<Hash32, Signature>,
    sent: Cache<Signature, ()>,
    /// What other backends know of them.
    shared: Option<SharedTransactions>,
}

/// A transaction that was found to be in order; only [`PreparedTransactions`] makes these.
pub(crate) struct Signed {
    id: Hash32,
    transaction: VersionedTransaction,
}

impl PreparedTransactions {
    pub(crate) fn new(link: Option<Arc<Link>>) -> Self {
        let shared = link.map(|link| SharedTransactions::new(link, TTL));
        Self { offered: cache(), relayed: cache(), sent: cache(), shared }
    }

    /// Remembers that this was prepared for `wallet`.
    pub(crate) async fn offer(&self, message: &VersionedMessage, wallet: Wallet) {
        let id = digest(message);
        self.offered.insert(id, wallet).await;
        if let Some(shared) = &self.shared {
            shared.offer(&id, wallet).await;
        }
    }

    /// A transaction that may be sent: one that was prepared for `wallet`, and is signed.
    pub(crate) async fn signed(
        &self,
        transaction: VersionedTransaction,
        wallet: Wallet,
    ) -> Result<Signed, RelayError> {
        let id = digest(&transaction.message);
        self.check_offer(&id, &transaction, wallet).await?;
        check_signatures(&transaction)?;
        Ok(Signed { id, transaction })
    }

    /// Whether this backend has sent it already.
    pub(crate) fn was_relayed(&self, Signed { id, .. }: &Signed) -> bool {
        self.relayed.contains_key(id)
    }

    /// Sends it. However often and however concurrently the same one is relayed, it is sent once and every answer is the
    /// same.
    pub(crate) async fn relay(
        &self,
        Signed { id, transaction }: Signed,
        chain: &Chain,
    ) -> Result<Signature, ApiError> {
        let sent = self.relayed.try_get_with(id, self.send_once(&id, &transaction, chain)).await;
        let signature = sent.map_err(|error: Arc<ChainError>| ApiError::from(ChainError::clone(&error)))?;
        self.sent.insert(signature, ()).await;
        Ok(signature)
    }

    /// Whether this backend sent a transaction lately.
    pub(crate) fn was_sent(&self, signature: &Signature) -> bool {
        self.sent.contains_key(signature)
    }

    /// Sends it, unless another backend does. Where that cannot be known it may be sent twice, which the chain takes for
    /// once.
    async fn send_once(
        &self,
        id: &Hash32,
        transaction: &VersionedTransaction,
        chain: &Chain,
    ) -> Result<Signature, ChainError> {
        if let Some(shared) = &self.shared
            && let Claim::Sent(signature) = shared.claim(id).await
        {
            return Ok(signature);
        }
        let sent = chain.send(transaction).await.map(|signature| Signature(signature.into()));
        if let Some(shared) = &self.shared {
            shared.settle(id, sent.as_ref().ok().copied()).await;
        }
        sent
    }

    async fn offered(&self, id: &Hash32) -> Option<Wallet> {
        match (self.offered.get(id).await, &self.shared) {
            (None, Some(shared)) => shared.offered(id).await,
            (offered, _) => offered,
        }
    }

    async fn check_offer(
        &self,
        id: &Hash32,
        transaction: &VersionedTransaction,
        wallet: Wallet,
    ) -> Result<(), RelayError> {
        match self.offered(id).await {
            Some(offered) if offered == wallet => Ok(()),
            Some(_) => Err(RelayError::OtherWallet),
            None if programs(transaction).any(|program| program != chorale::ID) => {
                Err(RelayError::OtherProgram)
            }
            None => Err(RelayError::NotPrepared),
        }
    }
}

fn cache<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static>() -> Cache<K, V> {
    Cache::builder().max_capacity(CAPACITY).time_to_live(TTL).build()
}

fn digest(message: &VersionedMessage) -> Hash32 {
    Hash32(sha256(&[&message.serialize()]))
}
