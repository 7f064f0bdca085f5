//! An event as rooms need it: with whose its entities were before.

use chorale_domain::event::Event;
use chorale_domain::id::Wallet;
use chorale_domain::state::{Entity, EntityKey};
use chorale_store::{Record, Store, StoreError, StoredEvent};
use chorale_wire::socket::{RemovedEntity, Room, VersionedEntity, owner};
use std::collections::BTreeSet;

/// An event, or a retraction, and who lost an entity by it.
pub(crate) struct Happening {
    pub(crate) stored: StoredEvent,
    /// With the wallet that had it.
    pub(crate) departed: Vec<(Wallet, RemovedEntity)>,
}

impl Happening {
    /// Finds out who lost what. Only a hash that was proposed before needs a look into the store.
    pub(crate) async fn of(store: &Store, stored: StoredEvent) -> Result<Self, StoreError> {
        let departed = match &stored.record {
            Record::Happened(event) => {
                former_author(store, &stored, &event.event).await?.into_iter().collect()
            }
            Record::Retracted { event, .. } => lost_again(&stored, &event.event),
        };
        Ok(Self { stored, departed })
    }

    /// The rooms it is told in.
    pub(crate) fn rooms(&self) -> BTreeSet<Room> {
        let owners = self.stored.changes.iter().filter_map(|change| owner(&change.entity));
        let wallets = owners.chain(self.departed.iter().map(|(wallet, _)| *wallet)).map(Room::Wallet);
        let thread = self.stored.record.event().event.thread().map(Room::Thread);
        wallets.chain(thread).chain([Room::Lobby]).collect()
    }

    /// The room's entities that it changed.
    pub(crate) fn changes(&self, room: Room) -> Vec<VersionedEntity> {
        let held = |change: &&VersionedEntity| room.holds(&change.key, &change.entity);
        self.stored.changes.iter().filter(held).cloned().collect()
    }

    /// The entities that are the room's no longer.
    pub(crate) fn removed(&self, room: Room) -> Vec<RemovedEntity> {
        if let Room::Wallet(wallet) = room {
            let lost = self.departed.iter().filter(|(of, _)| *of == wallet);
            return lost.map(|(_, removed)| *removed).collect();
        }
        self.stored.removed.iter().filter(|removed| room.covers(&removed.key)).copied().collect()
    }
}

/// A hash that was turned down may be proposed anew, and by another: then the proposal is not its former author's any
/// more.
async fn former_author(
    store: &Store,
    stored: &StoredEvent,
    event: &Event,
) -> Result<Option<(Wallet, RemovedEntity)>, StoreError> {
    let Event::ProposalCreated { thread, hash, author, .. } = event else { return Ok(None) };
    let key = EntityKey::Proposal(*thread, *hash);
    let Some(change) = stored.changes.iter().find(|change| change.key == key && change.version > 1) else {
        return Ok(None);
    };
    let version = change.version;
    let before = store.versions(&key, version - 2, 1).await?.pop().and_then(|before| before.state);
    let former = before.as_ref().and_then(owner).filter(|former| former != author);
    Ok(former.map(|former| (former, RemovedEntity { key, version })))
}

/// Only the one who had got a seat or a proposal by an event loses it when that is taken back: the seat and the
/// proposal are gone, or the proposal is its former author's again.
fn lost_again(stored: &StoredEvent, event: &Event) -> Vec<(Wallet, RemovedEntity)> {
    let (Event::ThreadCreated { creator: wallet, .. }
    | Event::ProposalCreated { author: wallet, .. }
    | Event::ProposalApproved { author: wallet, .. }) = event
    else {
        return vec![];
    };
    let anothers = |change: &&VersionedEntity| is_proposal_of_another(&change.entity, event, *wallet);
    let handed_back = stored.changes.iter().filter(anothers);
    let handed_back = handed_back.map(|VersionedEntity { key, version, .. }| (*key, *version));
    let gone = stored.removed.iter().filter(|removed| Room::Wallet(*wallet).covers(&removed.key));
    let gone = gone.map(|removed| (removed.key, removed.version));
    gone.chain(handed_back).map(|(key, version)| (*wallet, RemovedEntity { key, version })).collect()
}

fn is_proposal_of_another(entity: &Entity, event: &Event, wallet: Wallet) -> bool {
    matches!(event, Event::ProposalCreated { .. })
        && matches!(entity, Entity::Proposal(proposal) if proposal.author != wallet)
}
