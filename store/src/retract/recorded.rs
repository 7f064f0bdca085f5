//! What events did, from the history.

use super::LIVE;
use crate::database::{Row, Transaction};
use crate::error::StoreError;
use crate::statement;
use crate::version::NewState;
use chorale_domain::state::{Entity, EntityKey};
use chorale_domain::transition::Change;
use sqlx::Row as _;
use std::collections::BTreeMap;

/// One entity's change, as it was recorded.
pub(super) struct RecordedChange {
    pub change: Change,
    pub reason: String,
    pub actor: String,
}

/// Changes by the sequence of their event.
pub(super) struct Recorded(BTreeMap<i64, Vec<RecordedChange>>);

impl Recorded {
    /// Loads what the events of transactions did, as far as they count.
    pub(super) async fn load(tx: &mut Transaction, signatures: &[String]) -> Result<Self, StoreError> {
        let before = format!(
            "SELECT h.entity_id, h.state_version, h.state_data, h.event_sequence, h.change_reason, h.changed_by, \
             b.state_data AS before_data FROM state_history h LEFT JOIN state_history b \
             ON b.entity_id = h.entity_id AND b.state_version = h.state_version - 1 \
             WHERE h.live = 1 AND h.event_sequence IN (SELECT sequence FROM event_store WHERE {LIVE}"
        );
        let mut recorded = BTreeMap::<_, Vec<_>>::new();
        for row in statement::find(tx, (&before, ")"), signatures).await? {
            recorded.entry(row.try_get("event_sequence")?).or_default().push(recorded_change(&row)?);
        }
        Ok(Self(recorded))
    }

    /// Every entity that was changed.
    pub(super) fn keys(&self) -> impl Iterator<Item = EntityKey> {
        self.0.values().flatten().map(|recorded| recorded.change.key)
    }

    /// What the event `sequence` did.
    pub(super) fn take(&mut self, sequence: i64) -> Vec<RecordedChange> {
        self.0.remove(&sequence).unwrap_or_default()
    }
}

fn recorded_change(row: &Row) -> Result<RecordedChange, StoreError> {
    let (id, version): (String, i64) = (row.try_get("entity_id")?, row.try_get("state_version")?);
    let name = format!("{id} version {version}");
    let corrupt = |reason: &str| StoreError::corrupt("state_history", &name, &reason);
    let entity = |column: &str| -> Result<Option<Entity>, StoreError> {
        let data: Option<&str> = row.try_get(column)?;
        data.map(|data| read(data).ok_or_else(|| corrupt("its state is not canonical JSON"))).transpose()
    };
    let after = entity("state_data")?.ok_or_else(|| corrupt("an event left nothing of it"))?;
    let key = id.parse().map_err(|error| StoreError::corrupt("state_history", &name, &error))?;
    Ok(RecordedChange {
        change: Change { key, before: entity("before_data")?, after },
        reason: row.try_get("change_reason")?,
        actor: row.try_get("changed_by")?,
    })
}

/// Reads a state that gives the same bytes when it is written again.
fn read(data: &str) -> Option<Entity> {
    let entity = serde_json::from_str(data).ok()?;
    (NewState::of(&entity).data == data).then_some(entity)
}
