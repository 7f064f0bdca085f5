//! An entity as its row in `canonical_state` holds it.

use crate::database::Row;
use crate::error::StoreError;
use chorale_domain::id::{Hash32, sha256};
use chorale_domain::state::{
    Config, Entity, EntityKey, Member, Message, Proposal, ProposalStatus, Roots, Thread, Treasury,
};
use chorale_wire::socket::VersionedEntity;
use sqlx::Row as _;
use std::fmt::Display;

/// Reads one, by its key's text.
pub(crate) const BY_KEY: &str =
    "SELECT entity_id, state_version, state_data, checksum FROM canonical_state WHERE entity_id = $1";

/// Reads `entity_id, state_version, state_data, checksum`; refuses a state that is not the one its checksum is of.
pub(crate) fn versioned(row: &Row) -> Result<VersionedEntity, StoreError> {
    let id: String = row.try_get("entity_id")?;
    let data: String = row.try_get("state_data")?;
    let checksum: String = row.try_get("checksum")?;
    let checksum = checksum.parse().map_err(|error| corrupt(&id, &error))?;
    if Hash32(sha256(&[data.as_bytes()])) != checksum {
        return Err(corrupt(&id, &"its state is not the one its checksum is of"));
    }
    Ok(VersionedEntity {
        key: id.parse().map_err(|error| corrupt(&id, &error))?,
        version: row.try_get("state_version")?,
        checksum,
        entity: parse(&id, &data)?,
    })
}

/// Reads `entity_id, state_data`, whatever its checksum.
pub(crate) fn unchecked(row: &Row) -> Result<Entity, StoreError> {
    parse(row.try_get("entity_id")?, row.try_get("state_data")?)
}

fn parse(id: &str, data: &str) -> Result<Entity, StoreError> {
    serde_json::from_str(data).map_err(|error| corrupt(id, &error))
}

fn corrupt(id: &str, reason: &dyn Display) -> StoreError {
    StoreError::corrupt("canonical_state", &id, reason)
}

/// An entity of one kind.
pub(crate) trait Kind: Sized {
    fn of(entity: Entity) -> Option<Self>;
}

macro_rules! kinds {
    ($($kind:ident),*) => {
        $(impl Kind for $kind {
            fn of(entity: Entity) -> Option<Self> {
                match entity {
                    Entity::$kind(found) => Some(found),
                    _ => None,
                }
            }
        })*
    };
}

kinds!(Config, Treasury, Roots, Thread, Member, Proposal, Message);

/// Rows of one kind.
pub(crate) fn typed<T: Kind>(rows: &[Row]) -> Result<Vec<T>, StoreError> {
    rows.iter().map(|row| versioned(row).and_then(|found| of_kind(found.key, found.entity))).collect()
}

/// An entity whose key says what kind it is.
pub(crate) fn of_kind<T: Kind>(key: EntityKey, entity: Entity) -> Result<T, StoreError> {
    T::of(entity).ok_or_else(|| corrupt(&key.to_string(), &"its state is of another kind than its key"))
}

/// An entity's place among its kind in its thread.
pub(crate) fn ordinal(entity: &Entity) -> i64 {
    match entity {
        Entity::Config(_) | Entity::Treasury(_) | Entity::Roots(_) | Entity::Thread(_) => 0,
        Entity::Member(member) => i64::from(member.number),
        Entity::Proposal(proposal) => proposal.created_at,
        Entity::Message(message) => number_column(message.sequence),
    }
}

/// What a proposal's row is found by.
pub(crate) fn status(entity: &Entity) -> Option<&'static str> {
    match entity {
        Entity::Proposal(proposal) => Some(status_column(proposal.status)),
        _ => None,
    }
}

/// Whose a seat or a proposal is, as its row holds it.
pub(crate) fn owner(entity: &Entity) -> Option<String> {
    chorale_wire::socket::owner(entity).map(|wallet| wallet.to_string())
}

/// A proposal's status as its row holds it.
pub(crate) fn status_column(status: ProposalStatus) -> &'static str {
    match status {
        ProposalStatus::Pending => "pending",
        ProposalStatus::Approved => "approved",
        ProposalStatus::Rejected => "rejected",
        ProposalStatus::Expired => "expired",
        ProposalStatus::Cancelled => "cancelled",
    }
}

/// A message's number as a BIGINT holds it; a content log holds 2^20 at most.
pub(crate) fn number_column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A LIMIT; no store has more rows than a BIGINT counts.
pub(crate) fn limit_column(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
