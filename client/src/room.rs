//! A room's state as this client holds it: built from a snapshot, moved on by events, each checked.

use chorale_domain::event::{ChainEvent, Event};
use chorale_domain::id::Amount;
use chorale_domain::state::{Entities, Entity, EntityKey, Treasury};
use chorale_domain::transition::{Transition, TransitionError};
use chorale_wire::socket::{Commitment, Room, ServerFrame, VersionedEntity};
use std::collections::BTreeMap;

/// Why a frame does not continue a room's state. The remedy for all of them is a new snapshot; all but
/// [`Gap`](RoomError::Gap) mean that the server, or this client, is wrong.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RoomError {
    /// Frames are missing between the last one seen and this one.
    #[error("the frame follows cursor {previous}, but the last one seen is {seen}: frames are missing")]
    Gap {
        /// What the frame follows.
        previous: i64,
        /// The last cursor seen.
        seen: i64,
    },
    /// A frame of another room, or an entity that is not the room's.
    #[error("{0} does not belong to the room")]
    Foreign(String),
    /// The entity's state is not what its checksum says.
    #[error("the checksum of {0} is not that of its state")]
    Checksum(EntityKey),
    /// A version was skipped or repeated.
    #[error("{key} came as version {got}, expected {expected}")]
    Version {
        /// Which entity.
        key: EntityKey,
        /// One more than the version held.
        expected: i64,
        /// The version that came.
        got: i64,
    },
    /// The event cannot follow the state held.
    #[error("the event cannot follow the state held: {0}")]
    Impossible(#[from] TransitionError),
    /// The server's state after the event is not what the rules make of it.
    #[error("the server's {0} after the event is not what the rules make of it")]
    Differs(EntityKey),
}

/// The fields of a server's `event` frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventFrame {
    /// Which room.
    pub room: Room,
    /// Global sequence of the event.
    pub cursor: i64,
    /// Cursor of the frame before in this room.
    pub previous: i64,
    /// How settled it is.
    pub commitment: Commitment,
    /// What happened, where.
    pub event: ChainEvent,
    /// The room's entities that changed, after the event.
    pub changes: Vec<VersionedEntity>,
}

impl EventFrame {
    /// The fields of `frame`, if it is an event.
    #[must_use]
    pub fn of(frame: ServerFrame) -> Option<Self> {
        match frame {
            ServerFrame::Event { room, cursor, previous, commitment, event, changes } => {
                Some(Self { room, cursor, previous, commitment, event, changes })
            }
            _ => None,
        }
    }
}

/// What this client knows of a room.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoomState {
    room: Room,
    cursor: i64,
    versions: BTreeMap<EntityKey, i64>,
    entities: Entities,
}

impl RoomState {
    /// Begins with a snapshot.
    ///
    /// # Errors
    /// [`RoomError::Foreign`] or [`RoomError::Checksum`].
    pub fn from_snapshot(room: Room, cursor: i64, entities: Vec<VersionedEntity>) -> Result<Self, RoomError> {
        let mut state = Self { room, cursor, versions: BTreeMap::new(), entities: Entities::new() };
        state.check_entities(&entities)?;
        state.take(entities);
        Ok(state)
    }

    /// Takes an event in; on an error nothing has changed.
    ///
    /// # Errors
    /// [`RoomError`] if the frame does not continue this state.
    pub fn apply(&mut self, frame: EventFrame) -> Result<(), RoomError> {
        if frame.room != self.room {
            return Err(RoomError::Foreign(frame.room.to_string()));
        }
        if frame.previous != self.cursor || frame.cursor <= self.cursor {
            let (previous, seen) = (frame.previous, self.cursor);
            return Err(RoomError::Gap { previous, seen });
        }
        self.check_entities(&frame.changes)?;
        self.check_versions(&frame.changes)?;
        self.check_rules(&frame.event.event, &frame.changes)?;
        self.cursor = frame.cursor;
        self.take(frame.changes);
        Ok(())
    }

    /// Which room.
    #[must_use]
    pub fn room(&self) -> Room {
        self.room
    }

