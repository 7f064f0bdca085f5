//! Refused: anchoring state roots.

use crate::harness::*;
use chorale::build;

#[test]
fn anchoring_without_the_anchor_authority() {
    let mut chain = Chain::new();
    let stranger = chain.wallet();
    let anchor = build::anchor_root(wallet(&stranger), 0, [1; 32]);
    assert_eq!(refused(&mut chain, |chain| chain.send(&[anchor], &stranger)), "NotAnchorAuthority");
}

#[test]
fn anchoring_the_same_slot_or_an_earlier_one_or_one_to_come_or_no_root() {
    let mut chain = Chain::new();
    chain.svm.warp_to_slot(100);
    chain.anchor_root(50, [1; 32]).unwrap();
    for slot in [50, 49, 0] {
        let refusal = refused(&mut chain, |chain| chain.anchor_root(slot, [2; 32]));
        assert_eq!(refusal, "SlotNotGrowing", "slot {slot}");
    }
    for slot in [101, u64::MAX] {
        let refusal = refused(&mut chain, |chain| chain.anchor_root(slot, [2; 32]));
        assert_eq!(refusal, "SlotInFuture", "slot {slot}");
    }
    assert_eq!(refused(&mut chain, |chain| chain.anchor_root(51, [0; 32])), "ZeroHash");
    chain.anchor_root(51, [2; 32]).unwrap();
}
