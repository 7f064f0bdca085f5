//! Which votes count, and who is rewarded.

use super::*;
use chorale_domain::settlement::Tally;

/// Wallets 1 to `count` in seats 0 to `count - 1`, with member numbers 100 above their seats.
fn seats(count: u8) -> Seats {
    let mut seats = Seats::zeroed();
    for number in 1..=count {
        seats.take(member(number, 99 + u32::from(number))).unwrap();
    }
    seats
}

fn member(number: u8, member_number: u32) -> Member {
    Member { wallet: wallet(number), number: member_number.into(), ..Member::zeroed() }
}

/// A ballot with these seats' votes.
fn ballot(seats: &Seats, votes: &[(usize, bool)]) -> Ballot {
    let mut ballot = Ballot::zeroed();
    for (seat, approve) in votes {
        ballot.add(seats, *seat, *approve).unwrap();
    }
    ballot
}

fn tally(co_authors: u32, approvals: u32, denials: u32) -> Tally {
    Tally { co_authors, approvals, denials }
}

fn claimable(seats: &Seats) -> Vec<u64> {
    seats.up_to_last().iter().map(|member| member.claimable.get()).collect()
}

#[test]
fn nothing_is_cast_on_a_fresh_ballot() {
    let ballot = Ballot::zeroed();
    assert!(ballot.is_empty());
    assert_eq!(ballot.cast().count(), 0);
    assert_eq!(ballot.live(&seats(3)).tally(), tally(3, 0, 0));
}

#[test]
fn a_vote_stands_in_its_seat_under_its_members_number() {
    let ballot = ballot(&seats(3), &[(0, true), (2, false)]);
    assert!(!ballot.is_empty());
    let cast: Vec<_> = ballot.cast().map(|vote| (vote.member.get(), vote.approves())).collect();
    assert_eq!(cast, [(100, true), (102, false)]);
    assert_eq!(ballot.votes[1], Vote::zeroed());
    assert!(!ballot.votes[1].is_cast() && !ballot.votes[1].approves());
    assert_eq!(ballot.live(&seats(3)).tally(), tally(3, 1, 1));
}

#[test]
fn a_second_vote_is_refused_whatever_it_says() {
    for (first, second) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut ballot = ballot(&seats(2), &[(1, first)]);
        let before = ballot;
        assert_eq!(refusal(ballot.add(&seats(2), 1, second)), ChoraleError::AlreadyVoted);
        assert_eq!(ballot, before);
    }
}

#[test]
fn member_number_zero_has_not_voted_on_a_fresh_ballot() {
    let mut seats = Seats::zeroed();
    seats.take(member(1, 0)).unwrap();
    let mut ballot = Ballot::zeroed();
    assert_eq!(ballot.live(&seats).tally(), tally(1, 0, 0));
    ballot.add(&seats, 0, true).expect("the first vote");
    assert_eq!(ballot.live(&seats).tally(), tally(1, 1, 0));
    assert_eq!(refusal(ballot.add(&seats, 0, true)), ChoraleError::AlreadyVoted);
}

#[test]
fn every_seat_counts() {
    let all = seats(32);
    for seat in 0..32 {
        for approve in [true, false] {
            let expected = tally(32, u32::from(approve), u32::from(!approve));
            assert_eq!(ballot(&all, &[(seat, approve)]).live(&all).tally(), expected, "seat {seat}");
        }
    }
    let votes: Vec<_> = (0..32).map(|seat| (seat, seat % 3 == 0)).collect();
    assert_eq!(ballot(&all, &votes).live(&all).tally(), tally(32, 11, 21));
}

#[test]
fn a_leavers_vote_is_dead() {
    let mut seats = seats(4);
    let ballot = ballot(&seats, &[(1, true), (3, false)]);
    seats.leave(1);
    assert_eq!(ballot.live(&seats).tally(), tally(3, 0, 1));
    seats.leave(3);
    assert_eq!(ballot.live(&seats).tally(), tally(2, 0, 0));
    assert_eq!(ballot.cast().count(), 2, "it was cast all the same");
}

