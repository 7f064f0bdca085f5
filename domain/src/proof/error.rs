use crate::content_log::MAX_COUNT;
use crate::id::Hash32;

/// Why a proof cannot be given, or was refused. Sizes and sequence numbers count messages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Nothing can be proven about a log without messages.
    #[error("an empty log has nothing to prove: ask again once it holds a message")]
    Empty,
    /// No log grows beyond [`MAX_COUNT`].
    #[error("a log of {size} messages cannot be: no thread holds more than {MAX_COUNT}; distrust the source")]
    TooLarge {
        /// The size claimed.
        size: u64,
    },
    /// Sequence numbers go from 0 to the size minus one.
    #[error("message {sequence} is not among the first {size}: use a sequence number below the size")]
    NoSuchMessage {
        /// The sequence number claimed.
        sequence: u64,
        /// Messages in the tree it should be in.
        size: u64,
    },
    /// A log never shrinks.
    #[error("a log of {old} messages cannot become one of {new}: name the smaller size as the old one")]
    OutOfOrder {
        /// The size claimed for before.
        old: u64,
        /// The size claimed for after.
        new: u64,
    },
    /// The tree at hand does not reach that far.
    #[error("the tree holds {held} messages, not {size}: bring it up to date or ask about a smaller size")]
    NotYet {
        /// The size asked for.
        size: u64,
        /// Messages in the tree.
        held: u64,
    },
    /// The sizes alone say how many hashes the path has.
    #[error(
        "the path has {found} hashes where trees of these sizes have {expected}: ask for the proof again"
    )]
    PathLength {
        /// Hashes that trees of these sizes need.
        expected: usize,
        /// Hashes in the proof.
        found: usize,
    },
    /// Proof and head are about different moments of the log.
    #[error("the proof is about {proof} messages, the head about {head}: ask for a proof of the head's size")]
    OtherSize {
        /// Messages in the proof's tree.
        proof: u64,
        /// Messages in the head's tree.
        head: u64,
    },
    /// The path leads elsewhere: message, author, place or path are not the log's.
    #[error("the proof leads to {computed}, but {size} messages have the root {trusted}: do not believe it")]
    OtherRoot {
        /// Messages in the tree whose root this is.
        size: u64,
        /// The root of the head.
        trusted: Hash32,
        /// The root that follows from the proof.
        computed: Hash32,
    },
}

/// Refuses sizes that no log can have.
pub(super) fn check_size(size: u64) -> Result<(), ProofError> {
    match size {
        0 => Err(ProofError::Empty),
        1..=MAX_COUNT => Ok(()),
        _ => Err(ProofError::TooLarge { size }),
    }
}
