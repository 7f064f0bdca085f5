//! What neither prover nor verifier takes, and the JSON form.

use super::*;
use crate::content_log::{ContentLog, MAX_COUNT, MAX_PEAKS};

const ROOT: Hash32 = Hash32([7; 32]);

fn inclusion(sequence: u64, size: u64, hashes: usize) -> Result<(), ProofError> {
    let proof = InclusionProof { sequence, size, path: vec![ROOT; hashes] };
    proof.verify_leaf(&ROOT, &TreeHead { size, root: ROOT })
}

fn consistency(old_size: u64, new_size: u64, hashes: usize) -> Result<(), ProofError> {
    let proof = ConsistencyProof { old_size, new_size, path: vec![ROOT; hashes] };
    proof.verify(&TreeHead { size: old_size, root: ROOT }, &TreeHead { size: new_size, root: ROOT })
}

#[test]
fn places_that_no_log_has_are_refused() {
    assert_eq!(inclusion(0, 1, 0), Ok(()));
    assert_eq!(inclusion(0, 0, 0), Err(ProofError::Empty));
    assert_eq!(inclusion(1, 1, 0), Err(ProofError::NoSuchMessage { sequence: 1, size: 1 }));
    assert_eq!(inclusion(8, 8, 3), Err(ProofError::NoSuchMessage { sequence: 8, size: 8 }));
    let size = MAX_COUNT + 1;
    assert_eq!(inclusion(0, size, 20), Err(ProofError::TooLarge { size }));
    assert_eq!(inclusion(u64::MAX, u64::MAX, 0), Err(ProofError::TooLarge { size: u64::MAX }));
}

#[test]
fn sizes_between_which_no_log_grew_are_refused() {
    assert_eq!(consistency(5, 5, 0), Ok(()));
    assert_eq!(consistency(0, 0, 0), Err(ProofError::Empty));
    assert_eq!(consistency(0, 5, 0), Err(ProofError::Empty));
    assert_eq!(consistency(5, 0, 0), Err(ProofError::Empty));
    assert_eq!(consistency(5, 4, 0), Err(ProofError::OutOfOrder { old: 5, new: 4 }));
    let size = MAX_COUNT + 1;
    assert_eq!(consistency(5, size, 0), Err(ProofError::TooLarge { size }));
    assert_eq!(consistency(size, size, 0), Err(ProofError::TooLarge { size }));
    assert_eq!(consistency(size, 5, 0), Err(ProofError::TooLarge { size }));
    assert_eq!(consistency(1, u64::MAX, 64), Err(ProofError::TooLarge { size: u64::MAX }));
}

#[test]
fn paths_of_the_wrong_length_are_refused_whatever_is_in_them() {
    let wrong = |expected, found| Err(ProofError::PathLength { expected, found });
    assert_eq!(inclusion(0, 1, 1), wrong(0, 1));
    assert_eq!(inclusion(3, 7, 2), wrong(3, 2));
    assert_eq!(inclusion(3, 7, 4), wrong(3, 4));
    assert_eq!(inclusion(6, 7, 3), wrong(2, 3));
    assert_eq!(consistency(5, 5, 1), wrong(0, 1));
    assert_eq!(consistency(8, 8, 1), wrong(0, 1));
    assert_eq!(consistency(4, 7, 0), wrong(1, 0));
    assert_eq!(consistency(3, 7, 0), wrong(4, 0));
    assert_eq!(consistency(3, 7, 5), wrong(4, 5));
    assert_eq!(inclusion(0, MAX_COUNT, 100_000), wrong(20, 100_000));
}

#[test]
fn equal_sizes_with_different_roots_are_no_consistent_log() {
    let proof = ConsistencyProof { old_size: 5, new_size: 5, path: vec![] };
    let (old, new) = (TreeHead { size: 5, root: ROOT }, TreeHead { size: 5, root: Hash32::ZERO });
    let refusal = ProofError::OtherRoot { size: 5, trusted: Hash32::ZERO, computed: ROOT };
    assert_eq!(proof.verify(&old, &new), Err(refusal));
}

