//! Refused: publishing.

use crate::harness::*;
use anchor_lang::Discriminator;
use chorale::state::Thread;
use chorale::{address, build};
use chorale_domain::content_log::MAX_COUNT;
use chorale_domain::id::Hash32;

#[test]
fn publishing_by_someone_who_is_no_co_author() {
    let mut chain = Chain::new();
    let (_, bob) = alice_and_bob(&mut chain);
    assert_eq!(refused(&mut chain, |chain| chain.publish(&bob, hash(1))), "NotCoAuthor");
}

#[test]
fn publishing_the_zero_hash_or_the_same_hash_twice() {
    let mut chain = Chain::new();
    let (alice, _) = alice_and_bob(&mut chain);
    assert_eq!(refused(&mut chain, |chain| chain.publish(&alice, Hash32::ZERO)), "ZeroHash");
    chain.publish(&alice, hash(1)).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.publish(&alice, hash(1))), "HashTaken");
}

#[test]
fn publishing_without_the_authors_signature() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    let mut publish = build::publish(wallet(&alice), THREAD, hash(1));
    publish.accounts[0].is_signer = false;
    assert_eq!(refused(&mut chain, |chain| chain.send(&[publish], &bob)), "MissingRequiredSignature");
}

#[test]
fn a_content_log_that_is_full_takes_no_message_and_no_proposal_and_gives_stakes_back() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    fill_log(&mut chain);
    assert_eq!(refused(&mut chain, |chain| chain.publish(&alice, hash(2))), "ContentLogFull");
    assert_eq!(refused(&mut chain, |chain| chain.propose(&bob, hash(2), MIN_STAKE)), "ContentLogFull");
    assert_eq!(refused(&mut chain, |chain| chain.vote(&alice, hash(1), &bob, true)), "ContentLogFull");
    chain.cancel(&bob, hash(1)).expect("what cannot be approved any more is given back");
    assert_eq!(chain.tokens(&bob), TOKENS);
}

/// Writes the largest count into the account: a million messages would take too long.
fn fill_log(chain: &mut Chain) {
    let mut thread = chain.svm.get_account(&address::thread(THREAD)).unwrap();
    let count = Thread::DISCRIMINATOR.len() + std::mem::offset_of!(Thread, log_count);
    thread.data[count..count + 8].copy_from_slice(&MAX_COUNT.to_le_bytes());
    chain.svm.set_account(address::thread(THREAD), thread).unwrap();
}
