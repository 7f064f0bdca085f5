//! An event's row as a line of JSON.

use crate::chain::EventRow;
use chorale_domain::id::Hash32;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Every column that the row's hash is over, by its name. `event_data` is there as what it is: its canonical form is
/// what the hash is over.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct EventLine {
    pub sequence: i64,
    signature: String,
    instruction: i64,
    inner_instruction: i64,
    slot: i64,
    block_time: Option<i64>,
    event_type: String,
    schema_version: i64,
    event_data: Value,
    thread: Option<String>,
    causation_id: Option<String>,
    correlation_id: String,
    handshake: String,
    retracts: Option<i64>,
    pub hash: Hash32,
}

impl EventLine {
    /// The line of a row.
    ///
    /// # Errors
    /// If the event is not JSON.
    pub(super) fn of(row: EventRow, hash: Hash32) -> Result<Self, serde_json::Error> {
        Ok(Self {
            sequence: row.sequence,
            signature: row.signature,
            instruction: row.instruction,
            inner_instruction: row.inner,
            slot: row.slot,
            block_time: row.block_time,
            event_type: row.event_type,
            schema_version: row.schema,
            event_data: serde_json::from_str(&row.data)?,
            thread: row.thread,
            causation_id: row.causation,
            correlation_id: row.correlation,
            handshake: row.handshake,
            retracts: row.retracts,
            hash,
        })
    }

    /// The row, and its hash as the line has it.
    ///
    /// # Errors
    /// If the event has no canonical form.
    pub(super) fn into_row(self) -> Result<(EventRow, Hash32), serde_json::Error> {
        let row = EventRow {
            sequence: self.sequence,
            signature: self.signature,
            instruction: self.instruction,
            inner: self.inner_instruction,
            slot: self.slot,
            block_time: self.block_time,
            event_type: self.event_type,
            schema: self.schema_version,
            data: serde_jcs::to_string(&self.event_data)?,
            thread: self.thread,
            causation: self.causation_id,
            correlation: self.correlation_id,
            handshake: self.handshake,
            retracts: self.retracts,
        };
        Ok((row, self.hash))
    }
}

/// Follows a chain of rows: numbers without a gap, and each hash over the one before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Chain {
    /// The last row's number, 0 before the first.
    pub sequence: i64,
    /// The last row's hash, zeros before the first.
    pub hash: Hash32,
}

impl Chain {
    pub(super) const BEGINNING: Self = Self { sequence: 0, hash: Hash32::ZERO };

    /// Goes on to the next row, or says what is wrong with it.
    pub(super) fn follow(&mut self, row: &EventRow, hash: Hash32) -> Result<(), String> {
        let expected = self.sequence + 1;
        if row.sequence != expected {
            return Err(format!("event {} is where {expected} should be", row.sequence));
        }
        if row.hash(self.hash) != hash {
            return Err(format!("event {expected} does not have the hash that it comes with"));
        }
        (self.sequence, self.hash) = (expected, hash);
        Ok(())
    }
}
