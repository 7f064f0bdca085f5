//! What the store holds that is not settled, against what the chain lists: what stays, what goes, what comes.

use crate::source::SignatureInfo;
use chorale_store::Listed;
use chorale_wire::socket::Commitment;
use std::collections::HashSet;

/// How the two lists, both oldest first and from the same transaction on, part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fork<'a> {
    /// The first that only the store has: it goes, and everything after it.
    pub dropped: Option<Listed>,
    /// The last that both have and that is finalized now: it is settled, and everything before it.
    pub settled: Option<Listed>,
    /// What the chain has after what both have. A final slot of which a part is in comes as a whole.
    pub missing: &'a [SignatureInfo],
}

impl<'a> Fork<'a> {
    /// Compares them.
    pub(crate) fn between(ours: &[Listed], theirs: &'a [SignatureInfo]) -> Self {
        let kept = common(ours, theirs);
        let final_slot = final_slot(theirs);
        // A slot of which a part is in must not become final, and what the next list joins, without the rest.
        let split = theirs.get(kept).map(|next| next.slot).filter(|slot| Some(*slot) <= final_slot);
        let whole = kept - split.map_or(0, |slot| of_slot(&theirs[..kept], slot));
        let is_final = |listed: &&Listed| final_slot.is_some_and(|slot| listed.slot <= slot);
        Self {
            dropped: ours.get(kept).copied(),
            settled: ours[..whole].iter().rfind(is_final).copied(),
            missing: &theirs[whole..],
        }
    }
}

/// The newest slot that has a finalized transaction: everything up to it is final.
pub(crate) fn final_slot(list: &[SignatureInfo]) -> Option<u64> {
    let settled = list.iter().filter(|info| info.commitment == Commitment::Finalized);
    settled.map(|info| info.slot).max()
}

/// How many transactions at the end of a list are of a slot.
fn of_slot(list: &[SignatureInfo], slot: u64) -> usize {
    list.iter().rev().take_while(|info| info.slot == slot).count()
}

/// How many transactions the two begin with in common. Those of one slot may stand in another order: nodes differ there,
/// and the store keeps its own.
fn common(ours: &[Listed], theirs: &[SignatureInfo]) -> usize {
    let same_slot = |a: &Listed, b: &Listed| a.slot == b.slot;
    let mut kept = 0;
    for group in ours.chunk_by(same_slot) {
        let same = theirs[kept..].iter().take_while(|info| info.slot == group[0].slot).count();
        let others = &theirs[kept..kept + same];
        if !is_same_set(group, others) {
            return kept + group.iter().zip(others).take_while(|(our, their)| is_same(our, their)).count();
        }
        kept += group.len();
    }
    kept
}

fn is_same(ours: &Listed, theirs: &SignatureInfo) -> bool {
    ours.signature == theirs.signature && ours.slot == theirs.slot && ours.failed == theirs.failed
}

