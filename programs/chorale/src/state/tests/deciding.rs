//! What an approval and a rejection do.

use super::*;
use chorale_domain::content_log::{ContentLog, MAX_COUNT};

const AUTHOR: u8 = 40;

/// A thread with `count` co-authors and a proposal of this stake.
fn proposed(count: u8, bps: u16, stake: u64) -> (World, Proposal) {
    let mut world = World::with(count, bps);
    let proposal = world.propose(wallet(AUTHOR), hash(5), stake, START).unwrap();
    (world, proposal)
}

/// Everyone from 1 to `count` approves; where that leads.
#[track_caller]
fn approved_by(world: &mut World, proposal: &mut Proposal, count: u8) -> Approved {
    for voter in 1..count {
        assert_eq!(world.vote(proposal, voter, true, START + 9), Ok(Outcome::Pending));
    }
    world.vote(proposal, count, true, START + 9).unwrap().approved()
}

#[test]
fn an_approved_author_gets_a_seat_and_the_content_a_place_in_the_log() {
    let (mut world, mut proposal) = proposed(2, UNANIMOUS, 1_000);
    world.thread.active().unwrap().publish(&hash(1), &wallet(1), START).unwrap();
    let end = approved_by(&mut world, &mut proposal, 2);
    assert_eq!((end.member, end.sequence), (2, 1));
    let member = Member {
        wallet: wallet(AUTHOR),
        joined_at: (START + 9).into(),
        number: 2.into(),
        ..Member::zeroed()
    };
    assert_eq!(world.thread.seats.of(&wallet(AUTHOR)), Ok(&member));
    let mut log = ContentLog::default();
    log.append(&hash(1), wallet(1).as_array()).unwrap();
    log.append(&hash(5), wallet(AUTHOR).as_array()).unwrap();
    assert_eq!(ContentLog::from_parts(world.thread.log_count.get(), world.thread.log_peaks), log);
    assert_eq!(world.thread.updated_at.get(), START + 9);
}

#[test]
fn an_approved_stake_is_the_approvers_and_the_remainder_the_treasurys() {
    let cases = [
        (1, 1_000, 1_000, 0),
        (3, 1_000, 333, 1),
        (3, 1_001, 333, 2),
        (4, 1_000, 250, 0),
        (31, 100, 3, 7),
        (3, u64::MAX, u64::MAX / 3, 0),
        (2, u64::MAX, u64::MAX / 2, 1),
    ];
    for (count, stake, share, to_treasury) in cases {
        let (mut world, mut proposal) = proposed(count, UNANIMOUS, stake);
        let end = approved_by(&mut world, &mut proposal, count);
        assert_eq!((end.share, end.to_treasury), (share, to_treasury), "{stake} among {count}");
        assert!((1..=count).all(|number| world.claimable(number) == share));
        assert_eq!(world.claimable(AUTHOR), 0, "the author is no approver");
        assert_eq!((world.treasury.balance.get(), world.thread.escrow.get()), (to_treasury, 0));
        assert_eq!(world.thread.open_proposals.get(), 0);
        world.assert_conserved();
    }
}

#[test]
fn only_the_live_approvers_share() {
    let (mut world, mut proposal) = proposed(5, 5_000, 1_000);
    world.vote(&mut proposal, 1, true, START).unwrap();
    world.vote(&mut proposal, 2, false, START).unwrap();
    world.vote(&mut proposal, 5, true, START).unwrap();
    world.leave(1);
    let end = world.vote(&mut proposal, 3, true, START).unwrap().approved();
    assert_eq!((end.share, end.approvers.numbers()), (500, &[2.into(), 4.into()][..]));
    assert_eq!([2, 3, 4, 5].map(|number| world.claimable(number)), [0, 500, 0, 500]);
    assert_eq!(world.thread.seats.position(&wallet(AUTHOR)), Ok(0), "the leaver's seat is the author's");
    assert_eq!(end.member, 5, "and the number a new one");
}

#[test]
fn an_author_who_was_seated_meanwhile_keeps_the_seat_and_shares_as_an_approver() {
    let (mut world, mut first) = proposed(1, UNANIMOUS, 1_000);
    let mut second = world.propose(wallet(AUTHOR), hash(6), 600, START).unwrap();
    assert_eq!(approved_by(&mut world, &mut first, 1).member, 1);
    assert_eq!(world.vote(&mut second, AUTHOR, true, START), Ok(Outcome::Pending));
    let end = world.vote(&mut second, 1, true, START).unwrap().approved();
    assert_eq!((end.member, end.sequence, end.share), (1, 1, 300));
    assert_eq!((world.claimable(1), world.claimable(AUTHOR)), (1_300, 300));
    assert_eq!(world.thread.seats.len(), 2);
    world.assert_conserved();
}

