//! What a batch does to the store, worked out in memory before anything is written.

use crate::batch::{Applied, IndexedTransaction};
use crate::chain::{EventRow, Meta, event_name};
use crate::database::Transaction;
use crate::entity::load;
use crate::error::StoreError;
use crate::event::{known_events, last_row};
use chorale_domain::event::{ChainEvent, EventId};
use chorale_domain::id::{Hash32, Wallet};
use chorale_domain::state::{Entities, Entity, EntityKey};
use chorale_domain::transition::{Change, Transition};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};

/// A row of `event_store` with its place in the chain of hashes.
pub(crate) struct NewEvent {
    pub row: EventRow,
    pub previous: Hash32,
    pub hash: Hash32,
}

/// A row of `state_history`.
pub(crate) struct NewVersion {
    pub key: EntityKey,
    pub version: i64,
    pub entity: Entity,
    pub reason: &'static str,
    pub actor: Wallet,
    pub sequence: i64,
    pub slot: i64,
}

/// An entity the batch touches.
#[derive(Default)]
struct Touched {
    /// The version in the store, 0 for none: what compare-and-set compares with.
    stored: i64,
    version: i64,
    entity: Option<Entity>,
}

/// The batch as far as it is worked out.
pub(crate) struct Draft {
    pub events: Vec<NewEvent>,
    pub history: Vec<NewVersion>,
    pub applied: Applied,
    touched: BTreeMap<EntityKey, Touched>,
    /// Events that are in the store or the batch already.
    known: HashSet<EventId>,
    last_hash: Hash32,
}

impl Draft {
    /// An empty batch on top of what is stored.
    pub(crate) async fn begin(tx: &mut Transaction) -> Result<Self, StoreError> {
        let (last_sequence, last_hash) = last_row(tx).await?;
        let applied = Applied { last_sequence, ..Applied::default() };
        Ok(Self {
            events: vec![],
            history: vec![],
            applied,
            touched: BTreeMap::new(),
            known: HashSet::new(),
            last_hash,
        })
    }

    /// Adds a transaction's events, but for those that are in already.
    pub(crate) async fn take(
        &mut self,
        tx: &mut Transaction,
        transaction: &IndexedTransaction,
    ) -> Result<(), StoreError> {
        self.known.extend(known_events(tx, transaction).await?);
        let (block_time, mut cause) = (transaction.block_time, None);
        for event in &transaction.events {
            self.take_event(tx, event, Meta { block_time, cause }).await?;
            cause = Some(event.id);
        }
        Ok(())
    }

    async fn take_event(
        &mut self,
        tx: &mut Transaction,
        event: &ChainEvent,
        meta: Meta,
    ) -> Result<(), StoreError> {
        if !self.known.insert(event.id) {
            self.applied.replayed += 1;
            return Ok(());
        }
        let transition = self.plan(tx, event).await?;
        let slot = self.push_event(event, meta);
        for change in transition.changes() {
            self.push_change(event, slot, change);
        }
        Ok(())
    }

    async fn plan(&mut self, tx: &mut Transaction, event: &ChainEvent) -> Result<Transition, StoreError> {
        let mut entities = Entities::new();
        for key in Transition::touches(&event.event) {
            if let Some(entity) = &self.touch(tx, key).await?.entity {
                entities.insert(key, entity.clone());
            }
        }
        Transition::plan(&event.event, &entities).map_err(|source| StoreError::Transition {
            event: event_name(event.id),
            kind: event.event.kind(),
            source: Box::new(source),
        })
    }

    /// The entity as the batch so far leaves it.
    async fn touch(&mut self, tx: &mut Transaction, key: EntityKey) -> Result<&Touched, StoreError> {
        let entry = match self.touched.entry(key) {
            Entry::Occupied(entry) => return Ok(entry.into_mut()),
            Entry::Vacant(entry) => entry,
        };
        let Some(found) = load(tx, &key).await? else {
            return Ok(entry.insert(Touched::default()));
        };
        let (stored, version) = (found.version, found.version);
        Ok(entry.insert(Touched { stored, version, entity: Some(found.entity) }))
    }

    fn push_event(&mut self, event: &ChainEvent, meta: Meta) -> i64 {
        self.applied.last_sequence += 1;
        self.applied.events += 1;
        let row = EventRow::new(self.applied.last_sequence, event, meta);
        let (slot, previous, hash) = (row.slot, self.last_hash, row.hash(self.last_hash));
        self.last_hash = hash;
        self.events.push(NewEvent { row, previous, hash });
        slot
    }

    fn push_change(&mut self, event: &ChainEvent, slot: i64, change: &Change) {
        let touched = self.touched.entry(change.key).or_default();
        touched.version += 1;
        touched.entity = Some(change.after.clone());
        self.history.push(NewVersion {
            key: change.key,
            version: touched.version,
            entity: change.after.clone(),
            reason: event.event.kind(),
            actor: event.event.actor(),
            sequence: self.applied.last_sequence,
            slot,
        });
    }

    /// The last new version of each changed entity, with the version it replaces (0 for none).
    pub(crate) fn states(&self) -> impl Iterator<Item = (i64, &NewVersion)> {
        let last = self.history.iter().map(|version| (version.key, version));
        let last: BTreeMap<_, _> = last.collect();
        last.into_iter()
            .map(|(key, version)| (self.touched.get(&key).map_or(0, |touched| touched.stored), version))
    }
}
