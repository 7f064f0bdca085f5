//! Holding frames against the state held and the rules.

use super::{EventFrame, RetractionFrame, RoomError, RoomState};
use chorale_domain::event::Event;
use chorale_domain::id::Amount;
use chorale_domain::state::{Entities, Entity, EntityKey, Treasury};
use chorale_domain::transition::{Transition, TransitionError};
use chorale_wire::socket::{Mark, RemovedEntity, Room, VersionedEntity};
use std::collections::BTreeMap;

/// States by key; `None` for an entity that is not there.
type States<'a> = BTreeMap<EntityKey, Option<&'a Entity>>;

impl RoomState {
    pub(super) fn check_place(&self, room: Room, previous: i64, mark: Mark) -> Result<(), RoomError> {
        if room != self.room {
            return Err(RoomError::Foreign(room.to_string()));
        }
        let seen = self.mark.cursor;
        if previous > seen || mark.cursor <= seen {
            return Err(RoomError::Gap { previous, seen });
        }
        Ok(())
    }

    pub(super) fn check_entities(&self, entities: &[VersionedEntity]) -> Result<(), RoomError> {
        for VersionedEntity { key, checksum, entity, .. } in entities {
            if !self.room.holds(key, entity) || !key_names(key, entity) {
                return Err(RoomError::Foreign(key.to_string()));
            }
            if entity.checksum() != *checksum {
                return Err(RoomError::Checksum(*key));
            }
        }
        Ok(())
    }

    pub(super) fn check_home(&self, key: &EntityKey) -> Result<(), RoomError> {
        if self.room.covers(key) { Ok(()) } else { Err(RoomError::Foreign(key.to_string())) }
    }

    /// What an event may take away: in a wallet's room only, what is held there.
    pub(super) fn check_departures(&self, removed: &[RemovedEntity]) -> Result<(), RoomError> {
        for RemovedEntity { key, version } in removed {
            if !self.is_wallet() || !self.entities.contains_key(key) {
                return Err(RoomError::Foreign(key.to_string()));
            }
            self.check_version(*key, *version)?;
        }
        Ok(())
    }

    /// What was never held here may have been created and retracted before, and what was another's meanwhile may have
    /// changed, so that neither need come as the next version known.
    pub(super) fn check_version(&self, key: EntityKey, got: i64) -> Result<(), RoomError> {
        let (held, removed) = (self.version(&key), self.removed.get(&key).copied());
        let expected = held.or(removed).unwrap_or(0) + 1;
        let is_next = held.is_some() || (removed.is_some() && !self.is_wallet());
        let follows = if is_next { got == expected } else { got >= expected };
        if follows { Ok(()) } else { Err(RoomError::Version { key, expected, got }) }
    }

    fn is_wallet(&self) -> bool {
        matches!(self.room, Room::Wallet(_))
    }

    /// All that a wallet's room can tell of an event, which builds on threads and seats that are not in it.
    fn check_touched(event: &Event, keys: impl Iterator<Item = EntityKey>) -> Result<(), RoomError> {
        let touched = Transition::touches(event);
        let mut others = keys.filter(|key| !touched.contains(key));
        others.next().map_or(Ok(()), |key| Err(RoomError::Untouched(key)))
    }

    /// Works the event out by the rules and compares, as far as the room holds what the event builds on.
    /// A thread's room holds all of it but treasury and configuration: the one is taken at the event's word, what
    /// depends on the other the transition leaves out. The lobby holds all of the deployment's own, but no members
    /// and proposals, so that of what happens in threads only the treasury's sum can be checked there.
    pub(super) fn check_rules(&self, frame: &EventFrame) -> Result<(), RoomError> {
        let (event, changes) = (&frame.event.event, &frame.changes);
        if self.is_wallet() {
            let removed = frame.removed.iter().map(|removed| removed.key);
            return Self::check_touched(event, removed.chain(changes.iter().map(|change| change.key)));
        }
        let received: States = changes.iter().map(|change| (change.key, Some(&change.entity))).collect();
        let (held, treasury) = (self.entities.get(&EntityKey::Treasury), received.get(&EntityKey::Treasury));
        let difference = if self.is_beyond(event) {
            treasury_misfit(event, held, treasury.copied().unwrap_or(held))
        } else {
            first_difference(&states(&self.planned(event, &States::new())?), &received)
        };
        difference.map_or(Ok(()), |key| Err(RoomError::Differs(key)))
    }

