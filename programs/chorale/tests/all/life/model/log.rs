//! The content log as RFC 6962 defines it: over the list of all leaves.

use chorale_domain::id::{Hash32, Wallet, sha256};

/// A message as a leaf.
pub fn leaf(hash: Hash32, author: Wallet) -> [u8; 32] {
    sha256(&[&[0], &hash.0, &author.0])
}

/// Section 2.1's "Merkle Tree Hash" of leaves that are hashed already.
pub fn root(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => sha256(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            sha256(&[&[1], &root(left), &root(right)])
        }
    }
}

/// The roots of the largest full trees that the leaves make up, from the left.
pub fn peaks(mut leaves: &[[u8; 32]]) -> Vec<[u8; 32]> {
    let mut peaks = vec![];
    while !leaves.is_empty() {
        let (full, rest) = leaves.split_at(1 << leaves.len().ilog2());
        peaks.push(root(full));
        leaves = rest;
    }
    peaks
}
