use super::climb::{Side, check_length, sides};
use super::error::{ProofError, check_size};
use super::head::TreeHead;
use crate::content::ContentHash;
use crate::content_log::{leaf_hash, node_hash};
use crate::id::{Hash32, Wallet};
use serde::{Deserialize, Serialize};

/// Proof that a message stands at one place of a log: RFC 6962's audit path (section 2.1.1).
///
/// In JSON: `{"sequence":1,"size":3,"path":["HEX","HEX"]}`. A path has at most 20 hashes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InclusionProof {
    /// The message's place, counted from 0. Verified with the rest: compare it with the place you asked about.
    pub sequence: u64,
    /// Messages in the tree the proof is about.
    pub size: u64,
    /// The siblings on the way from the leaf to the root, the leaf's own first.
    pub path: Vec<Hash32>,
}

impl InclusionProof {
    /// Checks that `author`'s message `hash` is number `sequence` of the log with this `head`.
    /// Needs no tree: RFC 9162, section 2.1.3.2.
    ///
    /// # Errors
    /// - [`ProofError::Empty`], [`ProofError::TooLarge`], [`ProofError::NoSuchMessage`]: no log has such a place.
    /// - [`ProofError::OtherSize`]: the proof is about another size than the head.
    /// - [`ProofError::PathLength`]: a hash is missing or too many.
    /// - [`ProofError::OtherRoot`]: the message is not there, or the path is not the log's.
    pub fn verify(&self, hash: &ContentHash, author: &Wallet, head: &TreeHead) -> Result<(), ProofError> {
        self.verify_leaf(&Hash32(leaf_hash(&hash.0, &author.0)), head)
    }

    /// As [`verify`](Self::verify), for who has the leaf's hash, `SHA-256(0x00 ‖ hash ‖ author)`, only.
    ///
    /// # Errors
    /// Those of [`verify`](Self::verify).
    pub fn verify_leaf(&self, leaf: &Hash32, head: &TreeHead) -> Result<(), ProofError> {
        check_place(self.sequence, self.size)?;
        head.check_size(self.size)?;
        let way = || sides(self.sequence, self.size - 1);
        check_length(way().count(), self.path.len())?;
        head.check_root(self.path.iter().zip(way()).fold(leaf.0, |node, (sibling, side)| match side {
            Side::Left => node_hash(&sibling.0, &node),
            Side::Right => node_hash(&node, &sibling.0),
        }))
    }
}

/// Refuses a place that no log of this size has.
pub(super) fn check_place(sequence: u64, size: u64) -> Result<(), ProofError> {
    check_size(size)?;
    if sequence < size { Ok(()) } else { Err(ProofError::NoSuchMessage { sequence, size }) }
}
