//! What takes events back, worked out in memory before anything is written.

use super::recorded::RecordedChange;
use crate::chain::EventRow;
use crate::database::Transaction;
use crate::error::StoreError;
use crate::event::{commitment_column, last_row};
use crate::touched::AllTouched;
use crate::version::{NewState, NewVersion, last_of_each};
use crate::write::NewEvent;
use chorale_domain::id::Hash32;
use chorale_domain::state::{Entity, EntityKey};
use chorale_domain::transition::{Change, Transition};
use chorale_wire::socket::Commitment;

/// The retraction as far as it is worked out.
pub(super) struct Draft {
    pub events: Vec<NewEvent>,
    pub history: Vec<NewVersion>,
    pub last_sequence: i64,
    last_hash: Hash32,
    touched: AllTouched,
}

impl Draft {
    /// Nothing yet, on top of what is stored, for events that changed `keys`.
    pub(super) async fn begin(
        tx: &mut Transaction,
        keys: impl Iterator<Item = EntityKey>,
    ) -> Result<Self, StoreError> {
        let (last_sequence, last_hash) = last_row(tx).await?;
        let touched = AllTouched::read(tx, keys).await?;
        Ok(Self { events: vec![], history: vec![], last_sequence, last_hash, touched })
    }

    /// Takes an event back that no other after it builds on any more.
    pub(super) fn take(&mut self, row: &EventRow, recorded: Vec<RecordedChange>) -> Result<(), StoreError> {
        let changes: Vec<_> = recorded.iter().map(|recorded| recorded.change.clone()).collect();
        let mut entities = self.touched.entities(changes.iter().map(|change| change.key).collect());
        let transition = Transition::from_changes(changes);
        if !transition.verify(&entities) {
            return Err(self.not_as_left(row, transition.changes()));
        }
        transition.rollback(&mut entities);
        self.push_event(row);
        for recorded in recorded {
            let before = entities.remove(&recorded.change.key);
            self.push_change(row.slot, recorded, before);
        }
        Ok(())
    }

    fn not_as_left(&self, row: &EventRow, changes: &[Change]) -> StoreError {
        let differs = changes.iter().find(|change| self.touched.entity(&change.key) != Some(&change.after));
        let name = differs.map(|change| change.key.to_string()).unwrap_or_default();
        let reason = format!("it is not as event {} left it, which is to be taken back", row.sequence);
        StoreError::corrupt("canonical_state", &name, &reason)
    }

    fn push_event(&mut self, row: &EventRow) {
        self.last_sequence += 1;
        let row = row.retraction(self.last_sequence);
        let (previous, hash) = (self.last_hash, row.hash(self.last_hash));
        self.last_hash = hash;
        self.events.push(NewEvent {
            row,
            commitment: commitment_column(Commitment::Retracted),
            previous,
            hash,
        });
    }

    fn push_change(&mut self, slot: i64, recorded: RecordedChange, before: Option<Entity>) {
        let RecordedChange { change: Change { key, .. }, reason, actor } = recorded;
        let touched = self.touched.entry(key);
        touched.version += 1;
        self.history.push(NewVersion {
            key,
            id: touched.id.clone(),
            version: touched.version,
            state: before.as_ref().map(NewState::of),
            change_type: "retract",
            reason: reason.into(),
            actor: actor.into(),
            live: false,
            sequence: self.last_sequence,
            slot,
        });
        touched.entity = before;
    }

    /// The last version of each entity, with the version it replaces.
    pub(super) fn states(&self) -> Vec<(i64, &NewVersion)> {
        last_of_each(&self.history, &self.touched)
    }
}