/// The leftmost path has as many hashes in a tree of 5 as in one of 8, and the root does not tell: the head must.
#[test]
fn a_proof_that_claims_another_size_than_the_head_is_refused() {
    let messages = messages(5);
    let tree = LogTree::from_messages(&messages);
    let (old, head) = (tree.head_at(1).unwrap(), tree.head_at(5).unwrap());
    let inclusion = InclusionProof { size: 8, ..tree.prove_inclusion(0, 5).unwrap() };
    assert_eq!(
        inclusion.verify_leaf(&leaf(&messages[0]), &head),
        Err(ProofError::OtherSize { proof: 8, head: 5 })
    );
    let consistency = ConsistencyProof { new_size: 8, ..tree.prove_consistency(1, 5).unwrap() };
    assert_eq!(consistency.verify(&old, &head), Err(ProofError::OtherSize { proof: 8, head: 5 }));
    let consistency = ConsistencyProof { old_size: 2, ..tree.prove_consistency(1, 5).unwrap() };
    assert_eq!(consistency.verify(&old, &head), Err(ProofError::OtherSize { proof: 2, head: 1 }));
}

#[test]
fn a_tree_proves_nothing_beyond_its_size_and_nothing_impossible() {
    let tree = LogTree::from_messages(&messages(5));
    let not_yet = ProofError::NotYet { size: 6, held: 5 };
    assert_eq!(tree.root_at(6), Err(not_yet.clone()));
    assert_eq!(tree.head_at(6), Err(not_yet.clone()));
    assert_eq!(tree.prove_inclusion(0, 6), Err(not_yet.clone()));
    assert_eq!(tree.prove_consistency(5, 6), Err(not_yet));
    assert_eq!(tree.prove_inclusion(5, 5), Err(ProofError::NoSuchMessage { sequence: 5, size: 5 }));
    assert_eq!(tree.prove_inclusion(0, 0), Err(ProofError::Empty));
    assert_eq!(tree.prove_consistency(0, 5), Err(ProofError::Empty));
    assert_eq!(tree.prove_consistency(5, 4), Err(ProofError::OutOfOrder { old: 5, new: 4 }));
    assert_eq!(tree.prove_inclusion(0, u64::MAX), Err(ProofError::TooLarge { size: u64::MAX }));
    assert_eq!(tree.root_at(u64::MAX), Err(ProofError::NotYet { size: u64::MAX, held: 5 }));
}

#[test]
fn a_compact_range_that_counts_too_much_has_no_head() {
    let full = ContentLog::from_parts(MAX_COUNT, [[9; 32]; MAX_PEAKS]);
    assert_eq!(TreeHead::try_from(&full), Ok(TreeHead { size: MAX_COUNT, root: full.root() }));
    for size in [MAX_COUNT + 1, u64::MAX] {
        let log = ContentLog::from_parts(size, [[9; 32]; MAX_PEAKS]);
        assert_eq!(TreeHead::try_from(&log), Err(ProofError::TooLarge { size }));
    }
}

#[test]
fn proofs_and_heads_survive_json_in_the_documented_form() {
    let tree = LogTree::from_messages(&messages(3));
    let inclusion = tree.prove_inclusion(1, 3).unwrap();
    let [first, second] = inclusion.path[..] else { panic!("two siblings expected: {inclusion:?}") };
    let text = format!(r#"{{"sequence":1,"size":3,"path":["{first}","{second}"]}}"#);
    assert_eq!(serde_json::to_string(&inclusion).unwrap(), text);
    assert_eq!(serde_json::from_str::<InclusionProof>(&text).unwrap(), inclusion);

    let consistency = tree.prove_consistency(2, 3).unwrap();
    let text = format!(r#"{{"old_size":2,"new_size":3,"path":["{}"]}}"#, consistency.path[0]);
    assert_eq!(serde_json::to_string(&consistency).unwrap(), text);
    assert_eq!(serde_json::from_str::<ConsistencyProof>(&text).unwrap(), consistency);

    let head = tree.head_at(3).unwrap();
    let text = format!(r#"{{"size":3,"root":"{}"}}"#, head.root);
    assert_eq!(serde_json::to_string(&head).unwrap(), text);
    assert_eq!(serde_json::from_str::<TreeHead>(&text).unwrap(), head);
}
