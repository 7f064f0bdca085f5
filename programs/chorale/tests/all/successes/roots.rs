//! State roots are anchored.

use crate::harness::*;
use chorale::build;
use chorale::state::{ConfigUpdate, MAX_ROOTS};
use chorale_domain::event::Event;
use chorale_domain::id::Hash32;
use solana_signer::Signer;

#[test]
fn a_root_is_anchored_for_a_slot() {
    let mut chain = Chain::new();
    chain.svm.warp_to_slot(50);
    let sent = chain.anchor_root(50, [1; 32]).expect("the chain's own slot is not in the future");
    let (authority, anchored_at) = (wallet(&chain.authority), chain.time());
    assert_eq!(
        sent.events,
        [Event::RootAnchored { authority, slot: 50, root: Hash32([1; 32]), anchored_at }]
    );
    let roots = chain.roots();
    let last = roots.last().unwrap();
    assert_eq!((roots.count, last.slot.get(), last.root), (1, 50, [1; 32]));
}

#[test]
fn the_first_root_may_be_the_one_of_slot_0() {
    let mut chain = Chain::new();
    chain.anchor_root(0, [1; 32]).unwrap();
    assert_eq!(chain.roots().oldest_first().map(|root| root.slot.get()).collect::<Vec<_>>(), [0]);
}

#[test]
fn only_the_last_32_roots_are_kept_oldest_first() {
    let mut chain = Chain::new();
    chain.svm.warp_to_slot(1_000);
    for slot in 1..=40_u8 {
        chain.anchor_root(u64::from(slot) * 10, [slot; 32]).unwrap();
        let roots = chain.roots();
        let kept: Vec<u64> = roots.oldest_first().map(|root| root.slot.get()).collect();
        let first = slot.saturating_sub(31).max(1);
        let expected: Vec<u64> = (first..=slot).map(|slot| u64::from(slot) * 10).collect();
        assert_eq!(kept, expected, "after slot {slot}0");
        assert!(roots.oldest_first().all(|kept| u64::from(kept.root[0]) * 10 == kept.slot.get()));
    }
    assert_eq!(usize::from(chain.roots().count), MAX_ROOTS);
}

#[test]
fn the_anchor_authority_can_be_another_wallet_than_the_authority() {
    let mut chain = Chain::new();
    let anchor = chain.wallet();
    let update = ConfigUpdate { settings: SETTINGS, anchor_authority: anchor.pubkey() };
    chain.govern(|authority| build::update_config(authority, update)).unwrap();
    let sent = chain.send(&[build::anchor_root(wallet(&anchor), 0, [1; 32])], &anchor).unwrap();
    assert_eq!(sent.kinds(), ["root_anchored"]);
    assert_eq!(chain.anchor_root(0, [2; 32]).unwrap_err(), "NotAnchorAuthority");
}
