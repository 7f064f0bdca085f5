//! What can go wrong while following the chain.

use crate::source::SourceError;
use chorale_content::ContentError;
use chorale_store::StoreError;

/// Why the indexer stopped. Nothing an upstream does stops it, only a store that is wrong in itself.
#[derive(Debug, thiserror::Error)]
pub enum IndexerError {
    /// An event contradicts the store, the store is damaged, or something else writes to it.
    #[error("the indexer stopped: {0}")]
    Store(#[source] StoreError),
}

/// What stands in the way of going on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Content(#[from] ContentError),
}

impl Trouble {
    /// The error to stop with, if waiting cannot help.
    pub(crate) fn worth_waiting(self) -> Result<Self, IndexerError> {
        match self {
            Self::Store(error) if error.is_corruption() => Err(IndexerError::Store(error)),
            passing => Ok(passing),
        }
    }
}
