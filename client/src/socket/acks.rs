//! Telling the server what was taken in, where it was promised.

use chorale_wire::socket::{ClientFrame, Room};
use std::collections::BTreeMap;

/// What was taken in and not acknowledged yet.
pub(super) struct Acks {
    /// Acknowledged at once: half of what the server sends ahead, so that it never has to wait for a client that keeps
    /// up.
    every: usize,
    count: usize,
    taken: BTreeMap<Room, i64>,
}

impl Acks {
    /// For a server that sends `window` deltas ahead.
    pub(super) fn new(window: usize) -> Self {
        Self { every: (window / 2).max(1), count: 0, taken: BTreeMap::new() }
    }

    /// A delta was taken in. Gives what is to be sent now.
    pub(super) fn taken(&mut self, room: Room, cursor: i64) -> Vec<ClientFrame> {
        self.taken.insert(room, cursor);
        self.count += 1;
        if self.count < self.every {
            return vec![];
        }
        self.count = 0;
        let taken = std::mem::take(&mut self.taken);
        taken.into_iter().map(|(room, cursor)| ClientFrame::Ack { room, cursor }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chorale_domain::id::ThreadId;

    #[test]
    fn all_rooms_together_are_acknowledged_at_half_of_what_is_sent_ahead() {
        let (thread, mut acks) = (Room::Thread(ThreadId([1; 32])), Acks::new(6));
        assert_eq!(acks.taken(thread, 4), []);
        assert_eq!(acks.taken(Room::Lobby, 5), []);
        let lobby = ClientFrame::Ack { room: Room::Lobby, cursor: 5 };
        assert_eq!(acks.taken(thread, 6), [lobby, ClientFrame::Ack { room: thread, cursor: 6 }]);
        assert_eq!(acks.taken(thread, 7), [], "and then from the beginning");
    }
}