fn is_same_set(ours: &[Listed], theirs: &[SignatureInfo]) -> bool {
    let known: HashSet<_> = ours.iter().map(|listed| (listed.signature, listed.failed)).collect();
    ours.len() == theirs.len() && theirs.iter().all(|info| known.contains(&(info.signature, info.failed)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chorale_domain::id::Signature;

    /// Transactions as number and slot.
    fn ours(list: &[(u8, u64)]) -> Vec<Listed> {
        let listed =
            |(n, slot): &(u8, u64)| Listed { signature: Signature([*n; 64]), slot: *slot, failed: false };
        list.iter().map(listed).collect()
    }

    /// The first `finalized` are.
    fn theirs(list: &[(u8, u64)], finalized: usize) -> Vec<SignatureInfo> {
        let info = |(place, listed): (usize, Listed)| {
            let commitment = if place < finalized { Commitment::Finalized } else { Commitment::Confirmed };
            let Listed { signature, slot, failed } = listed;
            SignatureInfo { signature, slot, failed, commitment }
        };
        ours(list).into_iter().enumerate().map(info).collect()
    }

    /// First dropped, last settled, and what is missing, by number.
    fn parting(ours_: &[(u8, u64)], theirs_: &[(u8, u64)], finalized: usize) -> (u8, u8, Vec<u8>) {
        let theirs = theirs(theirs_, finalized);
        let fork = Fork::between(&ours(ours_), &theirs);
        let number = |listed: Option<Listed>| listed.map_or(0, |listed| listed.signature.0[0]);
        let missing = fork.missing.iter().map(|info| info.signature.0[0]);
        (number(fork.dropped), number(fork.settled), missing.collect())
    }

    #[test]
    fn equal_lists_leave_nothing_to_do_but_to_settle() {
        let list = [(1, 5), (2, 6), (3, 6), (4, 9)];
        assert_eq!(parting(&list, &list, 0), (0, 0, vec![]));
        assert_eq!(parting(&list, &list, 1), (0, 1, vec![]));
        assert_eq!(parting(&list, &list, 4), (0, 4, vec![]));
        assert_eq!(parting(&[], &[], 0), (0, 0, vec![]));
    }

    #[test]
    fn a_slot_is_final_as_a_whole() {
        let list = [(1, 5), (2, 6), (3, 6), (4, 9)];
        assert_eq!(parting(&list, &list, 2), (0, 3, vec![]));
    }

    #[test]
    fn what_is_new_comes_and_nothing_goes() {
        assert_eq!(parting(&[(1, 5)], &[(1, 5), (2, 6), (3, 7)], 1), (0, 1, vec![2, 3]));
        assert_eq!(parting(&[], &[(1, 5), (2, 6)], 2), (0, 0, vec![1, 2]));
    }

    #[test]
    fn a_fork_takes_everything_after_the_parting() {
        assert_eq!(parting(&[(1, 5), (2, 6), (3, 7)], &[(1, 5), (4, 8)], 0), (2, 0, vec![4]));
        assert_eq!(parting(&[(1, 5), (2, 6)], &[], 0), (1, 0, vec![]));
        assert_eq!(parting(&[(1, 5), (2, 6), (3, 7)], &[(1, 5), (2, 6)], 1), (3, 1, vec![]));
    }

    #[test]
    fn a_transaction_in_another_slot_is_another_one() {
        assert_eq!(parting(&[(1, 5), (2, 6)], &[(1, 5), (2, 7)], 0), (2, 0, vec![2]));
    }

    #[test]
    fn a_transaction_that_failed_after_all_is_another_one() {
        let mut list = theirs(&[(1, 5), (2, 6)], 0);
        list[1].failed = true;
        let ours = ours(&[(1, 5), (2, 6)]);
        assert_eq!(Fork::between(&ours, &list).dropped, Some(ours[1]));
    }

    #[test]
    fn one_that_was_left_out_at_first_comes_in_its_place() {
        assert_eq!(parting(&[(1, 5), (3, 7)], &[(1, 5), (2, 6), (3, 7)], 0), (3, 0, vec![2, 3]));
    }

    #[test]
    fn the_order_within_a_slot_does_not_matter_as_long_as_all_are_there() {
        assert_eq!(parting(&[(1, 5), (2, 5), (3, 6)], &[(2, 5), (1, 5), (3, 6)], 3), (0, 3, vec![]));
        assert_eq!(parting(&[(1, 5), (2, 5)], &[(2, 5), (4, 5), (1, 5)], 0), (1, 0, vec![2, 4, 1]));
    }

    #[test]
    fn a_slot_that_is_in_half_way_is_completed() {
        let half = [(1, 5), (2, 6)];
        let whole = [(1, 5), (2, 6), (3, 6), (4, 7)];
        assert_eq!(parting(&half, &whole, 0), (0, 0, vec![3, 4]));
        assert_eq!(parting(&half, &whole, 1), (0, 1, vec![3, 4]));
        assert_eq!(parting(&half, &whole, 4), (0, 1, vec![2, 3, 4]), "half of a slot is not settled alone");
    }
}
