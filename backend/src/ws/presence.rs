//! Who is in a room, for those who want to know.
//!
//! [`Attendance`] is what is told: the connections of this process, and of the other backends where Redis has them.
//! [`Presence`] keeps which rooms have to be counted again, and holds that back for a second, so that many who come and
//! go at once are one frame.

use crate::shared::Crowd;
use chorale_domain::id::Wallet;
use chorale_wire::socket::{Room, ServerFrame};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;
use tokio::time::Instant;

/// How long a change is held back.
const DEBOUNCE: Duration = Duration::from_secs(1);

/// Wallets that are listed.
const LISTED: usize = 100;

/// Counts connections by whose they are.
pub(crate) fn crowd(connections: impl Iterator<Item = Wallet>) -> Crowd {
    let mut clients = 0;
    let wallets: BTreeSet<_> = connections.inspect(|_| clients += 1).collect();
    Crowd { clients, wallets: wallets.into_iter().take(LISTED).collect() }
}

/// Who is in a room.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Attendance {
    clients: usize,
    /// Each once, sorted, the first of them only where there are many.
    wallets: Vec<Wallet>,
}

impl Attendance {
    /// Of those here and those elsewhere.
    pub(crate) fn of(here: &Crowd, elsewhere: &Crowd) -> Self {
        let wallets = here.wallets.union(&elsewhere.wallets).take(LISTED).copied().collect();
        Self { clients: here.clients.saturating_add(elsewhere.clients), wallets }
    }

    pub(crate) fn frame(&self, room: Room) -> ServerFrame {
        ServerFrame::Presence { room, clients: self.clients, wallets: self.wallets.clone() }
    }
}

/// Rooms that someone entered or left since it was told who is in them.
#[derive(Default)]
pub(crate) struct Presence(HashMap<Room, Instant>);

impl Presence {
    /// Someone entered or left a room.
    pub(crate) fn changed(&mut self, room: Room, now: Instant) {
        self.0.entry(room).or_insert(now);
    }

    /// Takes out the rooms whose change has been held back long enough.
    pub(crate) fn due(&mut self, now: Instant) -> Vec<Room> {
        self.0.extract_if(|_, since| now.duration_since(*since) >= DEBOUNCE).map(|(room, _)| room).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_held_back_for_a_second_from_the_first() {
        let (mut presence, start) = (Presence::default(), Instant::now());
        presence.changed(Room::Lobby, start);
        presence.changed(Room::Lobby, start + DEBOUNCE / 2);
        assert_eq!(presence.due(start + DEBOUNCE / 2), []);
        assert_eq!(presence.due(start + DEBOUNCE), [Room::Lobby]);
        assert_eq!(presence.due(start + 2 * DEBOUNCE), []);
    }

    #[test]
    fn a_wallet_with_two_connections_is_listed_once_and_many_wallets_are_cut_off() {
        let nobody = Crowd::default();
        let twice = crowd([Wallet([2; 32]), Wallet([1; 32]), Wallet([2; 32])].into_iter());
        let attendance = Attendance::of(&twice, &nobody);
        assert_eq!((attendance.clients, attendance.wallets), (3, vec![Wallet([1; 32]), Wallet([2; 32])]));
        let many = Attendance::of(&nobody, &crowd((0..=u8::MAX).map(|n| Wallet([n; 32]))));
        assert_eq!((many.clients, many.wallets.len()), (256, LISTED));
    }

    #[test]
    fn a_wallet_that_is_here_and_elsewhere_is_listed_once() {
        let (here, elsewhere) = ([Wallet([1; 32])], [Wallet([1; 32]), Wallet([2; 32])]);
        let attendance = Attendance::of(&crowd(here.into_iter()), &crowd(elsewhere.into_iter()));
        assert_eq!((attendance.clients, attendance.wallets), (3, vec![Wallet([1; 32]), Wallet([2; 32])]));
    }
}
