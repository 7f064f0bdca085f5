//! Who is in which room, and what each room was told last. Nothing here waits for anything.

use super::outbox::{ClientId, Outbox, text};
use axum::extract::ws::Utf8Bytes;
use chorale_store::{Record, Snapshot, StoredEvent};
use chorale_wire::socket::{RemovedEntity, Room, ServerFrame, VersionedEntity};
use std::collections::HashMap;

/// Rooms with someone in them.
#[derive(Default)]
pub(crate) struct OpenRooms(HashMap<Room, OpenRoom>);

struct OpenRoom {
    /// Cursor of the last frame: what the next event follows.
    last: i64,
    /// The room's state as of `last`, serialized, until an event or a retraction makes it old.
    snapshot: Option<Utf8Bytes>,
    clients: HashMap<ClientId, Outbox>,
}

impl OpenRooms {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those with someone in them.
    pub(crate) fn open(&self) -> Vec<Room> {
        self.0.keys().copied().collect()
    }

    /// Whether the outbox of some client is more than half full.
    pub(crate) fn is_crowded(&self) -> bool {
        self.0.values().flat_map(|open| open.clients.values()).any(Outbox::is_crowded)
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
        let Snapshot { cursor, entities } = snapshot;
        let open = self.0.entry(room).or_insert_with(|| OpenRoom::new(cursor));
        let frame = text(&ServerFrame::Snapshot { room, cursor: open.last, entities });
        open.snapshot = Some(frame.clone());
        self.admit(room, client, frame);
    }

    /// Gives every client in a room its state anew; what comes next follows that.
    pub(crate) fn renew(&mut self, room: Room, snapshot: Snapshot) {
        let Some(open) = self.0.get_mut(&room) else { return };
        let Snapshot { cursor, entities } = snapshot;
        let frame = text(&ServerFrame::Snapshot { room, cursor, entities });
        (open.last, open.snapshot) = (cursor, Some(frame.clone()));
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
        if stored.sequence <= open.last {
            return;
        }
        let part = Part::of(room, stored);
        if room == Room::Lobby && part.is_empty() {
            return;
        }
        let frame = text(&open.next_frame(room, stored, part));
        open.clients.retain(|_, client| client.push(frame.clone()));
        if open.clients.is_empty() {
            self.0.remove(&room);
        }
    }
}

impl OpenRoom {
    fn new(cursor: i64) -> Self {
        Self { last: cursor, snapshot: None, clients: HashMap::new() }
    }

    fn next_frame(&mut self, room: Room, stored: &StoredEvent, part: Part) -> ServerFrame {
        let (cursor, previous) = (stored.sequence, self.last);
        self.last = cursor;
        self.snapshot = None;
        let Part { changes, removed } = part;
        match stored.record.clone() {
            Record::Happened(event) => {
                let commitment = stored.commitment;
                ServerFrame::Event { room, cursor, previous, commitment, event, changes }
            }
            Record::Retracted { sequence: retracts, event } => {
                let restored = changes;
                ServerFrame::Retracted { room, cursor, previous, retracts, event, restored, removed }
            }
        }
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

    fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.removed.is_empty()
    }
}
