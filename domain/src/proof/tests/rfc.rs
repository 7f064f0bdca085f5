//! RFC 6962, section 2.1, word for word over a list of leaf hashes: what the tree is held against.

use crate::content_log::node_hash;
use crate::id::{Hash32, sha256};

fn k(leaves: &[Hash32]) -> usize {
    (1..leaves.len()).rev().find(|k| k.is_power_of_two()).expect("called for two leaves or more")
}

pub fn mth(leaves: &[Hash32]) -> Hash32 {
    match leaves {
        [] => Hash32(sha256(&[])),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(k(leaves));
            Hash32(node_hash(&mth(left).0, &mth(right).0))
        }
    }
}

pub fn path(m: usize, leaves: &[Hash32]) -> Vec<Hash32> {
    if leaves.len() == 1 {
        return vec![];
    }
    let k = k(leaves);
    let (left, right) = leaves.split_at(k);
    if m < k {
        [path(m, left), vec![mth(right)]].concat()
    } else {
        [path(m - k, right), vec![mth(left)]].concat()
    }
}

pub fn proof(m: usize, leaves: &[Hash32]) -> Vec<Hash32> {
    subproof(m, leaves, true)
}

fn subproof(m: usize, leaves: &[Hash32], b: bool) -> Vec<Hash32> {
    if m == leaves.len() {
        return if b { vec![] } else { vec![mth(leaves)] };
    }
    let k = k(leaves);
    let (left, right) = leaves.split_at(k);
    if m <= k {
        [subproof(m, left, b), vec![mth(right)]].concat()
    } else {
        [subproof(m - k, right, false), vec![mth(left)]].concat()
    }
}
