//! A room's state as this client holds it: built from a snapshot, moved on by events and back by retractions, each
//! checked.

mod check;
mod error;
mod frame;
#[cfg(test)]
mod tests;

use chorale_domain::state::{Entities, EntityKey};
use chorale_wire::socket::{Mark, RemovedEntity, Room, ServerFrame, VersionedEntity};
use std::collections::BTreeMap;

pub use error::RoomError;
pub(crate) use frame::Delta;
pub use frame::{EventFrame, RetractionFrame};

/// What this client knows of a room.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoomState {
    room: Room,
    mark: Mark,
    /// Nothing up to this cursor will be taken back, by the server's word.
    finalized: i64,
    versions: BTreeMap<EntityKey, i64>,
    entities: Entities,
    /// Versions of what retractions left nothing of: created again, it must go on from there. In a wallet's room also
    /// those of what became another's, which go on unseen.
    removed: BTreeMap<EntityKey, i64>,
}

impl RoomState {
    /// Begins with a snapshot, of which nothing up to the cursor `finalized` will be taken back.
    ///
    /// # Errors
    /// [`RoomError::Foreign`] or [`RoomError::Checksum`].
    pub fn from_snapshot(
        room: Room,
        mark: Mark,
        finalized: i64,
        entities: Vec<VersionedEntity>,
    ) -> Result<Self, RoomError> {
        let (versions, removed) = (BTreeMap::new(), BTreeMap::new());
        let mut state = Self { room, mark, finalized, versions, entities: Entities::new(), removed };
        state.check_entities(&entities)?;
        state.take(entities);
        Ok(state)
    }

    /// Takes an event in; on an error nothing has changed.
    ///
    /// # Errors
    /// [`RoomError`] if the frame does not continue this state.
    pub fn apply(&mut self, frame: EventFrame) -> Result<(), RoomError> {
        self.check_place(frame.room, frame.previous, frame.mark)?;
        self.check_entities(&frame.changes)?;
        self.check_departures(&frame.removed)?;
        for change in &frame.changes {
            self.check_version(change.key, change.version)?;
        }
        self.check_rules(&frame)?;
        self.mark = frame.mark;
        self.take(frame.changes);
        self.remove(frame.removed);
        Ok(())
    }

    /// Takes an event back; on an error nothing has changed.
    ///
    /// # Errors
    /// [`RoomError`] if the frame does not continue this state, or does not lead back to one from which the event
    /// leads to this.
    pub fn retract(&mut self, frame: RetractionFrame) -> Result<(), RoomError> {
        let cursor = frame.mark.cursor;
        self.check_place(frame.room, frame.previous, frame.mark)?;
        if frame.retracts < 1 || frame.retracts >= cursor {
            return Err(RoomError::Order { cursor, retracts: frame.retracts });
        }
        if frame.retracts <= self.finalized {
            return Err(RoomError::Final { finalized: self.finalized, retracts: frame.retracts });
        }
        self.check_entities(&frame.restored)?;
        for restored in &frame.restored {
            self.check_version(restored.key, restored.version)?;
        }
        for removed in &frame.removed {
            self.check_home(&removed.key)?;
            self.check_version(removed.key, removed.version)?;
        }
        self.check_inverse(&frame)?;
        self.mark = frame.mark;
        self.take(frame.restored);
        self.remove(frame.removed);
        Ok(())
    }

    /// Takes the server's word that nothing up to a mark is missing, and nothing up to the cursor `finalized` will be
    /// taken back, for a state that went on from its own mark.
    ///
    /// # Errors
    /// [`RoomError::Gap`] if the mark is behind.
    pub fn resumed(&mut self, mark: Mark, finalized: i64) -> Result<(), RoomError> {
        if mark.cursor < self.mark.cursor {
            return Err(RoomError::Gap { previous: mark.cursor, seen: self.mark.cursor });
        }
        self.mark = mark;
        self.finalize(finalized);
        Ok(())
    }

    /// Takes the server's word that nothing up to the cursor `through` will be taken back. What was final stays so: a
    /// backend that knows less than another did is only behind.
    pub fn finalize(&mut self, through: i64) {
        self.finalized = self.finalized.max(through);
    }

    /// Takes in any frame that goes on from this state: an event, a retraction, `resumed` or `finalized`. Frames of
    /// other kinds change nothing.
    ///
    /// # Errors
    /// [`RoomError`] if it does not continue this state; then nothing has changed.
    pub fn follow(&mut self, frame: ServerFrame) -> Result<(), RoomError> {
        match frame {
            ServerFrame::Resumed { cursor, tag, finalized, .. } => {
                self.resumed(Mark { cursor, tag }, finalized)
            }
            ServerFrame::Finalized { through, .. } => {
                self.finalize(through);
                Ok(())
            }
            frame => Delta::of(frame).map_or(Ok(()), |delta| self.advance(delta)),
        }
    }

    pub(crate) fn advance(&mut self, delta: Delta) -> Result<(), RoomError> {
        match delta {
            Delta::Event(frame) => self.apply(frame),
            Delta::Retraction(frame) => self.retract(frame),
        }
    }

    /// Which room.
    #[must_use]
    pub fn room(&self) -> Room {
        self.room
    }

    /// Global sequence of the last event or retraction that is in.
    #[must_use]
    pub fn cursor(&self) -> i64 {
        self.mark.cursor
    }

    /// Nothing up to this cursor will be taken back; 0 where everything may be.
    #[must_use]
    pub fn finalized(&self) -> i64 {
        self.finalized
    }

    /// Where to go on after a break: see [`ClientFrame::Subscribe`](chorale_wire::socket::ClientFrame::Subscribe).
    #[must_use]
    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// The room's entities by key.
    #[must_use]
    pub fn entities(&self) -> &Entities {
        &self.entities
    }

    /// An entity's version, from 1.
    #[must_use]
    pub fn version(&self, key: &EntityKey) -> Option<i64> {
        self.versions.get(key).copied()
    }

    fn take(&mut self, entities: Vec<VersionedEntity>) {
        for VersionedEntity { key, version, entity, .. } in entities {
            self.versions.insert(key, version);
            self.entities.insert(key, entity);
            self.removed.remove(&key);
        }
    }

    fn remove(&mut self, entities: Vec<RemovedEntity>) {
        for RemovedEntity { key, version } in entities {
            self.versions.remove(&key);
            self.entities.remove(&key);
            self.removed.insert(key, version);
        }
    }
}
