//! Values others published.
//!
//! - The Certificate Transparency project's tree of eight leaves, as in github.com/transparency-dev/merkle:
//!   `testonly/constants.go` (leaves, nodes, roots, compact trees), `testonly/reference_test.go` and
//!   `proof/verify_test.go` (inclusion and consistency proofs).
//! - RFC 6962, section 2.1.3: the example of seven leaves.
//! - draft-ietf-plants-merkle-tree-certs, appendix "Subtree Test Vectors": SHA-256 over the written-out roots and
//!   inclusion proofs of every subtree up to 130 leaves, as in transparency-dev/merkle's `testonly/vectors_test.go`.

use super::super::*;
use crate::id::sha256;
use std::fmt::Write;

/// The leaves' bytes, in hex. These trees hash them raw: `SHA-256(0x00 ‖ bytes)`.
const INPUTS: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

/// Roots by size, from the empty tree on.
pub(crate) const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// Nodes over one leaf each.
const LEAVES: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
    "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
    "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
    "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1",
];

/// Nodes over two leaves each.
const PAIRS: [&str; 4] = [
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
];

/// Nodes over four leaves each.
const FOURS: [&str; 2] = [
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
];

/// The peaks of the compact range by size, from the empty tree on.
pub(crate) const PEAKS: [&[&str]; 9] = [
    &[],
    &[LEAVES[0]],
    &[PAIRS[0]],
    &[PAIRS[0], LEAVES[2]],
    &[FOURS[0]],
    &[FOURS[0], LEAVES[4]],
    &[FOURS[0], PAIRS[2]],
    &[FOURS[0], PAIRS[2], LEAVES[6]],
    &[ROOTS[8]],
];

/// Sequence number, size, path.
const INCLUSION: [(u64, u64, &[&str]); 7] = [
    (0, 1, &[]),
    (0, 2, &[LEAVES[1]]),
    (1, 2, &[LEAVES[0]]),
    (2, 3, &[PAIRS[0]]),
    (1, 5, &[LEAVES[0], PAIRS[1], LEAVES[4]]),
    (0, 8, &[LEAVES[1], PAIRS[1], FOURS[1]]),
    (5, 8, &[LEAVES[4], PAIRS[3], FOURS[0]]),
];

/// Old size, new size, path.
const CONSISTENCY: [(u64, u64, &[&str]); 5] = [
    (1, 1, &[]),
    (1, 8, &[LEAVES[1], PAIRS[1], FOURS[1]]),
    (2, 5, &[PAIRS[1], LEAVES[4]]),
    (6, 8, &[PAIRS[2], PAIRS[3], FOURS[0]]),
    (6, 7, &[PAIRS[2], LEAVES[6], FOURS[0]]),
];

/// The leaf hash of raw bytes.
fn raw_leaf(bytes: &[u8]) -> Hash32 {
    Hash32(sha256(&[&[0], bytes]))
}

/// The hashes of the eight leaves.
pub(crate) fn leaves() -> Vec<Hash32> {
    INPUTS.iter().map(|input| raw_leaf(&hex::decode(input).unwrap())).collect()
}

fn hashes(texts: &[&str]) -> Vec<Hash32> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn published_head(size: u64) -> TreeHead {
    TreeHead { size, root: ROOTS[usize::try_from(size).unwrap()].parse().unwrap() }
}

#[test]
fn the_leaves_and_roots_are_the_published_ones() {
    assert_eq!(leaves(), hashes(&LEAVES));
    let tree = LogTree::from_leaf_hashes(&leaves());
    for (size, root) in (0..).zip(hashes(&ROOTS)) {
        assert_eq!(tree.root_at(size), Ok(root), "{size} leaves");
    }
}

