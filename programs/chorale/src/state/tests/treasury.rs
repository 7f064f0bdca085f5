//! The system's reserve and the vault's books.

use super::*;

fn treasury(balance: u64, held: u64) -> Treasury {
    Treasury { balance: balance.into(), held: held.into(), ..Treasury::zeroed() }
}

/// Balance and held after a change.
#[track_caller]
fn check(mut treasury: Treasury, change: impl FnOnce(&mut Treasury) -> Result<()>, expected: (u64, u64)) {
    change(&mut treasury).unwrap();
    assert_eq!((treasury.balance.get(), treasury.held.get()), expected);
}

#[test]
fn a_treasury_begins_empty() {
    let mut treasury = Treasury::zeroed();
    treasury.begin(254);
    assert_eq!((treasury.version, treasury.bump), (LAYOUT_VERSION, 254));
    assert_eq!((treasury.balance.get(), treasury.held.get()), (0, 0));
}

#[test]
fn what_comes_in_is_held_and_what_goes_out_is_not() {
    check(treasury(0, 0), |books| books.receive(5), (0, 5));
    check(treasury(3, 5), |books| books.receive(u64::MAX - 5), (3, u64::MAX));
    check(treasury(0, 5), |books| books.release(5), (0, 0));
    check(treasury(3, 5), |books| books.release(2), (3, 3));
    check(treasury(3, 5), |books| books.release(0), (3, 5));
}

#[test]
fn the_reserve_grows_by_what_is_earned_up_to_all_that_is_held() {
    check(treasury(0, 5), |books| books.earn(5), (5, 5));
    check(treasury(2, 5), |books| books.earn(2), (4, 5));
    check(treasury(0, u64::MAX), |books| books.earn(u64::MAX), (u64::MAX, u64::MAX));
}

#[test]
fn the_reserve_shrinks_by_what_is_withdrawn_down_to_nothing() {
    check(treasury(3, 5), |books| books.withdraw(1), (2, 5));
    check(treasury(3, 5), |books| books.withdraw(3), (0, 5));
    check(treasury(3, 5), |books| books.withdraw(3).and_then(|()| books.release(3)), (0, 2));
}

#[test]
fn what_the_books_cannot_hold_is_refused_by_name() {
    let refused: [(&str, Result<()>, ChoraleError); 8] = [
        ("receive", treasury(0, u64::MAX).receive(1), ChoraleError::Overflow),
        ("release more than is held", treasury(0, 5).release(6), ChoraleError::Overflow),
        ("release the reserve", treasury(3, 5).release(3), ChoraleError::InvariantBroken),
        ("earn beyond all numbers", treasury(1, u64::MAX).earn(u64::MAX), ChoraleError::Overflow),
        ("earn more than is held", treasury(3, 5).earn(3), ChoraleError::InvariantBroken),
        ("withdraw nothing", treasury(3, 5).withdraw(0), ChoraleError::NothingToWithdraw),
        ("withdraw too much", treasury(3, 5).withdraw(4), ChoraleError::TreasuryTooLow),
        ("withdraw from nothing", treasury(0, 5).withdraw(1), ChoraleError::TreasuryTooLow),
    ];
    for (name, result, expected) in refused {
        assert_eq!(refusal(result), expected, "{name}");
    }
}

#[test]
fn the_vault_covers_what_is_held_or_more() {
    for amount in [5, 6, u64::MAX] {
        assert_eq!(treasury(3, 5).invariant(amount), Ok(()));
    }
    for amount in [0, 4] {
        assert_eq!(refusal(treasury(3, 5).invariant(amount)), ChoraleError::VaultShort);
    }
}
