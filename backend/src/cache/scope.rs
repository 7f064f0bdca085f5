//! What a cached value depends on, and which of it an event changes.

use chorale_domain::content::ContentHash;
use chorale_domain::id::{ThreadId, Wallet};
use chorale_domain::state::{Entity, EntityKey, ProposalStatus};
use chorale_store::{Record, StoredEvent};
use chorale_wire::socket::VersionedEntity;
use std::collections::HashSet;

/// A part of the state: what was read of it before it changed is no answer afterwards.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Scope {
    /// A thread with all that is in it.
    Thread(ThreadId),
    /// The threads that a wallet co-authors.
    Wallet(Wallet),
    /// The threads that anyone co-authors.
    Wallets,
    /// What the chain says of one hash in a thread.
    Content(ThreadId, ContentHash),
    /// Which content of a thread is approved or rejected.
    Decisions(ThreadId),
    /// Which content anywhere is approved or rejected.
    AllDecisions,
}

impl Scope {
    /// What holds this one and others: it changes where all of them may have.
    pub(crate) fn wider(self) -> Option<Self> {
        matches!(self, Self::Wallet(_)).then_some(Self::Wallets)
    }

    /// What an event changed, or its retraction.
    pub(crate) fn touched(stored: &StoredEvent) -> HashSet<Self> {
        let mut scopes = HashSet::new();
        for change in &stored.changes {
            scopes.extend(Self::of_key(&change.key));
            scopes.extend(Self::of_owner(&change.entity));
        }
        for removed in &stored.removed {
            scopes.extend(Self::of_key(&removed.key));
            // It does not say whose seat is gone.
            scopes.extend(matches!(removed.key, EntityKey::Member(..)).then_some(Self::Wallets));
        }
        if let Some(thread) = stored.record.event().event.thread().filter(|_| decides(stored)) {
            scopes.extend([Self::Decisions(thread), Self::AllDecisions]);
        }
        scopes
    }

    fn of_key(key: &EntityKey) -> impl Iterator<Item = Self> {
        let content = match *key {
            EntityKey::Message(thread, hash) | EntityKey::Proposal(thread, hash) => {
                Some(Self::Content(thread, hash))
            }
            _ => None,
        };
        key.thread().map(Self::Thread).into_iter().chain(content)
    }

    fn of_owner(entity: &Entity) -> Option<Self> {
        match entity {
            Entity::Member(member) => Some(Self::Wallet(member.wallet)),
            _ => None,
        }
    }
}

/// Whether content was approved or rejected, or is not any more.
fn decides(stored: &StoredEvent) -> bool {
    matches!(stored.record, Record::Retracted { .. }) || stored.changes.iter().any(is_decided)
}

fn is_decided(change: &VersionedEntity) -> bool {
    match &change.entity {
        Entity::Message(_) => true,
        Entity::Proposal(proposal) => proposal.status != ProposalStatus::Pending,
        _ => false,
    }
}