    /// The other way round: the event, worked out on what is restored, must give what is held, and change nothing but
    /// what is restored or removed. What it had written over without telling what was there (a time of change, say)
    /// is the server's word.
    pub(super) fn check_inverse(&self, frame: &RetractionFrame) -> Result<(), RoomError> {
        let before = restored(frame)?;
        if self.is_wallet() {
            return Self::check_touched(&frame.event.event, before.into_keys());
        }
        let (undone, event) = (self.undone(&before)?, &frame.event.event);
        let (now, treasury) = (self.entities.get(&EntityKey::Treasury), before.get(&EntityKey::Treasury));
        let difference = if self.is_beyond(event) {
            treasury_misfit(event, treasury.copied().unwrap_or(now), now)
        } else {
            first_difference(&states(&self.planned(event, &before)?), &undone)
        };
        difference.map_or(Ok(()), |key| Err(RoomError::NotTheInverse(key)))
    }

    /// What is held of the entities that a retraction touches: all of them, since the event left them there.
    fn undone(&self, before: &States) -> Result<States<'_>, RoomError> {
        let held = |key: &EntityKey| self.entities.get(key).map(|held| (*key, Some(held)));
        before.keys().map(|key| held(key).ok_or(RoomError::NotTheInverse(*key))).collect()
    }

    /// Whether what the event builds on is beyond this room, but for the treasury.
    fn is_beyond(&self, event: &Event) -> bool {
        self.room == Room::Lobby && event.thread().is_some()
    }

    /// The room's entities after the event, on the state held with the entities of `instead` in place of their own.
    fn planned(&self, event: &Event, instead: &States) -> Result<Entities, TransitionError> {
        let of = |key: &EntityKey| instead.get(key).copied().unwrap_or_else(|| self.entities.get(key));
        let touched = Transition::touches(event).into_iter();
        let known = touched.filter_map(|key| Some((key, of(&key)?.clone())));
        let word =
            (!self.room.covers(&EntityKey::Treasury)).then(|| total(event.treasury_before())).flatten();
        let known = known.chain(word.map(|treasury| (EntityKey::Treasury, treasury))).collect();
        let transition = Transition::plan(event, &known)?;
        let changes =
            transition.changes().iter().filter(|change| self.room.holds(&change.key, &change.after));
        Ok(changes.map(|change| (change.key, change.after.clone())).collect())
    }
}

/// What a retraction leads back to. No entity can be in it twice.
fn restored(frame: &RetractionFrame) -> Result<States<'_>, RoomError> {
    let states = frame.restored.iter().map(|restored| (restored.key, Some(&restored.entity)));
    let mut before = States::new();
    for (key, state) in states.chain(frame.removed.iter().map(|removed| (removed.key, None))) {
        if before.insert(key, state).is_some() {
            return Err(RoomError::NotTheInverse(key));
        }
    }
    Ok(before)
}

fn states(entities: &Entities) -> States<'_> {
    entities.iter().map(|(key, entity)| (*key, Some(entity))).collect()
}

fn first_difference(left: &States, right: &States) -> Option<EntityKey> {
    left.keys().chain(right.keys()).copied().find(|key| left.get(key) != right.get(key))
}

/// The treasury, unless it went from `before` to `after` as the event says.
fn treasury_misfit(event: &Event, before: Option<&Entity>, after: Option<&Entity>) -> Option<EntityKey> {
    let fits = match total(event.treasury_after()) {
        None => before == after,
        told => before == total(event.treasury_before()).as_ref() && after == told.as_ref(),
    };
    (!fits).then_some(EntityKey::Treasury)
}

fn total(balance: Option<Amount>) -> Option<Entity> {
    balance.map(|balance| Entity::Treasury(Treasury { balance }))
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
