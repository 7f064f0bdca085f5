//! The content log off the chain: its whole tree, and proofs that a client checks without one.
//!
//! Who holds every leaf builds a [`LogTree`] and gives proofs; who holds a [`TreeHead`] from a source it trusts,
//! the thread's account above all, checks them alone: that a message is in the log ([`InclusionProof`]) and that
//! the log only grew ([`ConsistencyProof`]). Tree, proofs and their order are those of RFC 6962, section 2.1.

mod climb;
mod consistency;
mod error;
mod head;
mod inclusion;
mod tree;

#[cfg(test)]
mod tests;

pub use consistency::ConsistencyProof;
pub use error::ProofError;
pub use head::TreeHead;
pub use inclusion::InclusionProof;
pub use tree::LogTree;

#[cfg(test)]
pub(crate) use tests::vectors;

use crate::content::ContentHash;
use crate::id::{Hash32, Wallet};

/// The root of the log that holds `messages` in order.
#[must_use]
pub fn log_root(messages: &[(ContentHash, Wallet)]) -> Hash32 {
    LogTree::from_messages(messages).root()
}
