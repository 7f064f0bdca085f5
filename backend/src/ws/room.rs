//! One room with someone in it.

use super::happening::Happening;
use super::outbox::{ClientId, Frame, Outbox};
use super::presence::{Attendance, crowd};
use crate::shared::Crowd;
use chorale_domain::id::Wallet;
use chorale_store::{Finality, Record};
use chorale_wire::Problem;
use chorale_wire::socket::{Commitment, Mark, Room, ServerFrame, VersionedEntity};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Events of a room that are told of one by one when they become final; of more than these the last alone is.
const UNSETTLED: usize = 1024;

/// A client in a room.
pub(crate) struct Guest {
    pub(crate) outbox: Outbox,
    pub(crate) wallet: Wallet,
    /// Whether it wants to know who is there.
    pub(crate) presence: bool,
}

pub(crate) struct OpenRoom {
    room: Room,
    /// The last frame's, or the snapshot's that the room began with: what the next event follows.
    last: Mark,
    /// The room's state as of `last`, serialized, until something makes it old.
    snapshot: Option<Arc<Frame>>,
    guests: HashMap<ClientId, Guest>,
    /// Cursors of what was told and may still be taken back.
    unsettled: VecDeque<i64>,
    /// Who was there when it was told last.
    attendance: Option<Attendance>,
}

impl OpenRoom {
    /// A room that goes on from `last`, where everything up to `finalized` is final.
    pub(crate) fn new(room: Room, last: Mark, finalized: i64) -> Self {
        let unsettled = (finalized < last.cursor).then_some(last.cursor).into_iter().collect();
        Self { room, last, snapshot: None, guests: HashMap::new(), unsettled, attendance: None }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.guests.is_empty()
    }

    pub(crate) fn outboxes(&self) -> impl Iterator<Item = &Outbox> {
        self.guests.values().map(|guest| &guest.outbox)
    }

    /// The room's state, serialized, if nothing has happened since.
    pub(crate) fn snapshot(&self) -> Option<Arc<Frame>> {
        self.snapshot.clone()
    }

    /// Keeps the room's state, serialized. It follows what the room was told last, so that the `previous` of the next
    /// event is the same number for those who just came and those who were there.
    pub(crate) fn keep_snapshot(&mut self, finalized: i64, entities: Vec<VersionedEntity>) -> Arc<Frame> {
        let Mark { cursor, tag } = self.last;
        let frame = ServerFrame::Snapshot { room: self.room, cursor, tag, finalized, entities };
        self.snapshot.insert(Frame::of(&frame)).clone()
    }

    /// Someone comes who has everything up to `last` by these frames. What comes next follows that, also for those who
    /// have gone further without that anything happened here.
    pub(crate) fn begin_with(&mut self, frames: &[Arc<Frame>], last: Mark, finalized: i64) {
        if self.last.cursor > last.cursor {
            self.last = last;
        }
        // Nothing was after it.
        if let [state] = frames {
            self.snapshot = Some(state.clone());
        }
        self.expect(last.cursor, finalized);
    }

    /// Someone is at a cursor that may not be final yet, and is told once it is, even if nothing
    /// happens here.
    pub(crate) fn expect(&mut self, cursor: i64, finalized: i64) {
        if finalized < cursor && self.unsettled.back().is_none_or(|last| *last < cursor) {
            self.wait_for(cursor);
        }
    }

    pub(crate) fn admit(&mut self, guest: Guest) {
        self.guests.insert(guest.outbox.client(), guest);
    }

    pub(crate) fn dismiss(&mut self, client: ClientId) {
        self.guests.remove(&client);
    }

    /// Everyone gets the state anew; what comes next follows that.
    pub(crate) fn renew(&mut self, mark: Mark, finalized: i64, entities: Vec<VersionedEntity>) {
        self.last = mark;
        self.unsettled = (finalized < mark.cursor).then_some(mark.cursor).into_iter().collect();
        let frame = self.keep_snapshot(finalized, entities).anew(self.room);
        self.tell(&frame);
    }

