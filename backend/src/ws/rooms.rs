//! Who is in which room, and what each room was told last. Nothing here waits for anything.

use super::outbox::{ClientId, Outbox, text};
use axum::extract::ws::Utf8Bytes;
use chorale_store::{Record, Snapshot, StoredEvent};
use chorale_wire::socket::{Mark, RemovedEntity, Room, ServerFrame, VersionedEntity};
use std::collections::HashMap;

/// Rooms with someone in them.
#[derive(Default)]
pub(crate) struct OpenRooms(HashMap<Room, OpenRoom>);

struct OpenRoom {
    /// The last frame's, or the snapshot's that the room began with: what the next event follows.
    last: Mark,
    /// The room's state as of `last`, serialized, until an event or a retraction makes it old.
    snapshot: Option<Utf8Bytes>,
    clients: HashMap<ClientId, Outbox>,
}

impl OpenRooms {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many have someone in them.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Those with someone in them.
    pub(crate) fn open(&self) -> Vec<Room> {
        self.0.keys().copied().collect()
    }

    /// Whether the outbox of some client is more than half full.
    pub(crate) fn is_crowded(&self) -> bool {
        self.0.values().flat_map(|open| open.clients.values()).any(Outbox::is_crowded)
    }

    /// How many frames wait for the client that has most waiting.
    pub(crate) fn deepest(&self) -> usize {
        let clients = self.0.values().flat_map(|open| open.clients.values());
        clients.map(Outbox::waiting).max().unwrap_or(0)
    }

    /// Lets a client in where the room's snapshot is at hand. False where it is not.
    pub(crate) fn join_at_hand(&mut self, room: Room, client: &Outbox) -> bool {
        let Some(open) = self.0.get_mut(&room) else { return false };
        let Some(snapshot) = open.snapshot.clone() else { return false };
        self.admit(room, client, snapshot);
        true
    }

    /// Lets a client in with a snapshot. Every event up to the snapshot's cursor must have been published.
    pub(crate) fn join(&mut self, room: Room, client: &Outbox, snapshot: Snapshot) {
        let Snapshot { mark, entities } = snapshot;
        let open = self.0.entry(room).or_insert_with(|| OpenRoom::new(mark));
        let Mark { cursor, tag } = open.last;
        let frame = text(&ServerFrame::Snapshot { room, cursor, tag, entities });
        open.snapshot = Some(frame.clone());
        self.admit(room, client, frame);
    }

    /// Lets a client in that has everything up to `after`, with what it missed up to `until`. Every event up to there
    /// must have been published.
    pub(crate) fn resume(
        &mut self,
        room: Room,
        client: &Outbox,
        missed: &[StoredEvent],
        (after, until): (Mark, Mark),
    ) {
        let Mark { cursor, tag } = until;
        let mut previous = after.cursor;
        for stored in missed {
            let part = Part::of(room, stored);
            if !part.is_nothing_to(room) {
                client.push(text(&part.frame(room, stored, previous)));
                previous = stored.sequence;
            }
        }
        if client.push(text(&ServerFrame::Resumed { room, cursor, tag })) {
            let open = self.0.entry(room).or_insert_with(|| OpenRoom::new(until));
            open.clients.insert(client.client, client.clone());
        } else {
            self.leave(room, client.client);
        }
    }

    /// Gives every client in a room its state anew; what comes next follows that.
    pub(crate) fn renew(&mut self, room: Room, snapshot: Snapshot) {
        let Some(open) = self.0.get_mut(&room) else { return };
        let Snapshot { mark, entities } = snapshot;
        let Mark { cursor, tag } = mark;
        let frame = text(&ServerFrame::Snapshot { room, cursor, tag, entities });
        (open.last, open.snapshot) = (mark, Some(frame.clone()));
        open.clients.retain(|_, client| client.push(frame.clone()));
        if open.clients.is_empty() {
            self.0.remove(&room);
        }
    }

    fn admit(&mut self, room: Room, client: &Outbox, snapshot: Utf8Bytes) {
        if !client.push(snapshot) {
            self.leave(room, client.client);
        } else if let Some(open) = self.0.get_mut(&room) {
            open.clients.insert(client.client, client.clone());
        }
    }

    /// Takes a client out of a room; the last one closes it.
    pub(crate) fn leave(&mut self, room: Room, client: ClientId) {
        if let Some(open) = self.0.get_mut(&room) {
            open.clients.remove(&client);
            if open.clients.is_empty() {
                self.0.remove(&room);
            }
        }
    }

    /// Tells every client in the event's rooms that it happened, or that it is taken back.
    pub(crate) fn publish(&mut self, stored: &StoredEvent) {
        let thread = stored.record.event().event.thread().map(Room::Thread);
        for room in thread.into_iter().chain([Room::Lobby]) {
            self.publish_in(room, stored);
        }
    }

    fn publish_in(&mut self, room: Room, stored: &StoredEvent) {
        let Some(open) = self.0.get_mut(&room) else { return };
        // It was in the store before the room's snapshot was taken.
        if stored.sequence <= open.last.cursor {
            return;
        }
        let part = Part::of(room, stored);
        if part.is_nothing_to(room) {
            return;
        }
        let frame = text(&part.frame(room, stored, open.last.cursor));
        (open.last, open.snapshot) = (stored.mark(), None);
        open.clients.retain(|_, client| client.push(frame.clone()));
        if open.clients.is_empty() {
            self.0.remove(&room);
        }
    }
}

impl OpenRoom {
    fn new(last: Mark) -> Self {
        Self { last, snapshot: None, clients: HashMap::new() }
    }
}

/// A room's part in what an event changed, or its retraction.
struct Part {
    changes: Vec<VersionedEntity>,
    removed: Vec<RemovedEntity>,
}

impl Part {
    fn of(room: Room, stored: &StoredEvent) -> Self {
        let changes = stored.changes.iter().filter(|change| room.holds(&change.key));
        let removed = stored.removed.iter().filter(|removed| room.holds(&removed.key));
        Self { changes: changes.cloned().collect(), removed: removed.copied().collect() }
    }

    /// What happens inside threads is no news to the lobby.
    fn is_nothing_to(&self, room: Room) -> bool {
        room == Room::Lobby && self.changes.is_empty() && self.removed.is_empty()
    }

    fn frame(self, room: Room, stored: &StoredEvent, previous: i64) -> ServerFrame {
        let Self { changes, removed } = self;
        let Mark { cursor, tag } = stored.mark();
        match stored.record.clone() {
            Record::Happened(event) => {
                let commitment = stored.commitment;
                ServerFrame::Event { room, cursor, tag, previous, commitment, event, changes }
            }
            Record::Retracted { sequence: retracts, event } => {
                let restored = changes;
                ServerFrame::Retracted { room, cursor, tag, previous, retracts, event, restored, removed }
            }
        }
    }
}
