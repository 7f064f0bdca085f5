//! Seats become free, are given away again, and run out, while proposals are open.

use crate::harness::*;
use chorale::build;
use chorale_domain::event::Event;
use chorale_domain::id::Wallet;
use solana_keypair::Keypair;

fn approvers(sent: &Sent) -> Option<Vec<u32>> {
    sent.events.iter().find_map(|event| match event {
        Event::ProposalApproved { approvers, .. } => Some(approvers.clone()),
        _ => None,
    })
}

/// A thread of three in which the second member voted on `hash(1)` and left, and the others seated someone else there.
fn reused(chain: &mut Chain, leavers_vote: bool) -> (Vec<Keypair>, Keypair, Keypair) {
    // Two thirds: the leaver's denial alone does not reject.
    let co_authors = chain.thread_of(3, 6_600);
    let (dave, eve) = (chain.wallet(), chain.wallet());
    chain.propose(&dave, hash(1), 900).unwrap();
    chain.vote(&co_authors[1], hash(1), &dave, leavers_vote).unwrap();
    chain.propose(&eve, hash(2), 900).unwrap();
    chain.wait(COOLDOWN);
    chain.divest(&co_authors[1]).unwrap();
    chain.vote(&co_authors[0], hash(2), &eve, true).unwrap();
    chain.vote(&co_authors[2], hash(2), &eve, true).unwrap();
    let seat = chain.thread().seats.members[1];
    assert_eq!((wallet(&eve), seat.number.get()), (Wallet(seat.wallet.to_bytes()), 3), "the freed seat");
    (co_authors, dave, eve)
}

#[test]
fn a_reused_seat_does_not_inherit_the_leavers_approval() {
    let mut chain = Chain::new();
    let (co_authors, dave, _) = reused(&mut chain, true);
    let one = chain.vote(&co_authors[0], hash(1), &dave, true).unwrap();
    assert_eq!(one.kinds(), ["vote_cast"], "two approvals are needed, and the leaver's is none of them");
    assert_eq!(chain.settle(&dave, hash(1), &dave).unwrap_err(), "NotDecided");
    let two = chain.vote(&co_authors[2], hash(1), &dave, true).unwrap();
    assert_eq!(approvers(&two), Some(vec![0, 2]));
}

#[test]
fn who_gets_a_reused_seat_votes_over_the_leavers_vote_once() {
    let mut chain = Chain::new();
    let (co_authors, dave, eve) = reused(&mut chain, false);
    let cast = chain.vote(&eve, hash(1), &dave, true).unwrap();
    assert_eq!(cast.kinds(), ["vote_cast"]);
    assert_eq!(refused(&mut chain, |chain| chain.vote(&eve, hash(1), &dave, false)), "AlreadyVoted");
    let refusal = refused(&mut chain, |chain| chain.vote(&co_authors[1], hash(1), &dave, false));
    assert_eq!(refusal, "NotCoAuthor", "the leaver has no vote any more");
    let last = chain.vote(&co_authors[0], hash(1), &dave, true).unwrap();
    assert_eq!(approvers(&last), Some(vec![0, 3]), "in the order of seats: the new member, not the leaver");
}

#[test]
fn a_leaver_who_comes_back_to_the_same_seat_has_a_new_vote_and_the_old_one_stays_dead() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(3, 6_600);
    let (bob, dave) = (&co_authors[1], chain.wallet());
    chain.propose(&dave, hash(1), 900).unwrap();
    chain.vote(bob, hash(1), &dave, false).unwrap();
    chain.wait(COOLDOWN);
    chain.divest(bob).unwrap();
    chain.propose(bob, hash(2), 900).unwrap();
    chain.vote(&co_authors[0], hash(2), bob, true).unwrap();
    chain.vote(&co_authors[2], hash(2), bob, true).unwrap();
    assert_eq!(chain.thread().seats.members[1].number.get(), 3, "the same seat, a new number");
    chain.vote(bob, hash(1), &dave, true).expect("the vote of member 1 is not member 3's");
    let last = chain.vote(&co_authors[0], hash(1), &dave, true).unwrap();
    assert_eq!(approvers(&last), Some(vec![0, 3]));
}

#[test]
fn a_seat_that_was_free_when_a_proposal_was_made_votes_like_any_other() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(3, 10_000);
    let (dave, eve) = (chain.wallet(), chain.wallet());
    chain.wait(COOLDOWN);
    chain.divest(&co_authors[0]).unwrap();
    chain.propose(&dave, hash(1), 900).unwrap();
    chain.propose(&eve, hash(2), 900).unwrap();
    for voter in &co_authors[1..] {
        chain.vote(voter, hash(1), &dave, true).unwrap();
        chain.vote(voter, hash(2), &eve, true).unwrap();
        let missing = chain.settle(&eve, hash(2), &eve).unwrap_err();
        assert_eq!(missing, "NotDecided", "dave, in the first seat, has to be asked too");
    }
    let last = chain.vote(&dave, hash(2), &eve, true).unwrap();
    assert_eq!(approvers(&last), Some(vec![3, 1, 2]), "in the order of seats");
}

