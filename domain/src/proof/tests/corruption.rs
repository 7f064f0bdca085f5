//! Any change to a proof that holds, or to what it is about, makes it fail.

use super::*;

const SIZE: u64 = 37;

/// `path` with every bit flipped in turn, every hash left out, doubled or changed for its neighbour in turn, and
/// every one of `others` put in at every place.
fn corruptions(path: &[Hash32], others: &[Hash32]) -> Vec<Vec<Hash32>> {
    let mut all = Vec::new();
    for at in 0..path.len() {
        all.extend((0..256).map(|bit| with(path, at, |hash| hash.0[bit / 8] ^= 1 << (bit % 8))));
        all.extend((0..32).map(|byte| with(path, at, |hash| hash.0[byte] = !hash.0[byte])));
        all.push(path[..at].to_vec());
        all.push([&path[..at], &path[at + 1..]].concat());
        all.push([&path[..=at], &path[at..]].concat());
    }
    all.extend(
        (1..path.len()).map(|at| [&path[..at - 1], &[path[at], path[at - 1]], &path[at + 1..]].concat()),
    );
    for other in others {
        all.extend((0..=path.len()).map(|at| [&path[..at], &[*other], &path[at..]].concat()));
    }
    all
}

fn with(path: &[Hash32], at: usize, change: impl FnOnce(&mut Hash32)) -> Vec<Hash32> {
    let mut path = path.to_vec();
    change(&mut path[at]);
    path
}

fn bits(hash: Hash32) -> impl Iterator<Item = Hash32> {
    (0..256).map(move |bit| with(&[hash], 0, |hash| hash.0[bit / 8] ^= 1 << (bit % 8))[0])
}

#[test]
fn an_inclusion_path_with_anything_changed_missing_or_added_is_refused() {
    let messages = messages(u8::try_from(SIZE).unwrap());
    let tree = LogTree::from_messages(&messages);
    let head = tree.head_at(SIZE).unwrap();
    for (sequence, message) in (0..).zip(&messages) {
        let proof = tree.prove_inclusion(sequence, SIZE).unwrap();
        for path in corruptions(&proof.path, &[head.root, leaf(message), Hash32::ZERO]) {
            let proof = InclusionProof { path, ..proof.clone() };
            assert!(proof.verify(&message.0, &message.1, &head).is_err(), "believed {proof:?}");
        }
    }
}

#[test]
fn a_message_is_refused_anywhere_but_in_its_own_place() {
    let messages = messages(u8::try_from(SIZE).unwrap());
    let tree = LogTree::from_messages(&messages);
    let head = tree.head_at(SIZE).unwrap();
    for sequence in 0..SIZE {
        let proof = tree.prove_inclusion(sequence, SIZE).unwrap();
        for (place, (hash, author)) in (0..).zip(&messages) {
            let proof = InclusionProof { sequence: place, ..proof.clone() };
            assert_eq!(
                proof.verify(hash, author, &head).is_ok(),
                place == sequence,
                "{place} with {proof:?}"
            );
            let moved = InclusionProof { sequence, ..proof };
            assert_eq!(moved.verify(hash, author, &head).is_ok(), place == sequence, "{place} in {moved:?}");
        }
    }
}

#[test]
fn every_bit_of_hash_author_and_root_counts() {
    let messages = messages(u8::try_from(SIZE).unwrap());
    let tree = LogTree::from_messages(&messages);
    let head = tree.head_at(SIZE).unwrap();
    let ((hash, author), proof) = (messages[20], tree.prove_inclusion(20, SIZE).unwrap());
    assert_eq!(proof.verify(&hash, &author, &head), Ok(()));
    for other in bits(hash) {
        assert!(proof.verify(&other, &author, &head).is_err(), "hash {other}");
    }
    for other in bits(Hash32(author.0)).map(|other| Wallet(other.0)) {
        assert!(proof.verify(&hash, &other, &head).is_err(), "author {other}");
    }
    for root in bits(head.root) {
        let refusal = ProofError::OtherRoot { size: SIZE, trusted: root, computed: head.root };
        assert_eq!(proof.verify(&hash, &author, &TreeHead { root, ..head }), Err(refusal));
    }
}

#[test]
fn a_consistency_path_with_anything_changed_missing_or_added_is_refused() {
    let tree = LogTree::from_messages(&messages(u8::try_from(SIZE).unwrap()));
    let new = tree.head_at(SIZE).unwrap();
    for old in (1..=SIZE).map(|size| tree.head_at(size).unwrap()) {
        let proof = tree.prove_consistency(old.size, SIZE).unwrap();
        for path in corruptions(&proof.path, &[old.root, new.root, Hash32::ZERO]) {
            let proof = ConsistencyProof { path, ..proof.clone() };
            assert!(proof.verify(&old, &new).is_err(), "believed {proof:?}");
        }
        for root in bits(old.root) {
            assert!(proof.verify(&TreeHead { root, ..old }, &new).is_err(), "from {} with {root}", old.size);
        }
        for root in bits(new.root) {
            assert!(proof.verify(&old, &TreeHead { root, ..new }).is_err(), "from {} to {root}", old.size);
        }
    }
}

#[test]
fn a_rewritten_history_has_no_consistency_proof() {
    let honest = LogTree::from_messages(&messages(40));
    for rewritten in 0..32_u8 {
        let mut messages = messages(40);
        messages[usize::from(rewritten)].1 = Wallet([0x55; 32]);
        let forged = LogTree::from_messages(&messages);
        for size in u64::from(rewritten) + 1..=40 {
            let (old, new) = (honest.head_at(size).unwrap(), forged.head_at(40).unwrap());
            for tree in [&honest, &forged] {
                let proof = tree.prove_consistency(size, 40).unwrap();
                let refusal = proof.verify(&old, &new);
                assert!(
                    matches!(refusal, Err(ProofError::OtherRoot { .. })),
                    "{rewritten} of {size}: {refusal:?}"
                );
            }
        }
    }
}
