//! A store against the chain itself: every event since the beginning, and every account.
//!
//! What the chain does not keep is not compared: see [`accounts::kept`](crate::accounts::kept).

mod events;
mod history;
mod list;
mod patience;
mod state;

use crate::accounts::AccountsError;
use crate::source::{ChainSource, SourceError};
use crate::time::Time;
use chorale_domain::id::Wallet;
use chorale_store::{Store, StoreError};
use patience::Patient;
use std::fmt;

/// What to compare with what.
#[derive(Clone, Copy)]
pub struct Comparison<'a> {
    /// The chain.
    pub source: &'a dyn ChainSource,
    /// The program on it.
    pub program: Wallet,
    /// The store; an indexer may be writing to it.
    pub store: &'a Store,
    /// For waiting.
    pub time: &'a dyn Time,
    /// Events before this slot were compared already; 0 for all of them.
    pub from_slot: u64,
}

/// How far a comparison is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Compared {
    /// Waiting, for this reason.
    Waiting(String),
    /// So many transactions are known.
    Listed(u64),
    /// Events are compared up to and with `slot`.
    Events {
        /// The slot; a later comparison may begin after it.
        slot: u64,
        /// Transactions that were compared.
        done: u64,
        /// Transactions in all.
        of: u64,
    },
    /// So many entities of the store are compared with the accounts.
    Accounts(u64),
}

/// Where progress goes.
pub type Progress<'a> = &'a mut (dyn FnMut(Compared) + Send);

/// Something that the store and the chain say differently.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Difference {
    /// An entity's key, or `event SIGNATURE/INSTRUCTION/INNER`.
    pub entity: String,
    /// The field's path; empty for all of it.
    pub field: String,
    /// What the store says.
    pub store: String,
    /// What the chain says.
    pub chain: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entity, field, store, chain } = self;
        let separator = if field.is_empty() { "" } else { " " };
        write!(f, "{entity}{separator}{field}: {store} in the store, {chain} on chain")
    }
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// The chain's answers cannot be used, and asking again would not help.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The program's accounts make no state.
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    /// The store does not have what the chain has.
    #[error(
        "the store does not have everything up to slot {slot}: start the indexer, wait until it has caught up, and try again"
    )]
    Behind {
        /// The slot.
        slot: u64,
    },
}

/// Everything in which a store differs from the chain: first every event of finalized transactions from
/// `from_slot` on, by identity and content, then every account with the entities as of its slot. Bounded memory but
/// for the list of signatures and the accounts. A node that does not answer is asked until it does.
///
/// # Errors
/// [`CompareError`]; nothing is known then.
pub async fn compare_with_chain(
    comparison: &Comparison<'_>,
    progress: Progress<'_>,
) -> Result<Vec<Difference>, CompareError> {
    let patient = Patient { source: comparison.source, time: comparison.time };
    let comparison = Comparison { source: &patient, ..*comparison };
    let mut differences = history::compare(&comparison, &mut *progress).await?;
    differences.extend(state::compare(&comparison, progress).await?);
    Ok(differences)
}
