use super::consistency::{ConsistencyProof, check_growth};
use super::error::ProofError;
use super::head::TreeHead;
use super::inclusion::{InclusionProof, check_place};
use crate::content::ContentHash;
use crate::content_log::{leaf_hash, node_hash};
use crate::id::{Hash32, Wallet, sha256};
use rs_merkle::{Hasher, PartialTree};
use std::ops::Range;

/// RFC 6962's hashing for `rs_merkle`. Its trees promote an unpaired node, which gives RFC 6962's shape.
#[derive(Clone)]
struct Rfc6962;

impl Hasher for Rfc6962 {
    type Hash = [u8; 32];

    fn hash(data: &[u8]) -> Self::Hash {
        sha256(&[&[0], data])
    }

    fn concat_and_hash(left: &Self::Hash, right: Option<&Self::Hash>) -> Self::Hash {
        right.map_or(*left, |right| node_hash(left, right))
    }
}

/// The whole tree of a log: gives its root and its proofs, at its size and at every size it has had.
///
/// `rs_merkle` builds the levels. The proofs are read from them here: `rs_merkle`'s inclusion paths are RFC 6962's,
/// but only at the tree's full size, and it has no consistency proofs. Building takes one hash a leaf and about
/// 80 bytes of memory; a proof or a root takes at most 20 hashes' work after that.
#[derive(Clone)]
pub struct LogTree {
    leaves: usize,
    tree: PartialTree<Rfc6962>,
}

impl LogTree {
    /// The tree of the log that holds `messages` in order.
    #[must_use]
    pub fn from_messages(messages: &[(ContentHash, Wallet)]) -> Self {
        Self::build(&messages.iter().map(|(hash, author)| leaf_hash(&hash.0, &author.0)).collect::<Vec<_>>())
    }

    /// The tree over these leaf hashes, in order; a message's is `SHA-256(0x00 ‖ hash ‖ author)`.
    #[must_use]
    pub fn from_leaf_hashes(leaves: &[Hash32]) -> Self {
        Self::build(&leaves.iter().map(|leaf| leaf.0).collect::<Vec<_>>())
    }

    fn build(leaves: &[[u8; 32]]) -> Self {
        let tree = PartialTree::from_leaves(leaves)
            .expect("rs_merkle fails only where a parent lacks its left child, and these leaves have no gap");
        Self { leaves: leaves.len(), tree }
    }

    /// Messages in the tree.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.leaves as u64
    }

    /// The root of the whole tree; SHA-256 of nothing for an empty log, as RFC 6962 says.
    #[must_use]
    pub fn root(&self) -> Hash32 {
        self.tree.root().map_or_else(|| Hash32(sha256(&[])), |root| Hash32(*root))
    }

    /// The root when the log held its first `size` messages.
    ///
    /// # Errors
    /// [`ProofError::NotYet`] where the tree holds fewer.
    pub fn root_at(&self, size: u64) -> Result<Hash32, ProofError> {
        match self.held(size)? {
            0 => Ok(Hash32(sha256(&[]))),
            size => Ok(self.subtree(0..size)),
        }
    }

    /// Size and root when the log held its first `size` messages.
    ///
    /// # Errors
    /// [`ProofError::NotYet`] where the tree holds fewer.
    pub fn head_at(&self, size: u64) -> Result<TreeHead, ProofError> {
        Ok(TreeHead { size, root: self.root_at(size)? })
    }

    /// Proves that message `sequence` (from 0) is among the first `size`: `PATH(m, D[n])` of RFC 6962.
    ///
    /// # Errors
    /// [`ProofError::Empty`], [`ProofError::TooLarge`], [`ProofError::NoSuchMessage`] where no log has such a place,
    /// [`ProofError::NotYet`] where the tree holds fewer than `size`.
    pub fn prove_inclusion(&self, sequence: u64, size: u64) -> Result<InclusionProof, ProofError> {
        check_place(sequence, size)?;
        let path = self.path(self.held(sequence)?, 0..self.held(size)?);
        Ok(InclusionProof { sequence, size, path })
    }

    /// Proves that the log of `new_size` messages continues that of `old_size`: `PROOF(m, D[n])` of RFC 6962.
    ///
    /// # Errors
    /// [`ProofError::Empty`], [`ProofError::TooLarge`], [`ProofError::OutOfOrder`] where no log grew like that,
    /// [`ProofError::NotYet`] where the tree holds fewer than `new_size`.
    pub fn prove_consistency(&self, old_size: u64, new_size: u64) -> Result<ConsistencyProof, ProofError> {
        check_growth(old_size, new_size)?;
        let path = self.subproof(self.held(old_size)?, 0..self.held(new_size)?, true);
        Ok(ConsistencyProof { old_size, new_size, path })
    }

    /// `size` as an index, once it is known to be within the tree.
    fn held(&self, size: u64) -> Result<usize, ProofError> {
        let index = usize::try_from(size).ok().filter(|size| *size <= self.leaves);
        index.ok_or(ProofError::NotYet { size, held: self.size() })
    }

    /// `PATH`: the siblings from leaf `leaf` up to the subtree over `leaves`.
    fn path(&self, leaf: usize, leaves: Range<usize>) -> Vec<Hash32> {
        let Some((left, right)) = split(&leaves) else {
            return Vec::new();
        };
        let (inside, sibling) = if left.contains(&leaf) { (left, right) } else { (right, left) };
        let mut path = self.path(leaf, inside);
        path.push(self.subtree(sibling));
        path
    }

    /// `SUBPROOF`: from the old log's end at leaf `end` up to the subtree over `leaves`. `whole` as long as the old
    /// log begins where the subtree does: its root is then known to who checks.
    fn subproof(&self, end: usize, leaves: Range<usize>, whole: bool) -> Vec<Hash32> {
        let Some((left, right)) = split(&leaves).filter(|_| end < leaves.end) else {
            return if whole { Vec::new() } else { vec![self.subtree(leaves)] };
        };
        let (inside, sibling) = if end <= left.end { (left, right) } else { (right, left) };
        let mut path = self.subproof(end, inside.clone(), whole && inside.start == leaves.start);
        path.push(self.subtree(sibling));
        path
    }

    /// `MTH`: the root of the subtree over `leaves`, which [`split`] gave.
    fn subtree(&self, leaves: Range<usize>) -> Hash32 {
        match split(&leaves) {
            Some((left, right)) if !leaves.len().is_power_of_two() => {
                Hash32(node_hash(&self.subtree(left).0, &self.subtree(right).0))
            }
            _ => self.full_subtree(&leaves),
        }
    }

    /// A subtree without gaps is a node of the tree: level and index follow from its size and beginning.
    fn full_subtree(&self, leaves: &Range<usize>) -> Hash32 {
        let level = leaves.len().ilog2() as usize;
        let (_, hash) = self.tree.layers()[level][leaves.start >> level];
        Hash32(hash)
    }
}

/// Splits a subtree where RFC 6962 does, at the largest power of two below its size; a leaf does not split.
fn split(leaves: &Range<usize>) -> Option<(Range<usize>, Range<usize>)> {
    if leaves.len() < 2 {
        return None;
    }
    let middle = leaves.start + leaves.len().next_power_of_two() / 2;
    Some((leaves.start..middle, middle..leaves.end))
}
