//! Reading the current state.

use crate::Store;
use crate::database::{Row, Transaction};
use crate::error::StoreError;
use chorale_domain::id::ThreadId;
use chorale_domain::state::{
    Config, Entity, EntityKey, Member, Message, Proposal, ProposalStatus, Roots, Thread, Treasury,
};
use chorale_wire::socket::VersionedEntity;
use sqlx::Row as _;
use std::fmt::Display;

const BY_KEY: &str =
    "SELECT entity_id, state_version, state_data, checksum FROM canonical_state WHERE entity_id = $1";

impl Store {
    /// One entity, `None` if it does not exist.
    ///
    /// # Errors
    /// [`StoreError::Database`], or [`StoreError::Corrupt`] if its row cannot be read.
    pub async fn entity(&self, key: &EntityKey) -> Result<Option<VersionedEntity>, StoreError> {
        let query = sqlx::query(BY_KEY).bind(key.to_string());
        let row = query.fetch_optional(self.database.reader()).await?;
        row.as_ref().map(versioned).transpose()
    }

    /// At most `limit` threads in the order of their ids' text, from `after` (exclusive) on.
    ///
    /// # Errors
    /// As [`entity`](Self::entity).
    pub async fn threads(&self, after: Option<ThreadId>, limit: usize) -> Result<Vec<Thread>, StoreError> {
        // The keys of all threads begin with "thread/", so this walks along the primary key.
        const PAGE: &str = "SELECT entity_id, state_version, state_data, checksum FROM canonical_state \
             WHERE entity_id > $1 AND entity_type = 'thread' ORDER BY entity_id LIMIT $2";
        let after = after.map_or_else(|| "thread/".to_owned(), |id| EntityKey::Thread(id).to_string());
        let query = sqlx::query(PAGE).bind(after).bind(limit_column(limit));
        typed(&query.fetch_all(self.database.reader()).await?)
    }

    /// Everyone who is or was a co-author of a thread, by number.
    ///
    /// # Errors
    /// As [`entity`](Self::entity).
    pub async fn members(&self, thread: ThreadId) -> Result<Vec<Member>, StoreError> {
        const MEMBERS: &str = "SELECT entity_id, state_version, state_data, checksum FROM canonical_state \
             WHERE thread = $1 AND entity_type = 'member' ORDER BY ordinal";
        let query = sqlx::query(MEMBERS).bind(thread.to_string());
        typed(&query.fetch_all(self.database.reader()).await?)
    }

    /// At most `limit` messages of a thread by sequence number, from `after` (exclusive) on.
    ///
    /// # Errors
    /// As [`entity`](Self::entity).
    pub async fn messages(
        &self,
        thread: ThreadId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        const PAGE: &str = "SELECT entity_id, state_version, state_data, checksum FROM canonical_state \
             WHERE thread = $1 AND entity_type = 'message' AND ordinal > $2 ORDER BY ordinal LIMIT $3";
        let query = sqlx::query(PAGE)
            .bind(thread.to_string())
            .bind(after.map_or(-1, number_column))
            .bind(limit_column(limit));
        typed(&query.fetch_all(self.database.reader()).await?)
    }

    /// The proposals of a thread, oldest first; only those with `status`, where given.
    ///
    /// # Errors
    /// As [`entity`](Self::entity).
    pub async fn proposals(
        &self,
        thread: ThreadId,
        status: Option<ProposalStatus>,
    ) -> Result<Vec<Proposal>, StoreError> {
        const ALL: &str = "SELECT entity_id, state_version, state_data, checksum FROM canonical_state \
             WHERE thread = $1 AND entity_type = 'proposal' ORDER BY ordinal, entity_id";
        const WITH_STATUS: &str = "SELECT entity_id, state_version, state_data, checksum FROM canonical_state \
             WHERE thread = $1 AND status = $2 ORDER BY ordinal, entity_id";
        let query = match status {
            None => sqlx::query(ALL).bind(thread.to_string()),
            Some(status) => sqlx::query(WITH_STATUS).bind(thread.to_string()).bind(status_column(status)),
        };
        typed(&query.fetch_all(self.database.reader()).await?)
    }

    /// The deployment's configuration, `None` until its first event is in.
    ///
    /// # Errors
    /// As [`entity`](Self::entity).
    pub async fn config(&self) -> Result<Option<Config>, StoreError> {
        let found = self.entity(&EntityKey::Config).await?;
        found.map(|found| of_kind(found.key, found.entity)).transpose()
    }

    /// The system's reserve, empty until the deployment's first event is in.
    ///
    /// # Errors
    /// As [`entity`](Self::entity).
    pub async fn treasury(&self) -> Result<Treasury, StoreError> {
        let found = self.entity(&EntityKey::Treasury).await?;
        let treasury = found.map(|found| of_kind(found.key, found.entity)).transpose()?;
        Ok(treasury.unwrap_or_default())
    }

    /// The state roots that were posted last, none until the deployment's first event is in.
    ///
    /// # Errors
    /// As [`entity`](Self::entity).
    pub async fn roots(&self) -> Result<Roots, StoreError> {
        let found = self.entity(&EntityKey::Roots).await?;
        let roots = found.map(|found| of_kind(found.key, found.entity)).transpose()?;
        Ok(roots.unwrap_or_default())
    }
}

/// An entity as the transaction `tx` sees it.
pub(crate) async fn load(
    tx: &mut Transaction,
    key: &EntityKey,
) -> Result<Option<VersionedEntity>, StoreError> {
    let query = sqlx::query(BY_KEY).bind(key.to_string());
    let row = query.fetch_optional(&mut **tx).await?;
    row.as_ref().map(versioned).transpose()
}

/// Reads `entity_id, state_version, state_data, checksum`.
pub(crate) fn versioned(row: &Row) -> Result<VersionedEntity, StoreError> {
    let id: String = row.try_get("entity_id")?;
    let data: String = row.try_get("state_data")?;
    let checksum: String = row.try_get("checksum")?;
    Ok(VersionedEntity {
        key: id.parse().map_err(|error| corrupt(&id, &error))?,
        version: row.try_get("state_version")?,
        checksum: checksum.parse().map_err(|error| corrupt(&id, &error))?,
        entity: serde_json::from_str(&data).map_err(|error| corrupt(&id, &error))?,
    })
}

fn corrupt(id: &str, reason: &dyn Display) -> StoreError {
    StoreError::corrupt("canonical_state", &id, reason)
}

/// An entity of one kind.
trait Kind: Sized {
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

fn typed<T: Kind>(rows: &[Row]) -> Result<Vec<T>, StoreError> {
    rows.iter().map(|row| versioned(row).and_then(|found| of_kind(found.key, found.entity))).collect()
}

fn of_kind<T: Kind>(key: EntityKey, entity: Entity) -> Result<T, StoreError> {
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

fn status_column(status: ProposalStatus) -> &'static str {
    match status {
        ProposalStatus::Pending => "pending",
        ProposalStatus::Approved => "approved",
        ProposalStatus::Rejected => "rejected",
        ProposalStatus::Expired => "expired",
        ProposalStatus::Cancelled => "cancelled",
    }
}

/// A message's number as a BIGINT holds it; a content log holds 2^20 at most.
fn number_column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A LIMIT; no store has more rows than a BIGINT counts.
pub(crate) fn limit_column(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
