//! What the indexer hands to the store.

use crate::stopped::Stopped;
use chorale_domain::event::ChainEvent;
use chorale_domain::id::Signature;
use chorale_wire::socket::Commitment;

/// A transaction up to which everything is in the store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IndexCursor {
    /// The transaction.
    pub signature: Signature,
    /// Its slot.
    pub slot: u64,
}

/// One transaction of the program, decoded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IndexedTransaction {
    /// Names it.
    pub signature: Signature,
    /// Its slot.
    pub slot: u64,
    /// The chain's time of its block, Unix seconds, where known.
    pub block_time: Option<i64>,
    /// Whether it failed on the chain, and so did nothing.
    pub failed: bool,
    /// How settled it is: confirmed or finalized. One that is retracted is handed to
    /// [`Writer::retract`](crate::Writer::retract) instead.
    pub commitment: Commitment,
    /// What could be decoded, in the order of execution.
    pub events: Vec<ChainEvent>,
    /// Why something in it could not be decoded, if so.
    pub dead_letter: Option<String>,
}

/// Transactions in the chain's order: the finalized ones first, then the confirmed ones.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Batch {
    /// The transactions.
    pub transactions: Vec<IndexedTransaction>,
}

/// What a batch did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Applied {
    /// Events that were new.
    pub events: usize,
    /// Events that were in already.
    pub replayed: usize,
    /// Events that were in, and are final now.
    pub promoted: usize,
    /// Transactions that became dead letters.
    pub dead_letters: usize,
    /// Threads whose state an event contradicted, and which are stopped now.
    pub stopped: Vec<Stopped>,
    /// Sequence of the last event in the store now.
    pub last_sequence: i64,
}
