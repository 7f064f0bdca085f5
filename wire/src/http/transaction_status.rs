//! What became of a transaction that was relayed.

use chorale_domain::id::Signature;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far a transaction is. Each state but the first and `failed` leads to the next; a fork may lead back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransactionStatus {
    /// Neither the chain nor this backend knows it.
    Unknown,
    /// This backend sent it; the chain does not show it yet.
    Sent,
    /// In a block that may still be dropped.
    Processed,
    /// In a block that a supermajority voted on.
    Confirmed,
    /// Cannot be undone.
    Finalized,
    /// Its events are in the store: what is read here has them.
    Indexed,
    /// The chain took its fee and refused it.
    Failed,
}

/// Why the chain refused a transaction.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Refusal {
    /// The program's name for it (`NotCoAuthor`, say), or the chain's.
    pub name: String,
    /// What happened and what to do about it, in words.
    pub detail: String,
}

/// `GET /v1/transactions/{signature}`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct TransactionView {
    /// Names the transaction.
    pub signature: Signature,
    /// How far it is.
    pub status: TransactionStatus,
    /// Its slot, null while the chain does not show it.
    pub slot: Option<u64>,
    /// Global sequence of its last event, null until it is indexed.
    pub cursor: Option<i64>,
    /// Why it failed, null if it did not.
    pub refusal: Option<Refusal>,
}
