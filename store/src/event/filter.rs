//! Reading some of what happened.

use super::{COLUMNS, StoredEvent, changes_between, stored};
use crate::Store;
use crate::chain::slot_column;
use crate::entity::limit_column;
use crate::error::StoreError;
use chorale_domain::id::{Signature, ThreadId};
use std::fmt::Write as _;

/// Which events to read: those that fit everything that is given.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EventFilter {
    /// Of this thread.
    pub thread: Option<ThreadId>,
    /// Of this type, as [`Event::kind`](chorale_domain::event::Event::kind) names it.
    pub kind: Option<String>,
    /// Of this transaction.
    pub signature: Option<Signature>,
    /// From this slot on.
    pub from_slot: Option<u64>,
    /// Up to and with this slot.
    pub to_slot: Option<u64>,
    /// Neither retractions nor what they take back.
    pub live_only: bool,
}

impl Store {
    /// At most `limit` rows that fit `filter`, after the sequence `after`, in order.
    ///
    /// # Errors
    /// As [`events_after`](Self::events_after).
    pub async fn events(
        &self,
        filter: &EventFilter,
        after: i64,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let conditions = filter.conditions(after);
        let mut query = sqlx::query(&conditions.text);
        for value in &conditions.values {
            query = match value {
                Value::Number(number) => query.bind(*number),
                Value::Text(text) => query.bind(text.as_str()),
            };
        }
        let mut tx = self.database.read().await?;
        let rows = query.bind(limit_column(limit)).fetch_all(&mut *tx).await?;
        let mut events = rows.iter().map(stored).collect::<Result<Vec<_>, _>>()?;
        let mut start = 0;
        // Only the changes of what was found: what lies between may be most of the store.
        while let Some(first) = events.get(start).map(|event| event.sequence) {
            let end = start + run_of_neighbours(&events[start..]);
            let last = events[end - 1].sequence;
            changes_between(&mut tx, first - 1, last, &mut events[start..end]).await?;
            start = end;
        }
        Ok(events)
    }
}

/// How many of the first events are so close to each other that one query for what they changed reads little else.
fn run_of_neighbours(events: &[StoredEvent]) -> usize {
    const NEAR: i64 = 8;
    let near = |pair: &&[StoredEvent]| pair[1].sequence - pair[0].sequence <= NEAR;
    1 + events.windows(2).take_while(near).count()
}

enum Value {
    Number(i64),
    Text(String),
}

/// A query with its values, but for the limit, which comes last.
struct Conditions {
    text: String,
    values: Vec<Value>,
}

impl Conditions {
    fn and(&mut self, condition: &str, value: Option<Value>) {
        let Some(value) = value else { return };
        self.values.push(value);
        // Writing to a text cannot fail.
        let _ = write!(self.text, " AND {condition} ${}", self.values.len());
    }
}

impl EventFilter {
    fn conditions(&self, after: i64) -> Conditions {
        let text = format!("SELECT {COLUMNS} FROM event_store WHERE sequence > $1");
        let mut conditions = Conditions { text, values: vec![Value::Number(after)] };
        conditions.and("thread =", self.thread.map(|thread| Value::Text(thread.to_string())));
        conditions.and("event_type =", self.kind.clone().map(Value::Text));
        self.of_transaction(&mut conditions);
        conditions.and("slot >=", self.from_slot.map(|slot| Value::Number(slot_column(slot))));
        conditions.and("slot <=", self.to_slot.map(|slot| Value::Number(slot_column(slot))));
        if self.live_only {
            conditions.text.push_str(" AND commitment <> 'retracted'");
        }
        let limit = conditions.values.len() + 1;
        let _ = write!(conditions.text, " ORDER BY sequence LIMIT ${limit}");
        conditions
    }

    /// In words that fit the two indexes on signatures: one of what counts, one of what was taken back.
    fn of_transaction(&self, conditions: &mut Conditions) {
        let Some(signature) = self.signature else { return };
        conditions.values.push(Value::Text(signature.to_string()));
        let number = conditions.values.len();
        let _ = write!(conditions.text, " AND ((signature = ${number} AND commitment <> 'retracted')");
        let _ = write!(conditions.text, " OR (signature = ${number} AND commitment = 'retracted'))");
    }
}