#[test]
fn the_inclusion_proofs_are_the_published_ones_and_hold() {
    let tree = LogTree::from_leaf_hashes(&leaves());
    for (sequence, size, path) in INCLUSION {
        let published = InclusionProof { sequence, size, path: hashes(path) };
        assert_eq!(tree.prove_inclusion(sequence, size).as_ref(), Ok(&published));
        let leaf = leaves()[usize::try_from(sequence).unwrap()];
        assert_eq!(published.verify_leaf(&leaf, &published_head(size)), Ok(()), "{sequence} of {size}");
    }
}

#[test]
fn the_consistency_proofs_are_the_published_ones_and_hold() {
    let tree = LogTree::from_leaf_hashes(&leaves());
    for (old_size, new_size, path) in CONSISTENCY {
        let published = ConsistencyProof { old_size, new_size, path: hashes(path) };
        assert_eq!(tree.prove_consistency(old_size, new_size).as_ref(), Ok(&published));
        let (old, new) = (published_head(old_size), published_head(new_size));
        assert_eq!(published.verify(&old, &new), Ok(()), "{old_size} to {new_size}");
    }
}

/// The RFC's letters: a to f the first six leaves, g, h, i their pairs, j the seventh leaf, k the first four
/// leaves, l the other three.
#[test]
fn the_example_of_the_rfc_gives_the_paths_it_names() {
    let tree = LogTree::from_leaf_hashes(&leaves()[..7]);
    let l = LogTree::from_leaf_hashes(&leaves()[4..7]).root();
    let [_, b, c, d, _, f, j, _] = hashes(&LEAVES)[..] else { panic!("eight leaves") };
    let [g, h, i, _] = hashes(&PAIRS)[..] else { panic!("four pairs") };
    let k = hashes(&FOURS)[0];
    for (sequence, path) in [(0, vec![b, h, l]), (3, vec![c, g, l]), (4, vec![f, j, k]), (6, vec![i, k])] {
        assert_eq!(tree.prove_inclusion(sequence, 7).unwrap().path, path, "PATH({sequence}, D[7])");
    }
    for (old_size, path) in [(3, vec![c, d, g, l]), (4, vec![l]), (6, vec![i, j, k])] {
        assert_eq!(tree.prove_consistency(old_size, 7).unwrap().path, path, "PROOF({old_size}, D[7])");
    }
}

/// The trees the draft folds over: all `[start, end)` up to 130 leaves where `start` is a multiple of the size
/// rounded up to a power of two. Leaf `n` is the byte `n`.
fn subtrees() -> impl Iterator<Item = (usize, usize, LogTree)> {
    let leaves: Vec<_> = (0..130).map(|n: u8| raw_leaf(&[n])).collect();
    let ranges = (1..=130_usize).flat_map(|end| (0..end).map(move |start| (start, end)));
    let valid = ranges.filter(|(start, end)| start % (end - start).next_power_of_two() == 0);
    valid.map(move |(start, end)| (start, end, LogTree::from_leaf_hashes(&leaves[start..end])))
}

#[test]
fn the_roots_of_every_subtree_up_to_130_leaves_are_the_published_ones() {
    let mut text = String::new();
    for (start, end, tree) in subtrees() {
        writeln!(text, "[{start}, {end}) {}", tree.root()).unwrap();
    }
    let published = "94a95384a8c69acea9b50d035a58285b3a777cb7a724005faa5e1f1e1190007f";
    assert_eq!(Hash32(sha256(&[text.as_bytes()])).to_string(), published);
}

#[test]
fn the_inclusion_proofs_of_every_subtree_up_to_130_leaves_are_the_published_ones() {
    let mut text = String::new();
    for (start, end, tree) in subtrees() {
        for sequence in 0..tree.size() {
            write!(text, "{} [{start}, {end})", start as u64 + sequence).unwrap();
            for hash in tree.prove_inclusion(sequence, tree.size()).unwrap().path {
                write!(text, " {hash}").unwrap();
            }
            text.push('\n');
        }
    }
    let published = "ac2a8f989e44d99e399db448050ff5f19757df53cfb716aa81015d3955d8163f";
    assert_eq!(Hash32(sha256(&[text.as_bytes()])).to_string(), published);
}
