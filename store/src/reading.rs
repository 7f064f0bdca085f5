//! Reading the current state: single entities, and pages that continue after a key.

use crate::Store;
use crate::entity::{BY_KEY, limit_column, number_column, of_kind, status_column, typed, versioned};
use crate::error::StoreError;
use chorale_domain::content::ContentHash;
use chorale_domain::id::ThreadId;
use chorale_domain::state::{
    Config, EntityKey, Member, Message, Proposal, ProposalStatus, Roots, Thread, Treasury,
};
use chorale_wire::socket::VersionedEntity;
use sqlx::Row as _;

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

    /// All that there is now: at most `limit` entities in the order of their keys' text, from `after` (exclusive) on.
    ///
    /// # Errors
    /// As [`entity`](Self::entity).
    pub async fn state(
        &self,
        after: Option<EntityKey>,
        limit: usize,
    ) -> Result<Vec<VersionedEntity>, StoreError> {
        const PAGE: &str = "SELECT entity_id, state_version, state_data, checksum FROM canonical_state \
             WHERE entity_id > $1 ORDER BY entity_id LIMIT $2";
        let after = after.map(|key| key.to_string()).unwrap_or_default();
        let query = sqlx::query(PAGE).bind(after).bind(limit_column(limit));
        query.fetch_all(self.database.reader()).await?.iter().map(versioned).collect()
    }

    /// At most `limit` threads in the order of their ids' text, from `after` (exclusive) on.
    ///
    /// # Errors
    /// As [`entity`](Self::entity).
    pub async fn threads(&self, after: Option<ThreadId>, limit: usize) -> Result<Vec<Thread>, StoreError> {
        // The keys of all threads begin with "thread/", and '0' comes after '/': this walks along the primary key and
        // stops where threads end.
        const PAGE: &str = "SELECT entity_id, state_version, state_data, checksum FROM canonical_state \
             WHERE entity_id > $1 AND entity_id < 'thread0' ORDER BY entity_id LIMIT $2";
        let after = after.map_or_else(|| "thread/".to_owned(), |id| EntityKey::Thread(id).to_string());
        let query = sqlx::query(PAGE).bind(after).bind(limit_column(limit));
        typed(&query.fetch_all(self.database.reader()).await?)
    }

    /// Everyone who is or was a co-author of a thread, by number.
    ///
    /// # Errors
    /// As [`entity`](Self::entity).
    pub async fn members(&self, thread: ThreadId) -> Result<Vec<Member>, StoreError> {
        self.members_after(thread, None, usize::MAX).await
    }

    /// At most `limit` of those who are or were co-authors of a thread by number, from `after` (exclusive) on.
    ///
    /// # Errors
    /// As [`entity`](Self::entity).
    pub async fn members_after(
        &self,
        thread: ThreadId,
        after: Option<u32>,
        limit: usize,
    ) -> Result<Vec<Member>, StoreError> {
        const PAGE: &str = "SELECT entity_id, state_version, state_data, checksum FROM canonical_state \
             WHERE thread = $1 AND entity_type = 'member' AND ordinal > $2 ORDER BY ordinal LIMIT $3";
        let query = sqlx::query(PAGE)
            .bind(thread.to_string())
            .bind(after.map_or(-1, i64::from))
            .bind(limit_column(limit));
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

    /// The last messages of a thread, newest first: at most `limit` whose sequence number is below `before`.
    ///
    /// # Errors
    /// As [`entity`](Self::entity).
    pub async fn latest_messages(
        &self,
        thread: ThreadId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        const PAGE: &str = "SELECT entity_id, state_version, state_data, checksum FROM canonical_state \
             WHERE thread = $1 AND entity_type = 'message' AND ordinal < $2 ORDER BY ordinal DESC LIMIT $3";
        let query = sqlx::query(PAGE)
            .bind(thread.to_string())
            .bind(before.map_or(i64::MAX, number_column))
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
        self.proposals_after(thread, status, None, usize::MAX).await
    }

    /// At most `limit` proposals of a thread, oldest first, from `after` (exclusive) on; only those with `status`,
    /// where given. None if `after` is not there any more, which happens when a fork dropped it.
    ///
    /// # Errors
    /// As [`entity`](Self::entity).
    pub async fn proposals_after(
        &self,
        thread: ThreadId,
        status: Option<ProposalStatus>,
        after: Option<ContentHash>,
        limit: usize,
    ) -> Result<Vec<Proposal>, StoreError> {
        const ALL: &str = "SELECT entity_id, state_version, state_data, checksum FROM canonical_state \
             WHERE thread = $1 AND entity_type = $2 AND (ordinal, entity_id) > ($3, $4) \
             ORDER BY ordinal, entity_id LIMIT $5";
        const WITH_STATUS: &str = "SELECT entity_id, state_version, state_data, checksum FROM canonical_state \
             WHERE thread = $1 AND status = $2 AND (ordinal, entity_id) > ($3, $4) \
             ORDER BY ordinal, entity_id LIMIT $5";
        let Some((ordinal, id)) = self.place_of_proposal(thread, after).await? else { return Ok(vec![]) };
        let query = match status {
            None => sqlx::query(ALL).bind(thread.to_string()).bind("proposal"),
            Some(status) => sqlx::query(WITH_STATUS).bind(thread.to_string()).bind(status_column(status)),
        };
        let query = query.bind(ordinal).bind(id).bind(limit_column(limit));
        typed(&query.fetch_all(self.database.reader()).await?)
    }

    /// Where a proposal is among those of its thread; before all of them for `None`.
    async fn place_of_proposal(
        &self,
        thread: ThreadId,
        hash: Option<ContentHash>,
    ) -> Result<Option<(i64, String)>, StoreError> {
        const PLACE: &str = "SELECT ordinal FROM canonical_state WHERE entity_id = $1";
        let Some(hash) = hash else { return Ok(Some((i64::MIN, String::new()))) };
        let id = EntityKey::Proposal(thread, hash).to_string();
        let row = sqlx::query(PLACE).bind(&id).fetch_optional(self.database.reader()).await?;
        Ok(row.map(|row| row.try_get("ordinal")).transpose()?.map(|ordinal| (ordinal, id.clone())))
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
