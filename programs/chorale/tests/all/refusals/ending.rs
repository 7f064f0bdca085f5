//! Refused: settling, expiring and cancelling proposals.

use crate::harness::*;
use chorale::{address, build};
use chorale_domain::id::ThreadId;

#[test]
fn settling_what_the_votes_do_not_decide() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let (carol, anyone) = (chain.wallet(), chain.wallet());
    chain.propose(&carol, hash(1), MIN_STAKE).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.settle(&anyone, hash(1), &carol)), "NotDecided");
    chain.vote(&co_authors[0], hash(1), &carol, true).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.settle(&anyone, hash(1), &carol)), "NotDecided");
    chain.wait(TTL);
    assert_eq!(refused(&mut chain, |chain| chain.settle(&anyone, hash(1), &carol)), "ProposalExpired");
}

#[test]
fn expiring_what_can_still_be_decided() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.expire(&alice, hash(1), &bob)), "NotExpired");
    chain.wait(TTL - 1);
    assert_eq!(refused(&mut chain, |chain| chain.expire(&alice, hash(1), &bob)), "NotExpired");
}

#[test]
fn settling_or_expiring_with_the_rent_sent_to_another() {
    let mut chain = Chain::new();
    let (_, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    let thief = chain.wallet();
    assert_eq!(refused(&mut chain, |chain| chain.settle(&thief, hash(1), &thief)), "NotProposalAuthor");
    chain.wait(TTL);
    assert_eq!(refused(&mut chain, |chain| chain.expire(&thief, hash(1), &thief)), "NotProposalAuthor");
}

#[test]
fn ending_a_proposal_in_the_name_of_another_thread() {
    let mut chain = Chain::new();
    let (_, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    let other = ThreadId([9; 32]);
    chain.send(&[build::create_thread(wallet(&bob), other, 10_000)], &bob).unwrap();
    let (me, deployment) = (wallet(&bob), chain.deployment);
    let mut cancel = build::cancel(&deployment, me, THREAD, hash(1));
    let mut settle = build::settle(me, THREAD, hash(1), me);
    let mut expire = build::expire(me, THREAD, hash(1), me);
    for instruction in [&mut cancel, &mut settle, &mut expire] {
        instruction.accounts[1].pubkey = address::thread(other);
    }
    for instruction in [cancel, settle] {
        let refusal = refused(&mut chain, |chain| chain.send(&[instruction], &bob));
        assert_eq!(refusal, "ProposalNotOfThread");
    }
    chain.wait(TTL);
    assert_eq!(refused(&mut chain, |chain| chain.send(&[expire], &bob)), "ProposalNotOfThread");
}

#[test]
fn cancelling_anothers_proposal_or_one_with_votes() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let (carol, thief) = (chain.wallet(), chain.wallet());
    chain.propose(&carol, hash(1), MIN_STAKE).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.cancel(&thief, hash(1))), "NotProposalAuthor");
    assert_eq!(refused(&mut chain, |chain| chain.cancel(&co_authors[0], hash(1))), "NotProposalAuthor");
    chain.vote(&co_authors[0], hash(1), &carol, true).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.cancel(&carol, hash(1))), "VotesCast");
    chain.wait(COOLDOWN);
    chain.divest(&co_authors[0]).unwrap();
    let refusal = refused(&mut chain, |chain| chain.cancel(&carol, hash(1)));
    assert_eq!(refusal, "VotesCast", "a vote was cast, whether its member stayed or not");
}

#[test]
fn a_proposal_ends_once() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    chain.propose(&bob, hash(2), MIN_STAKE).unwrap();
    chain.vote(&alice, hash(1), &bob, true).unwrap();
    chain.cancel(&bob, hash(2)).unwrap();
    chain.wait(TTL);
    let error = "AccountDataTooSmall";
    for ended in [hash(1), hash(2)] {
        assert_eq!(refused(&mut chain, |chain| chain.vote(&alice, ended, &bob, true)), error);
        assert_eq!(refused(&mut chain, |chain| chain.settle(&bob, ended, &bob)), error);
        assert_eq!(refused(&mut chain, |chain| chain.expire(&bob, ended, &bob)), error);
        assert_eq!(refused(&mut chain, |chain| chain.cancel(&bob, ended)), error);
    }
}