    /// Global sequence of the last event that is in.
    #[must_use]
    pub fn cursor(&self) -> i64 {
        self.cursor
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
        }
    }

    fn check_entities(&self, entities: &[VersionedEntity]) -> Result<(), RoomError> {
        for versioned in entities {
            let key = versioned.key;
            if !self.room.holds(&key) || !key_names(&key, &versioned.entity) {
                return Err(RoomError::Foreign(key.to_string()));
            }
            if versioned.entity.checksum() != versioned.checksum {
                return Err(RoomError::Checksum(key));
            }
        }
        Ok(())
    }

    fn check_versions(&self, changes: &[VersionedEntity]) -> Result<(), RoomError> {
        for VersionedEntity { key, version, .. } in changes {
            let expected = self.version(key).unwrap_or(0) + 1;
            if *version != expected {
                let (key, got) = (*key, *version);
                return Err(RoomError::Version { key, expected, got });
            }
        }
        Ok(())
    }

    /// Works the event out by the rules and compares, as far as the room holds what the event builds on.
    /// A thread's room holds all of it but treasury and configuration: the one is taken at the event's word, what
    /// depends on the other the transition leaves out. The lobby holds all of the deployment's own, but no members
    /// and proposals, so that of what happens in threads only the treasury's sum can be checked there.
    fn check_rules(&self, event: &Event, changes: &[VersionedEntity]) -> Result<(), RoomError> {
        let treasury = treasury_before(event)?;
        if self.room == Room::Lobby && event.thread().is_some() {
            return self.check_treasury(event, treasury, changes);
        }
        let transition = Transition::plan(event, &self.known(event, treasury))?;
        let planned = transition.changes().iter().map(|change| (change.key, &change.after));
        let planned: BTreeMap<_, _> = planned.filter(|(key, _)| self.room.holds(key)).collect();
        let received: BTreeMap<_, _> = changes.iter().map(|c| (c.key, &c.entity)).collect();
        first_difference(&planned, &received).map_or(Ok(()), |key| Err(RoomError::Differs(key)))
    }

    /// What the event builds on: held here, but for the treasury, which is taken at the event's word.
    fn known(&self, event: &Event, treasury: Option<Entity>) -> Entities {
        let held = |key| Some((key, self.entities.get(&key)?.clone()));
        let touched = Transition::touches(event).into_iter().filter_map(held);
        touched.chain(treasury.map(|treasury| (EntityKey::Treasury, treasury))).collect()
    }

    fn check_treasury(
        &self,
        event: &Event,
        before: Option<Entity>,
        changes: &[VersionedEntity],
    ) -> Result<(), RoomError> {
        let Some(before) = before else { return Ok(()) };
        let key = EntityKey::Treasury;
        let after = changes.iter().find(|change| change.key == key);
        let after = after.map(|change| &change.entity).or(self.entities.get(&key));
        let fits = self.entities.get(&key) == Some(&before) && after == treasury_after(event).as_ref();
        if fits { Ok(()) } else { Err(RoomError::Differs(key)) }
    }
}

fn first_difference(
    planned: &BTreeMap<EntityKey, &Entity>,
    received: &BTreeMap<EntityKey, &Entity>,
) -> Option<EntityKey> {
    let keys = planned.keys().chain(received.keys());
    keys.copied().find(|key| planned.get(key) != received.get(key))
}

/// Whether the entity is of the key's kind and about what the key names.
fn key_names(key: &EntityKey, entity: &Entity) -> bool {
    let named = match entity {
        Entity::Config(_) => EntityKey::Config,
        Entity::Treasury(_) => EntityKey::Treasury,
        Entity::Roots(_) => EntityKey::Roots,
        Entity::Thread(thread) => EntityKey::Thread(thread.thread),
        Entity::Member(member) => EntityKey::Member(member.thread, member.number),
        Entity::Proposal(proposal) => EntityKey::Proposal(proposal.thread, proposal.hash),
        Entity::Message(message) => EntityKey::Message(message.thread, message.hash),
    };
    named == *key
}

/// What a settlement adds to the treasury, and the treasury after it.
fn treasury_move(event: &Event) -> Option<(Amount, Amount)> {
    match event {
        Event::ProposalApproved { to_treasury, treasury, .. }
        | Event::ProposalRejected { to_treasury, treasury, .. }
        | Event::ProposalExpired { to_treasury, treasury, .. } => Some((*to_treasury, *treasury)),
        _ => None,
    }
}

/// The treasury before a settlement, from the event's own words.
fn treasury_before(event: &Event) -> Result<Option<Entity>, TransitionError> {
    let Some((added, after)) = treasury_move(event) else {
        return Ok(None);
    };
    let before = after
        .0
        .checked_sub(added.0)
        .ok_or(TransitionError::OutOfRange { key: EntityKey::Treasury, field: "balance" })?;
    Ok(Some(treasury(Amount(before))))
}

fn treasury_after(event: &Event) -> Option<Entity> {
    treasury_move(event).map(|(_, after)| treasury(after))
}

fn treasury(balance: Amount) -> Entity {
    Entity::Treasury(Treasury { balance })
}

#[cfg(test)]
mod tests;
