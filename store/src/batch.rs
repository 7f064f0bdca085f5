//! What the indexer hands to the store.

use chorale_domain::event::ChainEvent;
use chorale_domain::id::Signature;

/// The last transaction that is in the store: the indexer asks the chain for what came after it.
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
    /// What could be decoded, in the order of execution.
    pub events: Vec<ChainEvent>,
    /// Why something in it could not be decoded, if so.
    pub dead_letter: Option<String>,
}

/// Consecutive transactions, oldest first, with the cursor after them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Batch {
    /// The last transaction of the batch.
    pub cursor: IndexCursor,
    /// The transactions.
    pub transactions: Vec<IndexedTransaction>,
}

/// What a batch did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Applied {
    /// Events that were new.
    pub events: usize,
    /// Events that were in already.
    pub replayed: usize,
    /// Transactions that became dead letters.
    pub dead_letters: usize,
    /// Sequence of the last event in the store now.
    pub last_sequence: i64,
}
