//! Claiming, and leaving with a share.

use super::*;

/// `count` co-authors of a thread that owns `balance`.
fn owning(count: u8, balance: u64) -> World {
    let mut world = World::with(count, UNANIMOUS);
    world.give(balance);
    world
}

/// A co-author gets a claimable amount, as from an approval.
fn reward(world: &mut World, number: u8, amount: u64) {
    let seat = world.thread.seats.position(&wallet(number)).unwrap();
    world.thread.seats.members[seat].claimable = amount.into();
    world.treasury.receive(amount).unwrap();
}

#[test]
fn a_claim_empties_what_is_claimable_and_nothing_else() {
    let mut world = World::with(3, UNANIMOUS);
    reward(&mut world, 1, 5);
    reward(&mut world, 2, 70);
    assert_eq!(world.thread.claim(&wallet(2), START + 3), Ok((1, 70)));
    assert_eq!([1, 2, 3].map(|number| world.claimable(number)), [5, 0, 0]);
    assert_eq!(world.thread.updated_at.get(), START + 3);
    let again = refusal(world.thread.claim(&wallet(2), START + 4));
    assert_eq!(again, ChoraleError::NothingToClaim);
    assert_eq!(world.thread.claim(&wallet(1), START + 4), Ok((0, 5)));
}

#[test]
fn one_unit_and_all_units_can_be_claimed() {
    for amount in [1, u64::MAX] {
        let mut world = World::new(UNANIMOUS);
        reward(&mut world, 1, amount);
        assert_eq!(world.thread.claim(&wallet(1), START), Ok((0, amount)));
    }
}

#[test]
fn only_a_co_author_claims() {
    let mut world = World::with(2, UNANIMOUS);
    reward(&mut world, 2, 70);
    assert_eq!(refusal(world.thread.claim(&wallet(9), START)), ChoraleError::NotCoAuthor);
    world.leave(2);
    assert_eq!(refusal(world.thread.claim(&wallet(2), START)), ChoraleError::NotCoAuthor);
}

#[test]
fn a_leaver_takes_a_share_and_what_is_claimable() {
    let mut world = owning(3, 1_000);
    reward(&mut world, 2, 70);
    let left = world.try_leave(2, START + COOLDOWN + 4).unwrap();
    assert_eq!(left, Left { member: 1, share: 333, claimed: 70, archived: false });
    assert_eq!(left.payout(0), Ok(403));
    assert_eq!((world.thread.token_balance.get(), world.treasury.held.get()), (667, 667));
    assert_eq!(world.thread.updated_at.get(), START + COOLDOWN + 4);
    assert_eq!(world.thread.seats.len(), 2);
    world.assert_conserved();
}

#[test]
fn everyone_leaves_with_an_equal_share_and_the_thread_keeps_its_minimum() {
    let mut world = owning(4, 1_003);
    let shares: Vec<u64> = [3, 1, 4, 2].map(|leaver| world.leave(leaver).share).to_vec();
    assert_eq!(shares, [250, 251, 251, 251 - KEPT]);
    assert_eq!(world.thread.token_balance.get(), KEPT);
    world.assert_conserved();
}

#[test]
fn a_thread_below_its_minimum_keeps_all_it_has() {
    for (balance, share) in [(0, 0), (KEPT - 1, 0), (KEPT, 0), (KEPT + 1, 1)] {
        let mut world = owning(1, balance);
        assert_eq!(world.leave(1).share, share, "of {balance}");
        assert_eq!(world.thread.token_balance.get(), balance - share);
    }
}

#[test]
fn the_last_one_to_leave_archives_the_thread() {
    let mut world = owning(3, 1_000);
    for leaver in [1, 3] {
        assert!(!world.leave(leaver).archived);
        assert!(!world.thread.is_archived());
    }
    assert_eq!(world.leave(2), Left { member: 1, share: 324, claimed: 0, archived: true });
    assert!(world.thread.is_archived() && world.thread.seats.is_empty());
    assert_eq!(world.thread.seats, Seats::zeroed());
}

#[test]
fn who_leaves_last_leaves_open_proposals_behind() {
    let mut world = World::new(UNANIMOUS);
    world.propose(wallet(2), hash(5), 300, START).unwrap();
    world.leave(1);
    assert_eq!((world.thread.escrow.get(), world.thread.open_proposals.get()), (300, 1));
    world.assert_conserved();
}

#[test]
fn nobody_leaves_before_the_cooldown_is_over() {
    let mut world = owning(2, 1_000);
    for early in [START - 1, START, START + COOLDOWN - 1] {
        assert_eq!(refusal(world.try_leave(1, early)), ChoraleError::CooldownRunning);
    }
    world.try_leave(1, START + COOLDOWN).unwrap();
}

#[test]
fn the_cooldown_runs_from_when_one_joined() {
    let mut world = owning(1, 1_000);
    world.thread.seat(wallet(2), START + 30).unwrap();
    let refused = refusal(world.try_leave(2, START + COOLDOWN));
    assert_eq!(refused, ChoraleError::CooldownRunning);
    world.try_leave(1, START + COOLDOWN).unwrap();
    world.try_leave(2, START + 30 + COOLDOWN).unwrap();
}

#[test]
fn only_a_co_author_leaves_and_only_once() {
    let mut world = owning(2, 1_000);
    assert_eq!(refusal(world.try_leave(9, START + COOLDOWN)), ChoraleError::NotCoAuthor);
    world.leave(2);
    assert_eq!(refusal(world.try_leave(2, START + COOLDOWN)), ChoraleError::NotCoAuthor);
    assert_eq!(world.thread.token_balance.get(), 500);
}

#[test]
fn a_payout_that_does_not_fit_is_refused() {
    let left = Left { member: 0, share: u64::MAX - 1, claimed: 1, archived: false };
    assert_eq!(left.payout(0), Ok(u64::MAX));
    assert_eq!(refusal(Left { claimed: 2, ..left }.payout(0)), ChoraleError::Overflow);
}

#[test]
fn a_pause_keeps_nobody_in() {
    let mut world = owning(1, 1_000);
    reward(&mut world, 1, 5);
    world.config.paused = 1;
    assert_eq!(world.leave(1).payout(0), Ok(1_000 - KEPT + 5));
}

#[test]
fn who_leaves_gets_at_least_what_they_ask_for() {
    let left = Left { member: 0, share: 300, claimed: 5, archived: false };
    assert_eq!(left.payout(305), Ok(305));
    assert_eq!(refusal(left.payout(306)), ChoraleError::PayoutTooLow);
}
