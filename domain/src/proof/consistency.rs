use super::climb::{Side, check_length, sides};
use super::error::{ProofError, check_size};
use super::head::TreeHead;
use crate::content_log::node_hash;
use crate::id::Hash32;
use serde::{Deserialize, Serialize};

/// Proof that a log only grew: what it held before, it still holds, in the same order (RFC 6962, section 2.1.2).
///
/// In JSON: `{"old_size":2,"new_size":3,"path":["HEX"]}`. A path has at most 21 hashes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ConsistencyProof {
    /// Messages in the log before.
    pub old_size: u64,
    /// Messages in the log after; never fewer.
    pub new_size: u64,
    /// First the old log's last peak, left out where that is its root; then the siblings on the way from there to
    /// the new root. Empty between equal sizes.
    pub path: Vec<Hash32>,
}

impl ConsistencyProof {
    /// Checks that the log with the head `new` continues the one with the head `old`.
    /// Needs no tree: RFC 9162, section 2.1.4.2.
    ///
    /// # Errors
    /// - [`ProofError::Empty`], [`ProofError::TooLarge`], [`ProofError::OutOfOrder`]: no log grew like that.
    /// - [`ProofError::OtherSize`]: the proof is about other sizes than the heads.
    /// - [`ProofError::PathLength`]: a hash is missing or too many.
    /// - [`ProofError::OtherRoot`]: history was rewritten, or the path is not the log's; its `size` says which
    ///   of the two roots does not follow.
    pub fn verify(&self, old: &TreeHead, new: &TreeHead) -> Result<(), ProofError> {
        check_growth(self.old_size, self.new_size)?;
        old.check_size(self.old_size)?;
        new.check_size(self.new_size)?;
        let (old_root, new_root) = self.roots(old.root)?;
        old.check_root(old_root)?;
        new.check_root(new_root)
    }

    /// The roots that follow for both sizes, once these are known to be in order.
    fn roots(&self, old_root: Hash32) -> Result<([u8; 32], [u8; 32]), ProofError> {
        let given = usize::from(!self.starts_at_the_old_root());
        check_length(given + self.way().count(), self.path.len())?;
        let (start, siblings) = self.path.split_at(given);
        let start = start.first().copied().unwrap_or(old_root).0;
        Ok(siblings.iter().zip(self.way()).fold((start, start), |(old, new), (sibling, side)| match side {
            Side::Left => (node_hash(&sibling.0, &old), node_hash(&sibling.0, &new)),
            // To the right of where the old log ended there is nothing old.
            Side::Right => (old, node_hash(&new, &sibling.0)),
        }))
    }

    /// Whether the old log as a whole is one subtree of the new one: its root is then known already.
    fn starts_at_the_old_root(&self) -> bool {
        self.old_size == self.new_size || self.old_size.is_power_of_two()
    }

    /// The way up from the old log's last peak; between equal sizes there is none to go.
    fn way(&self) -> impl Iterator<Item = Side> + use<> {
        if self.old_size == self.new_size {
            return sides(0, 0);
        }
        let level = self.old_size.trailing_zeros();
        sides((self.old_size - 1) >> level, (self.new_size - 1) >> level)
    }
}

/// Refuses sizes between which no log can have grown.
pub(super) fn check_growth(old: u64, new: u64) -> Result<(), ProofError> {
    check_size(old)?;
    check_size(new)?;
    if old <= new { Ok(()) } else { Err(ProofError::OutOfOrder { old, new }) }
}
