//! Who sits where.

use super::*;
use proptest::prelude::*;

fn member(number: u8) -> Member {
    Member {
        wallet: wallet(number),
        claimable: u64::from(number).into(),
        joined_at: i64::from(number).into(),
        number: u32::from(number).into(),
    }
}

/// Members 1 to `count`, in seats 0 to `count - 1`.
fn taken_by(count: u8) -> Seats {
    let mut seats = Seats::zeroed();
    for number in 1..=count {
        seats.take(member(number)).unwrap();
    }
    seats
}

/// The wallets' numbers by seat, zero for a free one.
fn plan(seats: &Seats) -> Vec<u8> {
    seats.up_to_last().iter().map(|member| member.wallet.as_array()[0]).collect()
}

#[test]
fn seats_are_taken_in_order() {
    for count in 0..=32 {
        let seats = taken_by(count);
        assert_eq!((seats.count, seats.used, seats.len()), (count, count, u32::from(count)));
        assert_eq!(plan(&seats), (1..=count).collect::<Vec<_>>());
        assert_eq!(seats.is_empty(), count == 0, "{count} seats taken");
        assert_eq!(seats.is_full(), count == 32, "{count} seats taken");
    }
}

#[test]
fn there_is_no_thirty_third_seat() {
    let mut seats = taken_by(32);
    let full = seats;
    assert_eq!(refusal(seats.take(member(33))), ChoraleError::ThreadFull);
    assert_eq!(seats, full);
}

#[test]
fn a_co_author_is_found_and_a_stranger_is_not() {
    let seats = taken_by(3);
    assert_eq!(seats.position(&wallet(1)), Ok(0));
    assert_eq!(seats.position(&wallet(3)), Ok(2));
    assert_eq!(seats.of(&wallet(2)), Ok(&member(2)));
    assert_eq!(refusal(seats.position(&wallet(4))), ChoraleError::NotCoAuthor);
    assert_eq!(refusal(seats.of(&wallet(4))), ChoraleError::NotCoAuthor);
}

#[test]
fn whoever_left_is_found_no_more_and_the_others_stay_where_they_are() {
    let mut seats = taken_by(4);
    assert_eq!(seats.leave(1), member(2));
    assert_eq!(plan(&seats), [1, 0, 3, 4]);
    assert_eq!((seats.count, seats.used), (3, 4));
    assert_eq!(seats.members[1].number, Member::NOBODY);
    assert_eq!(refusal(seats.position(&wallet(2))), ChoraleError::NotCoAuthor);
    assert_eq!(seats.position(&wallet(4)), Ok(3));
    let numbers: Vec<u32> = seats.taken().map(|member| member.number.get()).collect();
    assert_eq!(numbers, [1, 3, 4], "free seats are no co-authors");
}

#[test]
fn the_first_free_seat_is_given_away_again() {
    let mut seats = taken_by(4);
    seats.leave(2);
    seats.leave(1);
    seats.take(member(5)).unwrap();
    assert_eq!(plan(&seats), [1, 5, 0, 4]);
    seats.take(member(6)).unwrap();
    seats.take(member(7)).unwrap();
    assert_eq!(plan(&seats), [1, 5, 6, 4, 7]);
}

#[test]
fn a_seat_that_became_free_in_a_full_thread_is_the_next_ones() {
    let mut seats = taken_by(32);
    seats.leave(17);
    assert!(!seats.is_full());
    seats.take(member(33)).unwrap();
    assert_eq!(seats.position(&wallet(33)), Ok(17));
    assert_eq!(refusal(seats.take(member(34))), ChoraleError::ThreadFull);
}

#[test]
fn free_seats_at_the_end_are_forgotten() {
    let mut seats = taken_by(4);
    seats.leave(1);
    seats.leave(2);
    assert_eq!((seats.count, seats.used), (2, 4));
    seats.leave(3);
    assert_eq!((seats.count, seats.used), (1, 1));
    assert_eq!(seats, taken_by(1), "equal seats are equal bytes");
}

#[test]
fn seats_that_everyone_left_are_zero_again() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]] {
        let mut seats = taken_by(3);
        for seat in order {
            assert!(!seats.is_empty());
            seats.leave(seat);
        }
        assert!(seats.is_empty());
        assert_eq!(seats, Seats::zeroed(), "left in the order {order:?}");
    }
}

#[test]
fn a_count_that_promises_a_free_seat_where_none_is_is_refused() {
    let mut seats = Seats { count: 2, ..taken_by(3) };
    assert_eq!(refusal(seats.take(member(4))), ChoraleError::InvariantBroken);
}

#[test]
fn more_seats_in_use_than_there_are_is_read_as_all_of_them() {
    let mut seats = Seats { used: 200, ..taken_by(32) };
    assert_eq!(seats.up_to_last().len(), 32);
    assert_eq!(seats.up_to_last_mut().len(), 32);
    assert_eq!(seats.taken().count(), 32);
}

/// Seats as a list with gaps.
#[derive(Default)]
struct List(Vec<Option<u8>>);

impl List {
    fn take(&mut self, number: u8) -> bool {
        match self.0.iter().position(Option::is_none) {
            Some(gap) => self.0[gap] = Some(number),
            None if self.0.len() == 32 => return false,
            None => self.0.push(Some(number)),
        }
        true
    }

    fn leave(&mut self, seat: usize) {
        self.0[seat] = None;
        while self.0.last() == Some(&None) {
            self.0.pop();
        }
    }

    fn plan(&self) -> Vec<u8> {
        self.0.iter().map(|number| number.unwrap_or(0)).collect()
    }
}

proptest! {
    #[test]
    fn seats_are_a_list_with_gaps(steps in proptest::collection::vec((0_u8..5, 0_usize..32), 0..200)) {
        let (mut seats, mut list, mut next) = (Seats::zeroed(), List::default(), 1);
        for (step, seat) in steps {
            if step > 1 {
                prop_assert_eq!(seats.take(member(next)).is_ok(), list.take(next));
                next += 1;
            } else if list.0.get(seat).is_some_and(Option::is_some) {
                prop_assert_eq!(Some(seats.leave(seat).wallet.as_array()[0]), list.0[seat]);
                list.leave(seat);
            }
            prop_assert_eq!(plan(&seats), list.plan());
            prop_assert_eq!(usize::from(seats.count), list.0.iter().flatten().count());
            let beyond = &seats.members[list.0.len()..];
            prop_assert!(beyond.iter().all(|member| *member == Member::zeroed()));
        }
    }
}
