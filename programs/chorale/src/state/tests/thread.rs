//! A thread's beginning, its log and its seats.

use super::*;
use chorale_domain::content_log::{ContentLog, MAX_COUNT, MAX_PEAKS};

fn publish(thread: &mut Thread, content: [u8; 32], author: u8, now: i64) -> Result<u64> {
    thread.active()?.publish(&content, &wallet(author), now)
}

#[test]
fn a_thread_begins_with_its_creator_in_seat_and_number_zero() {
    let thread = begun(5_000);
    assert_eq!((thread.version, thread.id, thread.creator), (LAYOUT_VERSION, [7; 32], wallet(1)));
    assert_eq!((thread.created_at.get(), thread.updated_at.get()), (START, START));
    assert_eq!((thread.approval_bps.get(), thread.next_member.get(), thread.seats.len()), (5_000, 1, 1));
    let creator = Member { wallet: wallet(1), joined_at: START.into(), ..Member::zeroed() };
    assert_eq!(thread.members().collect::<Vec<_>>(), [&creator]);
    assert_eq!((thread.token_balance.get(), thread.escrow.get(), thread.log_count.get()), (0, 0, 0));
    assert!(!thread.is_archived());
}

#[test]
fn a_status_is_active_archived_or_none() {
    for status in 0..=u8::MAX {
        let mut thread = Thread { status, ..begun(UNANIMOUS) };
        assert_eq!(thread.is_archived(), status == 2, "status {status}");
        match thread.state() {
            Ok(ThreadState::Active(_)) => assert_eq!(status, 1),
            Ok(ThreadState::Archived) => assert_eq!(status, 2),
            refused => {
                assert!(status == 0 || status > 2, "status {status}");
                assert_eq!(refusal(refused), ChoraleError::InvariantBroken);
            }
        }
    }
}

#[test]
fn a_co_authors_messages_enter_the_log_in_order() {
    let (mut thread, mut log) = (begun(UNANIMOUS), ContentLog::default());
    thread.seat(wallet(2), START).unwrap();
    for n in 1..=20 {
        let (author, now) = (1 + n % 2, START + i64::from(n));
        let sequence = publish(&mut thread, hash(n), author, now).unwrap();
        assert_eq!(Ok(sequence), log.append(&hash(n), wallet(author).as_array()));
        assert_eq!(ContentLog::from_parts(thread.log_count.get(), thread.log_peaks), log);
        assert_eq!(thread.updated_at.get(), now);
    }
}

#[test]
fn what_cannot_be_published_is_refused_by_name() {
    let mut thread = begun(UNANIMOUS);
    assert_eq!(refusal(publish(&mut thread, [0; 32], 1, START)), ChoraleError::ZeroHash);
    assert_eq!(refusal(publish(&mut thread, hash(5), 2, START)), ChoraleError::NotCoAuthor);
    thread.status = 2;
    assert_eq!(refusal(publish(&mut thread, hash(5), 1, START)), ChoraleError::ThreadArchived);
    assert_eq!(thread.log_count.get(), 0);
}

#[test]
fn the_last_place_in_the_log_is_the_last() {
    let mut thread = begun(UNANIMOUS);
    thread.log_count = (MAX_COUNT - 1).into();
    assert_eq!(publish(&mut thread, hash(5), 1, START), Ok(MAX_COUNT - 1));
    assert_eq!(thread.log_count.get(), (1 << MAX_PEAKS) - 1);
    assert_eq!(refusal(publish(&mut thread, hash(6), 1, START)), ChoraleError::ContentLogFull);
}

#[test]
fn a_wallet_gets_one_seat_and_one_number() {
    let mut thread = begun(UNANIMOUS);
    assert_eq!(thread.seat(wallet(2), START + 1), Ok(1));
    assert_eq!(thread.seat(wallet(2), START + 9), Ok(1));
    assert_eq!(thread.seat(wallet(1), START + 9), Ok(0));
    assert_eq!((thread.seats.len(), thread.next_member.get()), (2, 2));
    assert_eq!(thread.seats.of(&wallet(2)).unwrap().joined_at.get(), START + 1);
}

#[test]
fn member_numbers_are_never_given_again_and_end_before_nobodys() {
    let mut thread = begun(UNANIMOUS);
    thread.next_member = (Member::NOBODY - 1).into();
    assert_eq!(thread.seat(wallet(2), START), Ok(Member::NOBODY - 1));
    assert_eq!(refusal(thread.seat(wallet(3), START)), ChoraleError::Overflow);
}

#[test]
fn a_thread_has_room_while_a_seat_and_a_place_in_the_log_are_left() {
    let mut world = World::with(31, UNANIMOUS);
    assert_eq!(world.thread.require_room(&wallet(40)), Ok(()));
    world.thread.seat(wallet(32), START).unwrap();
    assert_eq!(refusal(world.thread.require_room(&wallet(40))), ChoraleError::ThreadFull);
    assert_eq!(world.thread.require_room(&wallet(32)), Ok(()), "who has a seat needs none");
    world.fill_log(MAX_COUNT - 1);
    assert_eq!(world.thread.require_room(&wallet(32)), Ok(()));
    for count in [MAX_COUNT, MAX_COUNT + 1] {
        world.fill_log(count);
        assert_eq!(refusal(world.thread.require_room(&wallet(32))), ChoraleError::ContentLogFull);
    }
}
