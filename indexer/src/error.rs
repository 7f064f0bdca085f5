//! What can go wrong while following the chain.

use crate::outage::Patience;
use crate::source::SourceError;
use chorale_content::ContentError;
use chorale_domain::id::Signature;
use chorale_store::StoreError;
use std::time::Duration;

/// What is routine once is none if it goes on: then it has lasted for more than two seconds.
const ROUTINE_TRIES: u32 = 5;

/// Why the indexer stopped. Nothing an upstream does stops it, only a store that is wrong in itself.
#[derive(Debug, thiserror::Error)]
pub enum IndexerError {
    /// A final event contradicts the store, the store is damaged, or something else writes to it.
    #[error("the indexer stopped: {0}")]
    Store(#[source] StoreError),
    /// The same, where events are missing that this version cannot read: they may be what the store lacks.
    #[error(
        "the indexer stopped: {source}; {dead_letters} transactions could not be decoded (dead letters), which may be why: a newer Chorale may decode them, then run `chorale rebuild`"
    )]
    Undecoded {
        /// What was wrong.
        #[source]
        source: StoreError,
        /// How many there are.
        dead_letters: i64,
    },
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
    /// The chain went another way while it was read: what was read is of no use.
    #[error("the list of transactions changed around {0} while it was read")]
    Moved(Signature),
    /// The store was damaged, and may be whole again.
    #[error("the store was damaged, and {0} of its rows were repaired")]
    Repaired(usize),
    /// Somebody wants the indexer to stop.
    #[error("stopping")]
    Stopped,
}

impl Trouble {
    /// The error to stop with, if waiting cannot help.
    pub(crate) fn worth_waiting(self) -> Result<Self, IndexerError> {
        match self {
            Self::Store(error) if error.is_corruption() => Err(IndexerError::Store(error)),
            passing => Ok(passing),
        }
    }

    /// The kind of trouble in one word.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Source(SourceError::NoAnswer { .. }) => "no_answer",
            Self::Source(SourceError::NotYet { .. }) => "not_yet",
            Self::Source(SourceError::Gap { .. }) => "gap",
            Self::Source(SourceError::Behind { .. }) => "behind",
            Self::Source(SourceError::Forgotten { .. }) => "forgotten",
            Self::Source(SourceError::Limited { .. }) => "limited",
            Self::Store(StoreError::Unsettled { .. }) => "unsettled",
            Self::Store(_) => "store",
            Self::Content(_) => "content",
            Self::Moved(_) => "moved",
            Self::Repaired(_) => "repaired",
            Self::Stopped => "stopped",
        }
    }

    /// Whether it comes with a chain that is well: forks, and a list that is ahead of the transactions themselves.
    pub(crate) fn is_routine(&self) -> bool {
        matches!(
            self,
            Self::Moved(_)
                | Self::Source(SourceError::NotYet { .. })
                | Self::Store(StoreError::Unsettled { .. })
        )
    }

    /// Whether a row of the store is damaged, or not as it was when it was read, which can perhaps be repaired.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(self, Self::Store(StoreError::Corrupt { .. } | StoreError::Conflict { .. }))
    }

    /// Whether it shows that a list of finalized transactions cannot be right.
    pub(crate) fn is_of_the_list(&self) -> bool {
        matches!(
            self,
            Self::Moved(_)
                | Self::Source(SourceError::Forgotten { .. })
                | Self::Store(StoreError::Order { .. })
        )
    }

    /// What to put up with before it is called an outage.
    pub(crate) fn patience(&self) -> Patience {
        let pause = match self {
            Self::Source(error) => error.pause(),
            _ => Duration::ZERO,
        };
        Patience { tries: if self.is_routine() { ROUTINE_TRIES } else { 0 }, pause }
    }
}
