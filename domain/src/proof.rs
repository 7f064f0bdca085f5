//! The content log's tree off the chain, through `rs_merkle`: the same root from the leaves themselves.

use crate::content::ContentHash;
use crate::content_log::{leaf_hash, node_hash};
use crate::id::{Hash32, Wallet, sha256};
use rs_merkle::{Hasher, MerkleTree};

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

/// The root of the log that holds `messages` in order.
#[must_use]
pub fn log_root(messages: &[(ContentHash, Wallet)]) -> Hash32 {
    let leaves: Vec<_> = messages.iter().map(|(hash, author)| leaf_hash(&hash.0, &author.0)).collect();
    MerkleTree::<Rfc6962>::from_leaves(&leaves).root().map_or_else(|| Hash32(sha256(&[])), Hash32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content_log::ContentLog;

    #[test]
    fn rs_merkle_and_the_compact_range_agree_at_every_size() {
        let mut log = ContentLog::default();
        let mut messages = Vec::new();
        assert_eq!(log_root(&messages), log.root());
        for n in 0..70_u8 {
            messages.push((Hash32([n; 32]), Wallet([!n; 32])));
            log.append(&[n; 32], &[!n; 32]).unwrap();
            assert_eq!(log_root(&messages), log.root(), "{} messages", messages.len());
        }
    }
}
