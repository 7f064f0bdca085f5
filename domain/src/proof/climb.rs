//! The way from a node up to the root, which follows from positions alone.

use super::error::ProofError;

/// Where the sibling stands that a node is hashed with on its way up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    Left,
    Right,
}

/// The siblings met on the way up from node `node` of a level whose last node is `last`, both counted from 0
/// and `node <= last`. The loop of RFC 9162, sections 2.1.3.2 and 2.1.4.2, where `node` is called `fn` and
/// `last` `sn`.
pub(super) fn sides(mut node: u64, mut last: u64) -> impl Iterator<Item = Side> {
    std::iter::from_fn(move || {
        if last == 0 {
            return None;
        }
        let side = if node % 2 == 1 || node == last { Side::Left } else { Side::Right };
        // A last node without a sibling stands for itself one level up, until it is a right child.
        let levels = if side == Side::Left { node.trailing_zeros() + 1 } else { 1 };
        (node, last) = (node >> levels, last >> levels);
        Some(side)
    })
}

/// Refuses a path that is longer or shorter than the way up, before anything is hashed.
pub(super) fn check_length(expected: usize, found: usize) -> Result<(), ProofError> {
    if expected == found { Ok(()) } else { Err(ProofError::PathLength { expected, found }) }
}
