//! What a batch does to events and states, worked out in memory before anything is written.

use crate::Writer;
use crate::batch::{Applied, IndexedTransaction};
use crate::chain::{EventRow, Meta, event_name};
use crate::database::Transaction;
use crate::error::StoreError;
use crate::event::last_row;
use crate::known::Known;
use crate::position::FINALIZED;
use crate::remembered::Remembered;
use crate::stopped::{self, Stopped};
use crate::touched::AllTouched;
use crate::version::{NewState, NewVersion, last_of_each};
use crate::write::NewEvent;
use chorale_domain::event::{ChainEvent, Event};
use chorale_domain::id::{Hash32, ThreadId};
use chorale_domain::state::EntityKey;
use chorale_domain::transition::{Change, Transition, TransitionError};
use std::collections::HashSet;
use std::sync::Arc;

/// The batch as far as it is worked out.
pub(crate) struct Draft {
    pub events: Vec<NewEvent>,
    pub history: Vec<NewVersion>,
    /// Threads that an event contradicted, each with the last event before.
    pub stopped: Vec<(Stopped, i64)>,
    pub applied: Applied,
    touched: AllTouched,
    remembered: Remembered,
    stopped_threads: HashSet<ThreadId>,
    last_hash: Hash32,
}

impl Draft {
    /// An empty batch on top of what is stored, for events that touch `keys`.
    pub(crate) async fn begin(
        writer: &Writer,
        tx: &mut Transaction,
        keys: impl Iterator<Item = EntityKey>,
    ) -> Result<Self, StoreError> {
        let (last_sequence, last_hash) = last_row(tx).await?;
        let mut remembered = writer.remembered((last_sequence, last_hash));
        Ok(Self {
            events: vec![],
            history: vec![],
            stopped: vec![],
            applied: Applied { last_sequence, ..Applied::default() },
            touched: AllTouched::load(tx, keys, &mut remembered).await?,
            remembered,
            stopped_threads: stopped::threads(tx).await?,
            last_hash,
        })
    }

    /// Adds the events of the batch's transaction `index`, but for those that are in already.
    pub(crate) fn take(
        &mut self,
        (index, transaction): (usize, &IndexedTransaction),
        known: &mut Known,
        commitment: &'static str,
    ) -> Result<(), StoreError> {
        let mut cause = None;
        for event in &transaction.events {
            if known.insert(index, event.id) {
                self.applied.replayed += 1;
            } else {
                let signature = &known.signatures[index];
                let meta = Meta { signature, block_time: transaction.block_time, cause };
                self.take_event(event, meta, commitment)?;
            }
            cause = Some(event.id);
        }
        Ok(())
    }

    fn take_event(
        &mut self,
        event: &ChainEvent,
        meta: Meta<'_>,
        commitment: &'static str,
    ) -> Result<(), StoreError> {
        let transition = self.plan(event, commitment == FINALIZED)?;
        let slot = self.push_event(event, meta, commitment);
        let actor: Arc<str> = event.event.actor().to_string().into();
        for change in transition.changes() {
            self.push_change(&event.event, slot, &actor, change);
        }
        Ok(())
    }

    /// What a fork can still drop may come from a list that is of two forks: that it does not fit says nothing of the
    /// store. What is final must fit.
    fn plan(&mut self, event: &ChainEvent, is_final: bool) -> Result<Transition, StoreError> {
        match self.planned(event) {
            Ok(transition) => Ok(transition),
            Err(error) if !is_final => Err(unsettled(event, error)),
            Err(error) if stopped::subject(&error).thread().is_some() => {
                self.stop(event, &error);
                self.planned(event).map_err(|error| contradiction(event, error))
            }
            Err(error) => Err(contradiction(event, error)),
        }
    }

    fn planned(&self, event: &ChainEvent) -> Result<Transition, TransitionError> {
        let thread = event.event.thread();
        if thread.is_some_and(|thread| self.stopped_threads.contains(&thread)) {
            return stopped::plan(&event.event, self.touched.entity(&EntityKey::Treasury));
        }
        Transition::plan(&event.event, &self.touched.entities(Transition::touches(&event.event)))
    }

    fn stop(&mut self, event: &ChainEvent, error: &TransitionError) {
        let entity = stopped::subject(error);
        let Some(thread) = entity.thread() else { return };
        let stopped = Stopped {
            thread,
            entity,
            reason: format!("event {} ({}): {error}", event_name(event.id), event.event.kind()),
            derived: self.touched.entity(&entity).cloned(),
            on_chain: None,
        };
        self.stopped_threads.insert(thread);
        self.applied.stopped.push(stopped.clone());
        self.stopped.push((stopped, self.applied.last_sequence));
    }

    fn push_event(&mut self, event: &ChainEvent, meta: Meta<'_>, commitment: &'static str) -> i64 {
        self.applied.last_sequence += 1;
        self.applied.events += 1;
        let row = EventRow::new(self.applied.last_sequence, event, meta);
        let (slot, previous, hash) = (row.slot, self.last_hash, row.hash(self.last_hash));
        self.last_hash = hash;
        self.events.push(NewEvent { row, commitment, previous, hash });
        slot
    }

    fn push_change(&mut self, event: &Event, slot: i64, actor: &Arc<str>, change: &Change) {
        let touched = self.touched.entry(change.key);
        touched.version += 1;
        touched.entity = Some(change.after.clone());
        let change_type = if change.before.is_none() { "create" } else { "update" };
        self.history.push(NewVersion {
            key: change.key,
            id: touched.id.clone(),
            version: touched.version,
            state: Some(NewState::of(&change.after)),
            change_type,
            reason: event.kind().into(),
            actor: actor.clone(),
            live: true,
            sequence: self.applied.last_sequence,
            slot,
        });
    }

    /// The last version of each entity, with the version it replaces.
    pub(crate) fn states(&self) -> Vec<(i64, &NewVersion)> {
        last_of_each(&self.history, &self.touched)
    }

    /// What the next batch may need, once this one is written.
    pub(crate) fn into_remembered(self) -> Remembered {
        let as_of = (self.applied.last_sequence, self.last_hash);
        self.remembered.put(as_of, self.touched.into_entities())
    }
}

fn unsettled(event: &ChainEvent, source: TransitionError) -> StoreError {
    let (signature, kind) = (event.id.signature, event.event.kind());
    StoreError::Unsettled { signature, event: event_name(event.id), kind, source: Box::new(source) }
}

fn contradiction(event: &ChainEvent, source: TransitionError) -> StoreError {
    StoreError::Transition { event: event_name(event.id), kind: event.event.kind(), source: Box::new(source) }
}