    /// Everyone is told why there is nothing more to be told here, and is out.
    pub(crate) fn close(&mut self, problem: Problem) {
        let frame = ServerFrame::Error { id: None, problem, room: Some(self.room) };
        self.tell(&Frame::of(&frame).anew(self.room));
        self.guests.clear();
    }

    /// Everyone is told what happened, if it is news here.
    pub(crate) fn publish(&mut self, happening: &Happening) {
        let stored = &happening.stored;
        // It was in the store before the room's snapshot was taken.
        if stored.sequence <= self.last.cursor {
            return;
        }
        let Some(frame) = delta(self.room, happening, self.last.cursor) else { return };
        (self.last, self.snapshot) = (stored.mark(), None);
        if stored.commitment == Commitment::Confirmed {
            self.wait_for(stored.sequence);
        }
        self.tell(&Frame::of(&frame));
    }

    fn wait_for(&mut self, cursor: i64) {
        if self.unsettled.len() == UNSETTLED {
            self.unsettled.pop_back();
        }
        self.unsettled.push_back(cursor);
    }

    /// Whether something that was told here may still be taken back.
    pub(crate) fn is_unsettled(&self) -> bool {
        !self.unsettled.is_empty()
    }

    /// Everyone is told how far the room is final, if that is further than before.
    pub(crate) fn settle(&mut self, Finality { through, slot }: Finality) {
        let settled = self.unsettled.partition_point(|cursor| *cursor <= through);
        if settled > 0 {
            self.unsettled.drain(..settled);
            self.snapshot = None;
            self.tell(&Frame::of(&ServerFrame::Finalized { room: self.room, through, slot }));
        }
    }

    /// Who is there by way of this process.
    pub(crate) fn crowd(&self) -> Crowd {
        crowd(self.guests.values().map(|guest| guest.wallet))
    }

    /// Clients that just came are told who is there at once.
    pub(crate) fn tell_attendance_to(&mut self, clients: &[&Outbox], elsewhere: &Crowd) {
        let attendance = Attendance::of(&self.crowd(), elsewhere);
        let frame = Frame::of(&attendance.frame(self.room));
        for client in clients {
            client.push(frame.clone());
        }
        // Others who want to know hear of the change once it has been held back.
        self.attendance.get_or_insert(attendance);
    }

    /// Those who want to know are told who is there, if others are than before.
    pub(crate) fn tell_attendance(&mut self, elsewhere: &Crowd) {
        if !self.guests.values().any(|guest| guest.presence) {
            self.attendance = None;
            return;
        }
        let attendance = Attendance::of(&self.crowd(), elsewhere);
        if self.attendance.as_ref() == Some(&attendance) {
            return;
        }
        let frame = Frame::of(&attendance.frame(self.room));
        self.attendance = Some(attendance);
        self.guests.retain(|_, guest| !guest.presence || guest.outbox.push(frame.clone()));
    }

    /// Whoever cannot take it is out.
    fn tell(&mut self, frame: &Arc<Frame>) {
        self.guests.retain(|_, guest| guest.outbox.push(frame.clone()));
    }
}

/// What a room is told of what happened; nothing where it is no news there.
pub(crate) fn delta(room: Room, happening: &Happening, previous: i64) -> Option<ServerFrame> {
    let (changes, removed) = (happening.changes(room), happening.removed(room));
    // What happens inside threads is none of the lobby's business, and to a wallet only what is its own is.
    if !matches!(room, Room::Thread(_)) && changes.is_empty() && removed.is_empty() {
        return None;
    }
    let stored = &happening.stored;
    let (Mark { cursor, tag }, commitment) = (stored.mark(), stored.commitment);
    Some(match stored.record.clone() {
        Record::Happened(event) => {
            ServerFrame::Event { room, cursor, tag, previous, commitment, event, changes, removed }
        }
        Record::Retracted { sequence: retracts, event } => {
            let restored = changes;
            ServerFrame::Retracted { room, cursor, tag, previous, retracts, event, restored, removed }
        }
    })
}
