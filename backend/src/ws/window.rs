//! What a client that promised to acknowledge deltas has not acknowledged yet.

use super::outbox::{About, Frame};
use chorale_wire::socket::Room;
use std::collections::{BTreeSet, VecDeque};

/// The deltas under way to a client, at most so many at a time. Empty, and free, for clients that promise nothing.
pub(crate) struct Window {
    size: usize,
    rooms: BTreeSet<Room>,
    unacked: VecDeque<(Room, i64)>,
}

impl Window {
    /// For `size` deltas, at least one.
    pub(crate) fn new(size: usize) -> Self {
        Self { size: size.max(1), rooms: BTreeSet::new(), unacked: VecDeque::new() }
    }

    /// A subscription to a room begins, with the promise or without it.
    pub(crate) fn begin(&mut self, room: Room, acks: bool) {
        self.end(room);
        if acks {
            self.rooms.insert(room);
        }
    }

    /// A subscription ends: its deltas are waited for no longer.
    pub(crate) fn end(&mut self, room: Room) {
        self.rooms.remove(&room);
        self.forget(room);
    }

    /// A frame goes out.
    pub(crate) fn sent(&mut self, frame: &Frame) {
        match frame.about {
            About::Delta(room, cursor) if self.rooms.contains(&room) => {
                self.unacked.push_back((room, cursor));
            }
            // It takes the place of everything before it, whose cursors may be another store's.
            About::State(room) | About::Anew(room) => self.forget(room),
            _ => {}
        }
    }

    /// The client is done with a room's deltas up to a cursor.
    pub(crate) fn acked(&mut self, room: Room, cursor: i64) {
        self.unacked.retain(|(of, sent)| *of != room || *sent > cursor);
    }

    fn forget(&mut self, room: Room) {
        self.unacked.retain(|(of, _)| *of != room);
    }

    /// Whether nothing more may go out before an `ack`.
    pub(crate) fn is_full(&self) -> bool {
        self.unacked.len() >= self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chorale_domain::id::ThreadId;
    use tokio_websockets::Message;

    const THREAD: Room = Room::Thread(ThreadId([1; 32]));

    fn delta(room: Room, cursor: i64) -> Frame {
        Frame { message: Message::text(""), about: About::Delta(room, cursor) }
    }

    #[test]
    fn a_full_window_opens_with_an_ack_and_not_with_one_of_another_room() {
        let mut window = Window::new(2);
        window.begin(THREAD, true);
        window.sent(&delta(THREAD, 4));
        window.sent(&delta(THREAD, 9));
        assert!(window.is_full());
        window.acked(Room::Lobby, 9);
        window.acked(THREAD, 3);
        assert!(window.is_full(), "neither was for what is under way");
        window.acked(THREAD, 4);
        assert!(!window.is_full());
    }

    #[test]
    fn whoever_promises_nothing_is_waited_for_in_nothing() {
        let mut window = Window::new(1);
        window.begin(THREAD, false);
        window.sent(&delta(THREAD, 4));
        window.sent(&Frame { message: Message::text(""), about: About::Other });
        assert!(!window.is_full());
    }

    #[test]
    fn a_rooms_state_takes_the_place_of_what_was_not_acknowledged_and_the_promise_stands() {
        for about in [About::State(THREAD), About::Anew(THREAD)] {
            let mut window = Window::new(1);
            window.begin(THREAD, true);
            window.sent(&delta(THREAD, 9));
            window.sent(&Frame { message: Message::text(""), about });
            assert!(!window.is_full(), "{about:?} came after it");
            window.sent(&delta(THREAD, 4));
            assert!(window.is_full());
        }
    }

    #[test]
    fn what_was_under_way_of_a_room_that_is_left_is_forgotten() {
        let mut window = Window::new(1);
        window.begin(THREAD, true);
        window.sent(&delta(THREAD, 4));
        window.end(THREAD);
        assert!(!window.is_full());
    }
}
