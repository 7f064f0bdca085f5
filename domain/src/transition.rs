//! How an event changes the state: planned from the entities it touches, applied, verified, rolled back.

mod draft;
#[cfg(test)]
mod tests;
mod touched;

use crate::event::Event;
use crate::state::{Entities, Entity, EntityKey};
use draft::Draft;

/// Why an event does not fit the state it met. A follower that meets one has lost or invented something.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TransitionError {
    /// An entity the event builds on is not there.
    #[error("{0} does not exist, but the event builds on it")]
    Missing(EntityKey),
    /// An entity the event creates is there already.
    #[error("{0} exists already, but the event creates it")]
    Exists(EntityKey),
    /// The event says how much must result, and something else does.
    #[error("{field} of {key} should be {expected} after the event, but comes to {actual}")]
    Differs {
        /// Which entity.
        key: EntityKey,
        /// Which of its fields.
        field: &'static str,
        /// What the event says.
        expected: u64,
        /// What follows from the state.
        actual: u64,
    },
    /// The event tells of someone or something else than the state knows there.
    #[error("{field} of {key} is not what the event says")]
    Contradiction {
        /// Which entity.
        key: EntityKey,
        /// Which of its fields.
        field: &'static str,
    },
    /// More is taken than is there, or a counter would wrap.
    #[error("{field} of {key} would leave its range")]
    OutOfRange {
        /// Which entity.
        key: EntityKey,
        /// Which of its fields.
        field: &'static str,
    },
}

/// One entity before and after an event; `before` is `None` where the event creates it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Which entity.
    pub key: EntityKey,
    /// Its state before.
    pub before: Option<Entity>,
    /// Its state after.
    pub after: Entity,
}

/// What one event does to the state, with everything needed to undo it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Transition {
    changes: Vec<Change>,
}

impl Transition {
    /// The entities [`plan`](Self::plan) must be given, as far as they exist.
    #[must_use]
    pub fn touches(event: &Event) -> Vec<EntityKey> {
        touched::entities(event)
    }

    /// Works out what `event` does to `entities`, without changing them.
    ///
    /// # Errors
    /// [`TransitionError`] if the event cannot follow this state.
    pub fn plan(event: &Event, entities: &Entities) -> Result<Self, TransitionError> {
        let mut draft = Draft { entities: entities.clone() };
        draft.take(event)?;
        let changes = draft.entities.into_iter().filter_map(|(key, after)| {
            let before = entities.get(&key).cloned();
            (before.as_ref() != Some(&after)).then_some(Change { key, before, after })
        });
        Ok(Self { changes: changes.collect() })
    }

    /// A transition as it was recorded, to verify it or roll it back without planning it again.
    #[must_use]
    pub fn from_changes(changes: Vec<Change>) -> Self {
        Self { changes }
    }

    /// The changes, by key.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Puts every entity into its state after the event.
    pub fn apply(&self, entities: &mut Entities) {
        for change in &self.changes {
            entities.insert(change.key, change.after.clone());
        }
    }

    /// Whether every entity is in its state after the event.
    #[must_use]
    pub fn verify(&self, entities: &Entities) -> bool {
        self.changes.iter().all(|change| entities.get(&change.key) == Some(&change.after))
    }

    /// Puts every entity back into its state before the event: the exact inverse of [`apply`](Self::apply).
    pub fn rollback(&self, entities: &mut Entities) {
        for change in &self.changes {
            match &change.before {
                Some(before) => entities.insert(change.key, before.clone()),
                None => entities.remove(&change.key),
            };
        }
    }
}
