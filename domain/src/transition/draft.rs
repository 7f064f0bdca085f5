//! Working an event out: what it creates, changes and requires.

mod config;
mod member;
mod proposal;
mod settlement;
mod thread;

use super::TransitionError;
use crate::event::Event;
use crate::id::Amount;
use crate::state::{Config, Entities, Entity, EntityKey, Member, Proposal, Roots, Thread, Treasury};

/// The entities as they become, while an event is being worked out.
pub(super) struct Draft {
    pub(super) entities: Entities,
}

type Drafted = Result<(), TransitionError>;

/// Finds an entity of one kind; the key's kind decides the variant, so a mismatch counts as missing.
macro_rules! lookup {
    ($name:ident, $kind:ident) => {
        fn $name(&mut self, key: EntityKey) -> Result<&mut $kind, TransitionError> {
            match self.entities.get_mut(&key) {
                Some(Entity::$kind(found)) => Ok(found),
                _ => Err(TransitionError::Missing(key)),
            }
        }
    };
}

impl Draft {
    lookup!(config, Config);
    lookup!(treasury, Treasury);
    lookup!(roots, Roots);
    lookup!(thread, Thread);
    lookup!(member, Member);
    lookup!(proposal, Proposal);

    fn create(&mut self, key: EntityKey, entity: Entity) -> Drafted {
        match self.entities.insert(key, entity) {
            None => Ok(()),
            Some(_) => Err(TransitionError::Exists(key)),
        }
    }

    /// Works the event into the entities, if it can follow.
    pub(super) fn take(&mut self, event: &Event) -> Drafted {
        match event {
            Event::ConfigInitialized { .. } => self.initialize(event),
            Event::ConfigUpdated { .. } => self.update_config(event),
            Event::AuthorityProposed { authority, pending, .. } => self.invite(*authority, *pending),
            Event::AuthorityAccepted { previous, authority, .. } => self.hand_over(*previous, *authority),
            Event::PausedSet { authority, paused, .. } => self.set_paused(*authority, *paused),
            Event::RootAnchored { .. } => self.anchor_root(event),
            Event::TreasuryWithdrawn { authority, amount, treasury, .. } => {
                self.withdraw(*authority, *amount, *treasury)
            }
            Event::ThreadCreated { .. } => self.create_thread(event),
            Event::MessagePublished { .. } => self.publish(event),
            Event::ThreadArchived { .. } => self.archive(event),
            Event::ProposalCreated { .. } => self.propose(event),
            Event::VoteCast { .. } => self.vote(event),
            Event::ProposalApproved { .. } => self.approve(event),
            Event::ProposalRejected { .. } => self.reject(event),
            Event::ProposalExpired { .. } => self.expire(event),
            Event::ProposalCancelled { .. } => self.cancel(event),
            Event::Claimed { .. } => self.claim(event),
            Event::Divested { .. } => self.divest(event),
        }
    }
}

fn plus(key: EntityKey, field: &'static str, a: Amount, b: Amount) -> Result<Amount, TransitionError> {
    a.0.checked_add(b.0).map(Amount).ok_or(TransitionError::OutOfRange { key, field })
}

fn minus(key: EntityKey, field: &'static str, a: Amount, b: Amount) -> Result<Amount, TransitionError> {
    a.0.checked_sub(b.0).map(Amount).ok_or(TransitionError::OutOfRange { key, field })
}

fn agree(key: EntityKey, field: &'static str, agrees: bool) -> Drafted {
    if agrees { Ok(()) } else { Err(TransitionError::Contradiction { key, field }) }
}

fn expect(key: EntityKey, field: &'static str, expected: u64, actual: u64) -> Drafted {
    if expected == actual { Ok(()) } else { Err(TransitionError::Differs { key, field, expected, actual }) }
}