#[test]
fn of_two_proposals_for_the_last_seat_one_is_approved_until_a_seat_is_free() {
    let (mut world, mut first) = proposed(31, 1, 1_000);
    let mut second = world.propose(wallet(41), hash(6), 1_000, START).unwrap();
    world.vote(&mut first, 1, true, START).unwrap().approved();
    let before = world;
    assert_eq!(refusal(world.vote(&mut second, 1, true, START)), ChoraleError::ThreadFull);
    assert_eq!(bytemuck::bytes_of(&world.thread), bytemuck::bytes_of(&before.thread));
    world.leave(3);
    let end = world.vote(&mut second, 1, true, START).unwrap().approved();
    assert_eq!((end.member, world.thread.seats.position(&wallet(41))), (32, Ok(2)));
    world.assert_conserved();
}

#[test]
fn a_full_log_takes_no_approved_content_either() {
    let (mut world, mut proposal) = proposed(1, UNANIMOUS, 1_000);
    world.fill_log(MAX_COUNT);
    assert_eq!(refusal(world.vote(&mut proposal, 1, true, START)), ChoraleError::ContentLogFull);
    world.fill_log(MAX_COUNT - 1);
    assert_eq!(approved_by(&mut world, &mut proposal, 1).sequence, MAX_COUNT - 1);
    assert_eq!(world.thread.log_count.get(), MAX_COUNT);
}

#[test]
fn a_share_that_does_not_fit_is_refused() {
    let (mut world, mut proposal) = proposed(1, UNANIMOUS, 1_000);
    world.thread.seats.members[0].claimable = (u64::MAX - 999).into();
    assert_eq!(refusal(world.vote(&mut proposal, 1, true, START)), ChoraleError::Overflow);
}

/// What becomes of a rejected stake: what the treasury gets.
#[track_caller]
fn check_rejected(bps: u16, co_authors: u8, votes: &str, stake: u64, to_treasury: u64) {
    let (mut world, mut proposal) = proposed(co_authors, bps, stake);
    let mut outcome = Outcome::Pending;
    for (voter, vote) in (1..).zip(votes.chars()) {
        outcome = world.vote(&mut proposal, voter, vote == '+', START + 9).unwrap();
    }
    let to_thread = stake - to_treasury;
    assert_eq!(outcome.rejected(), Rejected { to_treasury, to_thread }, "{votes} on {stake}");
    assert_eq!(world.thread.token_balance.get(), to_thread);
    assert_eq!((world.treasury.balance.get(), world.thread.escrow.get()), (to_treasury, 0));
    assert_eq!((world.thread.open_proposals.get(), world.thread.log_count.get()), (0, 0));
    assert_eq!(world.thread.seats.len(), u32::from(co_authors), "nobody is seated");
    assert_eq!(world.thread.updated_at.get(), START + 9);
    world.assert_conserved();
}

#[test]
fn a_rejected_stake_is_the_treasurys_as_far_as_it_was_approved_and_else_the_threads() {
    check_rejected(UNANIMOUS, 1, "-", 1_000, 0);
    check_rejected(UNANIMOUS, 3, "+-", 1_001, 500);
    check_rejected(UNANIMOUS, 3, "++-", 1_000, 666);
    check_rejected(5_000, 5, "+--+-", 1_000, 400);
    check_rejected(UNANIMOUS, 2, "+-", u64::MAX, u64::MAX / 2);
    check_rejected(
        UNANIMOUS,
        32 - 1,
        &format!("{}-", "+".repeat(30)),
        u64::MAX,
        u64::MAX / 31 * 30 + 15 * 30 / 31,
    );
}

#[test]
fn a_rejected_stake_adds_to_the_threads_balance_as_far_as_it_fits() {
    let (mut world, mut proposal) = proposed(1, UNANIMOUS, 1_000);
    world.thread.token_balance = (u64::MAX - 999).into();
    assert_eq!(refusal(world.vote(&mut proposal, 1, false, START)), ChoraleError::Overflow);
    world.thread.token_balance = (u64::MAX - 1_000).into();
    world.vote(&mut proposal, 1, false, START).unwrap().rejected();
    assert_eq!(world.thread.token_balance.get(), u64::MAX);
}

#[test]
fn votes_of_leavers_do_not_divide_a_rejected_stake() {
    let (mut world, mut proposal) = proposed(4, UNANIMOUS, 900);
    world.vote(&mut proposal, 1, true, START).unwrap();
    world.vote(&mut proposal, 2, true, START).unwrap();
    world.leave(1);
    let end = world.vote(&mut proposal, 3, false, START).unwrap().rejected();
    assert_eq!((end.to_treasury, end.to_thread), (450, 450));
}

#[test]
fn a_settlement_never_earns_the_treasury_more_than_the_vault_must_hold() {
    let (mut world, mut proposal) = proposed(3, UNANIMOUS, 1_000);
    world.treasury.held = 0.into();
    world.vote(&mut proposal, 1, true, START).unwrap();
    world.vote(&mut proposal, 2, true, START).unwrap();
    assert_eq!(refusal(world.vote(&mut proposal, 3, true, START)), ChoraleError::InvariantBroken);
    assert_eq!(refusal(world.vote(&mut proposal, 3, false, START)), ChoraleError::InvariantBroken);
}
