//! Rows of `event_store` and the hash that chains each to the one before.
//!
//! `hash = SHA-256(domain ‖ fields ‖ previous hash)`. The domain is `chorale:event:v1`, of a retraction
//! `chorale:retraction:v1`. The fields are sequence, signature,
//! instruction, inner_instruction, slot, block_time, event_type, schema_version, event_data, thread,
//! causation_id, correlation_id, handshake and, of a retraction, retracts, in this order: each as its length in bytes (32 bits, big endian)
//! and its bytes, integers in decimal, NULL as the length `0xffffffff` without bytes. The previous hash is
//! that of the row before as 32 bytes, zeros for the first row. Left out are commitment, which may still
//! change, and recorded_at, which differs between two stores of the same chain.

use crate::HANDSHAKE;
use crate::database::Row;
use crate::error::StoreError;
use chorale_domain::event::{ChainEvent, EventId};
use chorale_domain::id::{Hash32, sha256};
use sqlx::Row as _;

const EVENT: &[u8] = b"chorale:event:v1";
const RETRACTION: &[u8] = b"chorale:retraction:v1";
const NULL: u32 = u32::MAX;

/// The part of an event's row that its hash is over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct EventRow {
    pub sequence: i64,
    pub signature: String,
    pub instruction: i64,
    pub inner: i64,
    pub slot: i64,
    pub block_time: Option<i64>,
    pub event_type: String,
    pub schema: i64,
    pub data: String,
    pub thread: Option<String>,
    pub causation: Option<String>,
    pub correlation: String,
    pub handshake: String,
    /// Of a retraction: the row it takes back.
    pub retracts: Option<i64>,
}

impl EventRow {
    pub(crate) fn new(sequence: i64, event: &ChainEvent, meta: Meta<'_>) -> Self {
        Self {
            sequence,
            signature: meta.signature.into(),
            instruction: i64::from(event.id.instruction),
            inner: i64::from(event.id.inner),
            slot: slot_column(event.slot),
            block_time: meta.block_time,
            event_type: event.event.kind().into(),
            schema: i64::from(event.schema),
            data: serde_jcs::to_string(&event.event).expect("events have only text, integers and lists"),
            thread: event.event.thread().map(|thread| thread.to_string()),
            causation: meta.cause.map(|id| format!("{}/{}/{}", meta.signature, id.instruction, id.inner)),
            correlation: meta.signature.into(),
            handshake: HANDSHAKE.into(),
            retracts: None,
        }
    }

    /// The row that takes this one back.
    pub(crate) fn retraction(&self, sequence: i64) -> Self {
        Self { sequence, causation: None, retracts: Some(self.sequence), ..self.clone() }
    }

    /// Reads every column that the hash is over.
    pub(crate) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            sequence: row.try_get("sequence")?,
            signature: row.try_get("signature")?,
            instruction: row.try_get("instruction")?,
            inner: row.try_get("inner_instruction")?,
            slot: row.try_get("slot")?,
            block_time: row.try_get("block_time")?,
            event_type: row.try_get("event_type")?,
            schema: row.try_get("schema_version")?,
            data: row.try_get("event_data")?,
            thread: row.try_get("thread")?,
            causation: row.try_get("causation_id")?,
            correlation: row.try_get("correlation_id")?,
            handshake: row.try_get("handshake")?,
            retracts: row.try_get("retracts")?,
        })
    }

    /// The row's hash, given that of the row before.
    pub(crate) fn hash(&self, previous: Hash32) -> Hash32 {
        let domain = if self.retracts.is_some() { RETRACTION } else { EVENT };
        Hash32(sha256(&[domain, &self.fields(), &previous.0]))
    }

    fn fields(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(512 + self.data.len());
        put_number(&mut bytes, Some(self.sequence));
        put(&mut bytes, Some(&self.signature));
        put_number(&mut bytes, Some(self.instruction));
        put_number(&mut bytes, Some(self.inner));
        put_number(&mut bytes, Some(self.slot));
        put_number(&mut bytes, self.block_time);
        put(&mut bytes, Some(&self.event_type));
        put_number(&mut bytes, Some(self.schema));
        put(&mut bytes, Some(&self.data));
        put(&mut bytes, self.thread.as_deref());
        put(&mut bytes, self.causation.as_deref());
        put(&mut bytes, Some(&self.correlation));
        put(&mut bytes, Some(&self.handshake));
        if self.retracts.is_some() {
            put_number(&mut bytes, self.retracts);
        }
        bytes
    }
}

/// What an event's row needs besides the event.
#[derive(Clone, Copy)]
pub(crate) struct Meta<'t> {
    /// The transaction, in words.
    pub signature: &'t str,
    pub block_time: Option<i64>,
    /// The event before it in its transaction.
    pub cause: Option<EventId>,
}

/// A slot as a BIGINT holds it. At two slots a second the limit is 10^11 years away.
pub(crate) fn slot_column(slot: u64) -> i64 {
    i64::try_from(slot).unwrap_or(i64::MAX)
}

/// An event's identity in words: `signature/instruction/inner`.
pub(crate) fn event_name(id: EventId) -> String {
    format!("{}/{}/{}", id.signature, id.instruction, id.inner)
}

fn put_number(bytes: &mut Vec<u8>, number: Option<i64>) {
    put(bytes, number.map(|number| number.to_string()).as_deref());
}

fn put(bytes: &mut Vec<u8>, field: Option<&str>) {
    let length =
        field.map_or(NULL, |text| u32::try_from(text.len()).expect("neither engine holds 4 GiB in a TEXT"));
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(field.unwrap_or_default().as_bytes());
}
