//! Which events of a batch are in the store already.

use crate::batch::IndexedTransaction;
use crate::database::Transaction;
use crate::error::StoreError;
use crate::statement;
use chorale_domain::event::EventId;
use sqlx::Row as _;
use std::collections::{HashMap, HashSet};

/// The events that are in, by the transaction's index in the batch.
pub(crate) struct Known {
    /// Each transaction's signature in words.
    pub signatures: Vec<String>,
    events: HashSet<(usize, u32, u32)>,
}

impl Known {
    pub(crate) async fn load(
        tx: &mut Transaction,
        transactions: &[IndexedTransaction],
    ) -> Result<Self, StoreError> {
        const KNOWN: (&str, &str) = (
            "SELECT signature, instruction, inner_instruction FROM event_store WHERE signature IN ",
            " AND commitment <> 'retracted'",
        );
        let signatures: Vec<_> = transactions.iter().map(|t| t.signature.to_string()).collect();
        let by_name: HashMap<_, _> = signatures.iter().zip(0..).map(|(name, i)| (name.as_str(), i)).collect();
        let mut events = HashSet::new();
        for row in statement::find(tx, KNOWN, &signatures).await? {
            let index = by_name.get(row.try_get::<&str, _>("signature")?).copied().unwrap_or(usize::MAX);
            events.insert((index, number(&row, "instruction")?, number(&row, "inner_instruction")?));
        }
        Ok(Self { signatures, events })
    }

    /// How many of a transaction's events are in.
    pub(crate) fn of(&self, index: usize, transaction: &IndexedTransaction) -> usize {
        transaction.events.iter().filter(|event| self.holds(index, event.id)).count()
    }

    fn holds(&self, index: usize, id: EventId) -> bool {
        self.events.contains(&(index, id.instruction, id.inner))
    }

    /// Says whether an event is in, and remembers it from then on.
    pub(crate) fn insert(&mut self, index: usize, id: EventId) -> bool {
        !self.events.insert((index, id.instruction, id.inner))
    }
}

fn number(row: &crate::database::Row, column: &'static str) -> Result<u32, StoreError> {
    let value: i64 = row.try_get(column)?;
    u32::try_from(value)
        .map_err(|error| StoreError::corrupt("event_store", &format!("{column} {value}"), &error))
}
