//! Every size and every pair of sizes against RFC 6962's definitions, and against the log itself.

use super::*;
use crate::content_log::{ContentLog, MAX_COUNT, MAX_PEAKS};
use rs_merkle::{Hasher, MerkleTree};

const SIZES: u8 = 70;

#[test]
fn roots_and_paths_are_those_of_the_rfc_at_every_size_the_tree_has_had() {
    let messages = messages(SIZES);
    let leaves: Vec<_> = messages.iter().map(leaf).collect();
    let tree = LogTree::from_messages(&messages);
    assert_eq!(tree.root_at(0), Ok(rfc::mth(&[])));
    for size in 1..=leaves.len() {
        let head = TreeHead { size: size as u64, root: rfc::mth(&leaves[..size]) };
        assert_eq!(tree.head_at(size as u64), Ok(head));
        for (sequence, leaf) in leaves[..size].iter().enumerate() {
            let proof = tree.prove_inclusion(sequence as u64, size as u64).unwrap();
            assert_eq!(proof.path, rfc::path(sequence, &leaves[..size]), "{sequence} of {size}");
            assert_eq!(proof.verify_leaf(leaf, &head), Ok(()), "{sequence} of {size}");
        }
    }
}

#[test]
fn consistency_is_that_of_the_rfc_between_any_two_sizes() {
    let messages = messages(SIZES);
    let leaves: Vec<_> = messages.iter().map(leaf).collect();
    let tree = LogTree::from_messages(&messages);
    for new in 1..=tree.size() {
        for old in 1..=new {
            let proof = tree.prove_consistency(old, new).unwrap();
            let (m, n) = (usize::try_from(old).unwrap(), usize::try_from(new).unwrap());
            assert_eq!(proof.path, rfc::proof(m, &leaves[..n]), "{old} to {new}");
            let (old, new) = (tree.head_at(old).unwrap(), tree.head_at(new).unwrap());
            assert_eq!(proof.verify(&old, &new), Ok(()), "{old:?} to {new:?}");
        }
    }
}

#[test]
fn every_append_to_the_log_can_be_proven_against_its_compact_range() {
    let mut log = ContentLog::default();
    let mut heads: Vec<TreeHead> = Vec::new();
    let messages = messages(SIZES);
    for (n, (hash, author)) in messages.iter().enumerate() {
        log.append(&hash.0, &author.0).unwrap();
        let head = TreeHead::try_from(&log).unwrap();
        heads.push(head);
        let tree = LogTree::from_messages(&messages[..=n]);
        assert_eq!((log_root(&messages[..=n]), tree.root()), (head.root, head.root), "{} messages", n + 1);
        for (sequence, (hash, author)) in (0..).zip(&messages[..=n]) {
            let proof = tree.prove_inclusion(sequence, head.size).unwrap();
            assert_eq!(proof.verify(hash, author, &head), Ok(()), "{sequence} of {}", head.size);
        }
        for old in &heads {
            let proof = tree.prove_consistency(old.size, head.size).unwrap();
            assert_eq!(proof.verify(old, &head), Ok(()), "{} to {}", old.size, head.size);
        }
    }
}

#[test]
fn an_empty_tree_has_the_root_of_an_empty_log() {
    let log = ContentLog::default();
    let tree = LogTree::from_messages(&[]);
    assert_eq!((tree.size(), tree.root()), (0, log.root()));
    assert_eq!(tree.root_at(0), Ok(log.root()));
    assert_eq!(log_root(&[]), log.root());
}

/// Every leaf alike, so that the log is filled by doubling instead of a million appends.
fn full_log(leaf: Hash32) -> ContentLog {
    let mut peaks = [leaf.0; MAX_PEAKS];
    for level in (0..MAX_PEAKS - 1).rev() {
        peaks[level] = crate::content_log::node_hash(&peaks[level + 1], &peaks[level + 1]);
    }
    ContentLog::from_parts(MAX_COUNT, peaks)
}

#[test]
fn a_full_log_is_proven_with_the_longest_paths() {
    let leaf = leaf(&(Hash32([1; 32]), Wallet([2; 32])));
    let head = TreeHead::try_from(&full_log(leaf)).unwrap();
    let tree = LogTree::from_leaf_hashes(&vec![leaf; usize::try_from(MAX_COUNT).unwrap()]);
    assert_eq!(tree.root(), head.root);
    for (sequence, hashes) in [(0, 20), (MAX_COUNT / 2, 20), (MAX_COUNT - 2, 20), (MAX_COUNT - 1, 19)] {
        let proof = tree.prove_inclusion(sequence, MAX_COUNT).unwrap();
        assert_eq!(proof.path.len(), hashes, "of message {sequence}");
        assert_eq!(proof.verify_leaf(&leaf, &head), Ok(()), "message {sequence}");
    }
    for (old_size, hashes) in [(1, 20), (3, 21), (1 << 19, 1), (MAX_COUNT - 1, 20), (MAX_COUNT, 0)] {
        let proof = tree.prove_consistency(old_size, MAX_COUNT).unwrap();
        assert_eq!(proof.path.len(), hashes, "from {old_size}");
        assert_eq!(proof.verify(&tree.head_at(old_size).unwrap(), &head), Ok(()), "from {old_size}");
    }
}

#[derive(Clone)]
struct Plain;

impl Hasher for Plain {
    type Hash = [u8; 32];

    fn hash(data: &[u8]) -> [u8; 32] {
        crate::id::sha256(&[&[1], data])
    }
}

/// Another way to the same paths: `rs_merkle`'s own proofs, which exist at a tree's full size only.
#[test]
fn inclusion_paths_are_also_those_of_rs_merkle() {
    let leaves: Vec<_> = messages(SIZES).iter().map(|message| leaf(message).0).collect();
    for size in 1..=leaves.len() {
        let theirs = MerkleTree::<Plain>::from_leaves(&leaves[..size]);
        let ours = LogTree::from_leaf_hashes(&leaves[..size].iter().copied().map(Hash32).collect::<Vec<_>>());
        assert_eq!(theirs.root().map(Hash32), Some(ours.root()), "{size} leaves");
        for sequence in 0..size {
            let path: Vec<_> = theirs.proof(&[sequence]).proof_hashes().iter().copied().map(Hash32).collect();
            let proof = ours.prove_inclusion(sequence as u64, size as u64).unwrap();
            assert_eq!(proof.path, path, "{sequence} of {size}");
        }
    }
}
