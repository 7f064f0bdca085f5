//! What the service does on its own behalf. Nothing of it may go to a reader, who reads through [`ContentStore`].
//!
//! [`ContentStore`]: crate::ContentStore

use std::collections::HashMap;
use std::sync::Arc;

use chorale_domain::content::ContentHash;
use chorale_domain::id::ThreadId;
use chorale_wire::http::ContentStatus;

use crate::error::ContentError;
use crate::filter::{Condition, narrowed, stages};
use crate::meaning::PREFIX;
use crate::point::PointId;
use crate::record::ContentRecord;
use crate::search::ContentFilter;
use crate::shared::Shared;
use crate::stage::Stage;

/// Stale bodies in one page.
const STALE_PAGE: usize = 500;

/// A page of bodies, by what they stand for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Keys {
    /// Which.
    pub keys: Vec<(ThreadId, ContentHash)>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<KeysCursor>,
}

/// Where a page ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeysCursor(PointId);

/// Reads and changes without a reader: collecting, copying the chain's decisions, comparing, counting.
#[derive(Clone)]
pub struct Duties(pub(crate) Arc<Shared>);

impl Duties {
    /// One body whoever may read it, `None` where it was never uploaded or was collected.
    ///
    /// # Errors
    /// Only the store's own: closed, away, engine, unreadable.
    pub async fn get(
        &self,
        thread: ThreadId,
        hash: ContentHash,
    ) -> Result<Option<ContentRecord>, ContentError> {
        Ok(self.get_many(thread, &[hash]).await?.remove(&hash))
    }

    /// Those of the bodies that are there.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn get_many(
        &self,
        thread: ThreadId,
        hashes: &[ContentHash],
    ) -> Result<HashMap<ContentHash, ContentRecord>, ContentError> {
        let ids = hashes.iter().map(|hash| PointId::of(thread, *hash)).collect();
        let found = self.0.fetch(ids).await?;
        Ok(found.into_iter().map(|payload| (payload.hash, payload.whole())).collect())
    }

    /// Copies what the chain says. True if the body was there, and not erased, which it stays; idempotent.
    ///
    /// # Errors
    /// Only the store's own: closed, away, engine.
    pub async fn set_stage(
        &self,
        thread: ThreadId,
        hash: ContentHash,
        stage: Stage,
    ) -> Result<bool, ContentError> {
        self.0.engine.set_stage(PointId::of(thread, hash), stage).await
    }

    /// A page of all bodies there are of a kind, in no order that means anything, from where the page before it ended.
    ///
    /// # Errors
    /// [`ContentError::Period`], or the store's own.
    pub async fn keys(&self, filter: ContentFilter, from: Option<KeysCursor>) -> Result<Keys, ContentError> {
        self.page(narrowed(&filter)?, from).await
    }

    /// A page of the bodies that are undecided and were uploaded before `before` (Unix seconds), from where the page
    /// before it ended. Whoever asks decides which of them the chain has never heard of.
    ///
    /// # Errors
    /// Only the store's own: closed, away, engine, unreadable.
    pub async fn stale(&self, before: i64, from: Option<KeysCursor>) -> Result<Keys, ContentError> {
        self.page(undecided(before)?, from).await
    }

    async fn page(&self, conditions: Vec<Condition>, from: Option<KeysCursor>) -> Result<Keys, ContentError> {
        let from = from.map(|KeysCursor(id)| id);
        let page = self.0.engine.page(conditions, from, STALE_PAGE).await?;
        Ok(Keys { keys: page.keys, next: page.next.map(KeysCursor) })
    }

    /// Removes those of the bodies that are, at that moment, still undecided and older than `before`; returns how
    /// many.
    ///
    /// # Errors
    /// Only the store's own.
    pub async fn discard(
        &self,
        keys: &[(ThreadId, ContentHash)],
        before: i64,
    ) -> Result<usize, ContentError> {
        let ids = keys.iter().map(|(thread, hash)| PointId::of(*thread, *hash)).collect();
        self.0.engine.remove(ids, undecided(before)?).await
    }

    /// How many bodies there are of a kind, exactly. Erased ones are counted where no status, or theirs, is asked for.
    ///
    /// # Errors
    /// [`ContentError::Period`], or the store's own.
    pub async fn count(&self, filter: ContentFilter) -> Result<usize, ContentError> {
        self.0.engine.count(narrowed(&filter)?).await
    }

    /// How many bodies wait for the vector by which they are found by meaning; 0 without a model.
    ///
    /// # Errors
    /// Only the store's own.
    pub async fn waiting(&self) -> Result<usize, ContentError> {
        self.0.waiting().await
    }

    /// How many models bodies have vectors of: two while one takes the other's place.
    ///
    /// # Errors
    /// Only the store's own.
    pub async fn models(&self) -> Result<usize, ContentError> {
        let names = self.0.engine.vectors().await?;
        Ok(names.into_iter().filter(|name| name.starts_with(PREFIX)).count())
    }

    /// Drops the vectors of all models but the one in use; how many models those were. On a Qdrant server others may
    /// still be using them: first have every backend use the new model.
    ///
    /// # Errors
    /// Only the store's own.
    pub async fn drop_other_models(&self) -> Result<usize, ContentError> {
        self.0.drop_others().await
    }
}

fn undecided(before: i64) -> Result<Vec<Condition>, ContentError> {
    let until = Some(before);
    let mut conditions = narrowed(&ContentFilter { until, ..ContentFilter::default() })?;
    conditions.push(stages(Stage::with(ContentStatus::Pending)));
    Ok(conditions)
}
