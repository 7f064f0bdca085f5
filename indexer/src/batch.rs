//! Parts of a list that are written together. They end where a slot ends: nodes do not agree on the order within a slot,
//! and the last transaction of a part may become what the next list has to join.

use crate::source::SignatureInfo;

/// How many of the list, oldest first, are about `size`, but a whole number of slots, and at least one.
pub(crate) fn whole_slots(list: &[SignatureInfo], size: usize) -> usize {
    match list.get(size.clamp(1, list.len().max(1)) - 1) {
        Some(last) => list.partition_point(|info| info.slot <= last.slot),
        None => 0,
    }
}

/// The list, oldest first, in such parts.
pub(crate) fn batches(list: &[SignatureInfo], size: usize) -> impl Iterator<Item = &[SignatureInfo]> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let (part, more) = rest.split_at(whole_slots(rest, size));
        rest = more;
        (!part.is_empty()).then_some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chorale_domain::id::Signature;
    use chorale_wire::socket::Commitment;

    fn parts(slots: &[u64], size: usize) -> Vec<usize> {
        let info = |slot: &u64| SignatureInfo {
            signature: Signature([0; 64]),
            slot: *slot,
            failed: false,
            commitment: Commitment::Finalized,
        };
        let list: Vec<_> = slots.iter().map(info).collect();
        batches(&list, size).map(<[_]>::len).collect()
    }

    #[test]
    fn no_slot_is_in_two_parts() {
        assert_eq!(parts(&[], 3), [0; 0]);
        assert_eq!(parts(&[1, 2, 3, 4, 5], 2), [2, 2, 1]);
        assert_eq!(parts(&[1, 2, 2, 2, 3, 4], 2), [4, 2]);
        assert_eq!(parts(&[1, 1, 1], 1), [3]);
        assert_eq!(parts(&[1, 2], 0), [1, 1]);
        assert_eq!(parts(&[1, 2], 100), [2]);
    }
}