/// 31 co-authors; a rule that two of 32 must approve, but one of 31 is enough; and a proposal that was voted for once
/// while a later one took the last seat.
fn two_for_the_last_seat(chain: &mut Chain) -> (Vec<Keypair>, Keypair) {
    let mut co_authors = chain.thread_of(31, 320);
    let (first, second) = (chain.wallet(), chain.wallet());
    chain.propose(&first, hash(1), 1_000).unwrap();
    chain.propose(&second, hash(2), 1_000).unwrap();
    let taken = chain.vote(&co_authors[0], hash(1), &first, true).unwrap();
    assert!(approvers(&taken).is_some(), "the first one takes the last seat");
    let open = chain.vote(&co_authors[0], hash(2), &second, true).unwrap();
    assert_eq!(open.kinds(), ["vote_cast"], "with 32 co-authors one approval does not decide");
    let refusal = refused(chain, |chain| chain.vote(&co_authors[1], hash(2), &second, true));
    assert_eq!(refusal, "ThreadFull", "the deciding approval finds no seat");
    co_authors.push(first);
    (co_authors, second)
}

#[test]
fn of_two_proposals_for_the_last_seat_the_second_is_cancelled_with_a_full_refund() {
    let mut chain = Chain::new();
    let (_, second) = two_for_the_last_seat(&mut chain);
    chain.cancel(&second, hash(2)).expect("votes do not matter where there is no seat");
    assert_eq!(chain.tokens(&second), TOKENS);
}

#[test]
fn of_two_proposals_for_the_last_seat_the_second_is_settled_once_someone_leaves() {
    let mut chain = Chain::new();
    let (co_authors, second) = two_for_the_last_seat(&mut chain);
    chain.wait(COOLDOWN);
    chain.divest(&co_authors[7]).unwrap();
    let refusal = refused(&mut chain, |chain| chain.cancel(&second, hash(2)));
    assert_eq!(refusal, "VotesCast", "with a free seat the votes count again");
    let settled = chain.settle(&second, hash(2), &second).unwrap();
    assert_eq!(approvers(&settled), Some(vec![0]));
    assert_eq!(chain.thread().seats.members[7].number.get(), 32, "in the seat that became free");
}

#[test]
fn of_two_proposals_for_the_last_seat_the_second_is_voted_in_once_someone_leaves() {
    let mut chain = Chain::new();
    let (co_authors, second) = two_for_the_last_seat(&mut chain);
    chain.wait(COOLDOWN);
    chain.divest(&co_authors[30]).unwrap();
    let last = chain.vote(&co_authors[1], hash(2), &second, true).unwrap();
    assert_eq!(approvers(&last), Some(vec![0, 1]));
}

#[test]
fn a_full_thread_still_rejects() {
    let mut chain = Chain::new();
    let (co_authors, second) = two_for_the_last_seat(&mut chain);
    for voter in &co_authors[1..31] {
        chain.vote(voter, hash(2), &second, false).unwrap();
    }
    let last = chain.vote(&co_authors[31], hash(2), &second, false).unwrap();
    assert_eq!(last.kinds(), ["vote_cast", "proposal_rejected"]);
}

#[test]
fn two_approvals_for_the_last_seat_in_one_transaction_are_refused_together() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(31, 1);
    let (first, second) = (chain.wallet(), chain.wallet());
    chain.propose(&first, hash(1), 1_000).unwrap();
    chain.propose(&second, hash(2), 1_000).unwrap();
    let voter = wallet(&co_authors[0]);
    let both = [(hash(1), &first), (hash(2), &second)]
        .map(|(hash, author)| build::vote(voter, THREAD, hash, wallet(author), 1_000, true));
    assert_eq!(refused(&mut chain, |chain| chain.send(&both, &co_authors[0])), "ThreadFull");
    assert_eq!(chain.thread().seats.count, 31);
}

#[test]
fn a_full_thread_has_room_for_what_its_own_members_proposed_before_they_joined() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(31, 320);
    let last = chain.wallet();
    chain.propose(&last, hash(1), 1_000).unwrap();
    chain.propose(&last, hash(2), 1_000).unwrap();
    chain.vote(&co_authors[0], hash(1), &last, true).unwrap();
    chain.vote(&co_authors[0], hash(2), &last, true).unwrap();
    assert_eq!(chain.thread().seats.count, 32);
    let refusal = refused(&mut chain, |chain| chain.cancel(&last, hash(2)));
    assert_eq!(refusal, "VotesCast", "its author needs no other seat");
    let approved = chain.vote(&last, hash(2), &last, true).unwrap();
    assert_eq!(approvers(&approved), Some(vec![0, 31]));
}
