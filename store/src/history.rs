//! Reading what was: the versions of an entity, and the state as of a slot.

use crate::Store;
use crate::chain::slot_column;
use crate::database::Row;
use crate::entity::{limit_column, versioned};
use crate::error::StoreError;
use chorale_domain::id::{Hash32, Wallet};
use chorale_domain::state::{Entity, EntityKey};
use chorale_wire::socket::VersionedEntity;
use sqlx::Row as _;
use std::fmt::Display;

/// An entity at one of its versions, and how it came to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Version {
    /// +1 with each change, from 1.
    pub version: i64,
    /// `create`, `update` or `retract`.
    pub change_type: String,
    /// The type of the event that changed it, or that was taken back.
    pub reason: String,
    /// Whose doing the event was.
    pub actor: Wallet,
    /// The row of the event, or of the retraction.
    pub event_sequence: i64,
    /// The event's slot.
    pub slot: u64,
    /// When this store wrote it, Unix seconds.
    pub changed_at: i64,
    /// Whether the chain still says so: not of what was retracted, nor of retractions.
    pub live: bool,
    /// Its state, `None` where a retraction left nothing.
    pub state: Option<Entity>,
    /// SHA-256 of its state's canonical JSON.
    pub checksum: Option<Hash32>,
}

impl Store {
    /// At most `limit` versions of an entity, from `after_version` (exclusive) on; from 0 on for all of them.
    ///
    /// # Errors
    /// [`StoreError::Database`], or [`StoreError::Corrupt`] if a row cannot be read.
    pub async fn versions(
        &self,
        key: &EntityKey,
        after_version: i64,
        limit: usize,
    ) -> Result<Vec<Version>, StoreError> {
        const PAGE: &str = "SELECT entity_id, state_version, change_type, change_reason, changed_by, \
             event_sequence, slot, changed_at, live, state_data, checksum FROM state_history \
             WHERE entity_id = $1 AND state_version > $2 ORDER BY state_version LIMIT $3";
        let query = sqlx::query(PAGE).bind(key.to_string()).bind(after_version).bind(limit_column(limit));
        query.fetch_all(self.database.reader()).await?.iter().map(version).collect()
    }

    /// An entity as of the end of a slot, `None` if it did not exist yet.
    ///
    /// # Errors
    /// As [`versions`](Self::versions).
    pub async fn entity_at(&self, key: &EntityKey, slot: u64) -> Result<Option<VersionedEntity>, StoreError> {
        const LAST: &str = "SELECT entity_id, state_version, state_data, checksum FROM state_history \
             WHERE entity_id = $1 AND live = 1 AND slot <= $2 ORDER BY state_version DESC LIMIT 1";
        let query = sqlx::query(LAST).bind(key.to_string()).bind(slot_column(slot));
        query.fetch_optional(self.database.reader()).await?.as_ref().map(versioned).transpose()
    }

    /// The whole state as of the end of a slot: at most `limit` entities in the order of their keys' text, from
    /// `after` (exclusive) on.
    ///
    /// # Errors
    /// As [`versions`](Self::versions).
    pub async fn state_at(
        &self,
        slot: u64,
        after: Option<EntityKey>,
        limit: usize,
    ) -> Result<Vec<VersionedEntity>, StoreError> {
        // Walks along the primary key. Slots grow with versions, so each probe ends at the next live version.
        const PAGE: &str = "SELECT entity_id, state_version, state_data, checksum FROM state_history h \
             WHERE entity_id > $1 AND live = 1 AND slot <= $2 AND NOT EXISTS \
             (SELECT 1 FROM state_history l WHERE l.entity_id = h.entity_id \
             AND l.state_version > h.state_version AND l.live = 1 AND l.slot <= $2) \
             ORDER BY entity_id LIMIT $3";
        let after = after.map(|key| key.to_string()).unwrap_or_default();
        let query = sqlx::query(PAGE).bind(after).bind(slot_column(slot)).bind(limit_column(limit));
        query.fetch_all(self.database.reader()).await?.iter().map(versioned).collect()
    }
}

fn version(row: &Row) -> Result<Version, StoreError> {
    let id: String = row.try_get("entity_id")?;
    let version: i64 = row.try_get("state_version")?;
    let corrupt =
        |error: &dyn Display| StoreError::corrupt("state_history", &format!("{id} version {version}"), error);
    let data: Option<String> = row.try_get("state_data")?;
    let checksum: Option<String> = row.try_get("checksum")?;
    Ok(Version {
        version,
        change_type: row.try_get("change_type")?,
        reason: row.try_get("change_reason")?,
        actor: row.try_get::<String, _>("changed_by")?.parse().map_err(|error| corrupt(&error))?,
        event_sequence: row.try_get("event_sequence")?,
        slot: u64::try_from(row.try_get::<i64, _>("slot")?).map_err(|error| corrupt(&error))?,
        changed_at: row.try_get("changed_at")?,
        live: row.try_get::<i64, _>("live")? == 1,
        state: data.map(|data| serde_json::from_str(&data)).transpose().map_err(|error| corrupt(&error))?,
        checksum: checksum.map(|text| text.parse()).transpose().map_err(|error| corrupt(&error))?,
    })
}
