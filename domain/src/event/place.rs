//! Events with their places in the chain.

use super::Event;
use crate::id::Signature;
use serde::{Deserialize, Serialize};

/// Where an event stands in the chain; the same event has the same id however often it is read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventId {
    /// The transaction.
    pub signature: Signature,
    /// Index of the top-level instruction in the transaction.
    pub instruction: u32,
    /// Index of the inner instruction below it.
    pub inner: u32,
}

/// An event with its place in the chain.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainEvent {
    /// Its identity.
    #[serde(flatten)]
    pub id: EventId,
    /// The slot of its transaction.
    pub slot: u64,
    /// Version of the event's schema, from the event itself.
    pub schema: u8,
    /// What happened.
    pub event: Event,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Hash32, ThreadId, Wallet};

    #[test]
    fn a_chain_event_survives_json() {
        let event = Event::MessagePublished {
            thread: ThreadId([1; 32]),
            hash: Hash32([2; 32]),
            author: Wallet([3; 32]),
            sequence: 4,
            published_at: 5,
        };
        let id = EventId { signature: Signature([6; 64]), instruction: 7, inner: 8 };
        let event = ChainEvent { id, slot: 9, schema: 1, event };
        let json = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<ChainEvent>(&json).unwrap(), event);
    }
}