#[test]
fn who_gets_a_seat_gets_no_vote_with_it_and_votes_over_the_old_one() {
    let mut seats = seats(3);
    let mut ballot = ballot(&seats, &[(1, true)]);
    seats.leave(1);
    seats.take(member(9, 200)).unwrap();
    assert_eq!(ballot.live(&seats).tally(), tally(3, 0, 0));
    ballot.add(&seats, 1, false).unwrap();
    assert_eq!(ballot.live(&seats).tally(), tally(3, 0, 1));
    assert_eq!(ballot.cast().count(), 1);
}

#[test]
fn who_comes_back_is_another_member_whose_old_vote_is_dead() {
    let mut seats = seats(2);
    let ballot = ballot(&seats, &[(1, true)]);
    let mut back = seats.leave(1);
    back.number = 300.into();
    seats.take(back).unwrap();
    assert_eq!(ballot.live(&seats).tally(), tally(2, 0, 0));
}

#[test]
fn a_choice_that_is_none_counts_as_neither() {
    let mut ballot = ballot(&seats(2), &[(0, true), (1, false)]);
    for choice in [3, 4, u8::MAX] {
        ballot.votes[0].choice = choice;
        assert_eq!(ballot.live(&seats(2)).tally(), tally(2, 0, 1), "choice {choice}");
        assert!(!ballot.votes[0].approves());
    }
}

#[test]
fn each_live_approver_gets_the_share_once() {
    let mut seats = seats(5);
    let votes = [(0, true), (1, false), (2, true), (4, true)];
    let live = ballot(&seats, &votes).live(&seats);
    let approvers = live.reward(&mut seats, 7).unwrap();
    assert_eq!(claimable(&seats), [7, 0, 7, 0, 7]);
    assert_eq!(approvers.numbers(), [100_u32, 102, 104]);
    assert_eq!(approvers.count, 3);
    live.reward(&mut seats, 1).unwrap();
    assert_eq!(claimable(&seats), [8, 0, 8, 0, 8], "on top of what was claimable");
}

#[test]
fn leavers_and_free_seats_get_nothing() {
    let mut seats = seats(4);
    let ballot = ballot(&seats, &[(0, true), (1, true), (3, true)]);
    seats.leave(1);
    let approvers = ballot.live(&seats).reward(&mut seats, 5).unwrap();
    assert_eq!(claimable(&seats), [5, 0, 0, 5]);
    assert_eq!(approvers.numbers(), [100_u32, 103]);
}

#[test]
fn thirty_two_approvers_are_all_rewarded_and_named() {
    let mut seats = seats(32);
    let votes: Vec<_> = (0..32).map(|seat| (seat, true)).collect();
    let approvers = ballot(&seats, &votes).live(&seats).reward(&mut seats, 3).unwrap();
    assert_eq!(claimable(&seats), [3; 32]);
    let expected: Vec<u32> = (100..132).collect();
    let named: Vec<u32> = approvers.numbers().iter().map(PodU32::get).collect();
    assert_eq!(named, expected);
}

#[test]
fn a_reward_that_does_not_fit_is_refused_however_many_it_does_not_fit() {
    for full in [vec![0], vec![1], vec![0, 1], vec![0, 1, 2]] {
        let mut seats = seats(3);
        for seat in &full {
            seats.members[*seat].claimable = (u64::MAX - 4).into();
        }
        let live = ballot(&seats, &[(0, true), (1, true), (2, true)]).live(&seats);
        let (mut fits, mut too_much) = (seats, seats);
        assert!(live.reward(&mut fits, 4).is_ok(), "up to the last unit");
        assert_eq!(refusal(live.reward(&mut too_much, 5)), ChoraleError::Overflow, "seats {full:?}");
    }
}

#[test]
fn a_list_of_approvers_never_names_more_than_there_are_seats() {
    let approvers = Approvers { count: 200, ..Approvers::zeroed() };
    assert_eq!(approvers.numbers().len(), 32);
}
