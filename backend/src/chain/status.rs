//! How far the chain is with a transaction.

use super::Refusal;
use chorale_wire::http::TransactionStatus;
use solana_transaction_error::TransactionError;
use solana_transaction_status_client_types::{
    TransactionConfirmationStatus as Confirmation, TransactionStatus as ChainStatus,
};

/// What the chain shows of a transaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Seen {
    pub(crate) slot: u64,
    pub(crate) status: TransactionStatus,
    /// Why it did nothing, where it failed.
    pub(crate) refusal: Option<Refusal>,
}

impl Seen {
    pub(super) fn of(status: &ChainStatus, explain: impl Fn(&TransactionError) -> Refusal) -> Self {
        let refusal = status.err.as_ref().map(explain);
        let settled = match status.confirmation_status() {
            Confirmation::Processed => TransactionStatus::Processed,
            Confirmation::Confirmed => TransactionStatus::Confirmed,
            Confirmation::Finalized => TransactionStatus::Finalized,
        };
        let status_now = if refusal.is_some() { TransactionStatus::Failed } else { settled };
        Self { slot: status.slot, status: status_now, refusal }
    }
}
