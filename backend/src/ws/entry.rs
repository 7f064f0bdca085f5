//! A client that wants into a room.

use super::outbox::Outbox;
use chorale_domain::id::Wallet;
use chorale_wire::Problem;
use chorale_wire::socket::{Room, ServerFrame, Subscription};

/// Frames that who comes in is told at most: a state, and what happened after it.
const MOST_SINCE: usize = 64;

/// A client that wants into a room, and how.
pub(crate) struct Entry {
    pub(crate) client: Outbox,
    pub(crate) wallet: Wallet,
    /// The request's, for the answer.
    pub(crate) id: Option<u64>,
    pub(crate) subscription: Subscription,
}

impl Entry {
    pub(crate) fn room(&self) -> Room {
        self.subscription.room
    }

    /// Whether it may be told so many frames at once: a state, and what happened after it. The rest of the
    /// client's outbox is for what happens meanwhile.
    pub(crate) fn takes(&self, frames: usize) -> bool {
        frames <= MOST_SINCE && frames <= (self.client.room() / 2).max(1)
    }

    /// Answers that the room is followed. False if the client cannot take it.
    pub(crate) fn tell_subscribed(&self) -> bool {
        self.client.tell(&ServerFrame::Subscribed { id: self.id, room: self.room() })
    }

    /// Answers why not. A client that cannot take that is on its way out.
    pub(crate) fn refuse(&self, problem: Problem) {
        let (id, room) = (self.id, Some(self.room()));
        self.client.tell(&ServerFrame::Error { id, problem, room });
    }
}
