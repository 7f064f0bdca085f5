//! The state roots that are kept.

use super::*;

/// Roots of these slots, anchored in this order.
fn anchored(slots: impl IntoIterator<Item = u64>) -> Roots {
    let mut roots = Roots::zeroed();
    roots.begin(253);
    for slot in slots {
        roots.anchor(slot, root(slot), u64::MAX).unwrap();
    }
    roots
}

/// The root of a slot.
fn root(slot: u64) -> [u8; 32] {
    let mut root = [1; 32];
    root[..8].copy_from_slice(&slot.to_le_bytes());
    root
}

fn slots(roots: &Roots) -> Vec<u64> {
    roots.oldest_first().map(|anchored| anchored.slot.get()).collect()
}

#[test]
fn nothing_is_anchored_at_the_beginning() {
    let roots = anchored([]);
    assert_eq!((roots.version, roots.bump), (LAYOUT_VERSION, 253));
    assert_eq!((roots.last(), roots.oldest_first().count()), (None, 0));
}

#[test]
fn the_last_32_roots_are_kept_oldest_first() {
    for count in 0..=100_u64 {
        let roots = anchored((0..count).map(|n| 3 * n));
        let kept: Vec<u64> = (count.saturating_sub(32)..count).map(|n| 3 * n).collect();
        assert_eq!(slots(&roots), kept, "after {count} roots");
        assert!(roots.oldest_first().all(|anchored| anchored.root == root(anchored.slot.get())));
        assert_eq!(roots.last().map(|last| last.slot.get()), kept.last().copied());
        assert_eq!(u64::from(roots.next), count % 32);
    }
}

#[test]
fn slots_only_grow() {
    let mut roots = anchored([7, 100]);
    for slot in [0, 7, 99, 100] {
        assert_eq!(refusal(roots.anchor(slot, root(slot), 200)), ChoraleError::SlotNotGrowing);
    }
    roots.anchor(101, root(101), 200).unwrap();
    assert_eq!(slots(&roots), [7, 100, 101]);
}

#[test]
fn slots_still_grow_when_the_ring_begins_anew() {
    let mut roots = anchored(0..32);
    assert_eq!(roots.next, 0);
    assert_eq!(refusal(roots.anchor(31, root(31), 200)), ChoraleError::SlotNotGrowing);
    roots.anchor(32, root(32), 200).unwrap();
}

#[test]
fn the_first_root_may_be_that_of_slot_zero() {
    assert_eq!(slots(&anchored([0])), [0]);
}

#[test]
fn a_slot_that_the_chain_has_not_reached_is_refused() {
    let mut roots = anchored([]);
    assert_eq!(refusal(roots.anchor(51, root(51), 50)), ChoraleError::SlotInFuture);
    roots.anchor(50, root(50), 50).expect("the chain's own slot");
}

#[test]
fn the_last_slot_of_all_is_anchored_once() {
    let mut roots = anchored([u64::MAX]);
    let again = refusal(roots.anchor(u64::MAX, root(1), u64::MAX));
    assert_eq!(again, ChoraleError::SlotNotGrowing);
}

#[test]
fn a_root_of_zeros_is_refused() {
    assert_eq!(refusal(anchored([]).anchor(1, [0; 32], 50)), ChoraleError::ZeroHash);
}

#[test]
fn a_place_outside_the_ring_is_refused() {
    for next in [32, u8::MAX] {
        let mut roots = Roots { next, ..Roots::zeroed() };
        assert_eq!(refusal(roots.anchor(1, root(1), 50)), ChoraleError::InvariantBroken);
    }
}

#[test]
fn a_count_beyond_the_ring_is_read_as_all_of_it() {
    let roots = Roots { count: 200, ..anchored(0..40) };
    assert_eq!(slots(&roots), (8..40).collect::<Vec<_>>());
}
