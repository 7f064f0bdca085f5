//! Entities as rooms tell of them.

use chorale_domain::id::Hash32;
use chorale_domain::state::{Entity, EntityKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How settled an event is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Commitment {
    /// Voted on by a supermajority.
    Confirmed,
    /// Cannot be undone.
    Finalized,
    /// Taken back: a fork dropped its transaction.
    Retracted,
}

/// An entity at a version.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct VersionedEntity {
    /// Which.
    pub key: EntityKey,
    /// +1 with each change, from 1.
    pub version: i64,
    /// SHA-256 of the entity's canonical JSON.
    pub checksum: Hash32,
    /// Its state.
    pub entity: Entity,
}

/// An entity that is no longer in a room: nothing is left of it since a retraction took back what had created it, or, in
/// a wallet's room, it is another's now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RemovedEntity {
    /// Which.
    pub key: EntityKey,
    /// The version that says it is gone: +1 as with any change. Created again, it goes on from there.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use chorale_domain::id::ThreadId;

    #[test]
    fn a_retraction_names_what_is_gone_and_at_which_version() {
        let key = EntityKey::Message(ThreadId([7; 32]), Hash32([8; 32]));
        let removed = RemovedEntity { key, version: 2 };
        let json = serde_json::to_value(removed).unwrap();
        assert_eq!(json, serde_json::json!({ "key": key.to_string(), "version": 2 }));
        assert_eq!(serde_json::from_value::<RemovedEntity>(json).unwrap(), removed);
        assert_eq!(serde_json::to_string(&Commitment::Retracted).unwrap(), r#""retracted""#);
    }
}
