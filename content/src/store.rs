//! The public face: checks what comes in, names it, and leaves the rest to the engine.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use chorale_domain::content::ContentHash;
use chorale_domain::id::ThreadId;
use chorale_wire::http::ContentStatus;

use crate::bm25::Bm25;
use crate::engine::{EdgeEngine, Engine};
use crate::error::ContentError;
use crate::filter::{Condition, ContentFilter, Search, conditions};
use crate::payload::Payload;
use crate::point::{Point, PointId};
use crate::record::{ContentRecord, NewContent, Stored};

/// Stale bodies in one page.
const STALE_PAGE: usize = 500;

/// A page of stale bodies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stale {
    /// Which.
    pub keys: Vec<(ThreadId, ContentHash)>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<StaleCursor>,
}

/// Where a page of stale bodies ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StaleCursor(PointId);

/// Where bodies are kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContentOptions {
    /// Folder on disk, created if missing. One process at a time can have it open.
    pub path: PathBuf,
}

/// All bodies of a deployment. A clone is another handle on the same store.
///
/// An acknowledged change survives the end of the process at once, and a power cut a fraction of a second
/// later. Call [`close`](Self::close) before opening the folder again: dropping the handles writes everything
/// too, but a flush in the background may hold the folder a moment longer.
#[derive(Clone)]
pub struct ContentStore {
    engine: Arc<dyn Engine>,
    bm25: Bm25,
}

impl ContentStore {
    /// Opens or creates the store in a folder.
    ///
    /// # Errors
    /// [`ContentError::InUse`] where someone else has the folder open, [`ContentError::Folder`] where it cannot
    /// be used, [`ContentError::Engine`] where what it holds is damaged.
    pub async fn open(options: ContentOptions) -> Result<Self, ContentError> {
        let engine = EdgeEngine::open(options.path).await?;
        Self::with_engine(Arc::new(engine))
    }

    fn with_engine(engine: Arc<dyn Engine>) -> Result<Self, ContentError> {
        Ok(Self { engine, bm25: Bm25::new()? })
    }

    /// Stores a body as given. Content that is already in the thread stays as it is, author, time and status
    /// included: whoever uploads it again does not take it over. (Salt and body need no comparison, the same
    /// hash means the same of both.)
    ///
    /// # Errors
    /// [`ContentError::Body`] or [`ContentError::Time`] where it is not in order; nothing is stored then.
    pub async fn put(&self, content: NewContent) -> Result<Stored, ContentError> {
        let record = content.checked()?;
        let point = Point {
            id: PointId::of(record.thread, record.hash),
            words: self.bm25.document(record.body.clone()).await?,
            payload: Payload::from(record.clone()),
        };
        Ok(match self.engine.insert(point).await? {
            None => Stored::New(record),
            Some(first) => Stored::Already(first.into()),
        })
    }

    /// One body, `None` where it was never uploaded or was collected.
    ///
    /// # Errors
    /// Only the store's own: closed, engine, unreadable.
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
    /// Only the store's own: closed, engine, unreadable.
    pub async fn get_many(
        &self,
        thread: ThreadId,
        hashes: &[ContentHash],
    ) -> Result<HashMap<ContentHash, ContentRecord>, ContentError> {
        let ids = hashes.iter().map(|hash| PointId::of(thread, *hash)).collect();
        let found = self.engine.fetch(ids).await?;
        Ok(found.into_iter().map(|payload| (payload.hash, payload.into())).collect())
    }

    /// Copies the chain's decision. True if the body was there; idempotent.
    ///
    /// # Errors
    /// Only the store's own: closed, engine.
    pub async fn set_status(
        &self,
        thread: ThreadId,
        hash: ContentHash,
        status: ContentStatus,
    ) -> Result<bool, ContentError> {
        self.engine.set_status(PointId::of(thread, hash), status).await
    }

    /// The bodies that fit best, best first, each with a score that compares within this answer only; for a
    /// blank text the newest first, each with score 0.
    ///
    /// # Errors
    /// [`ContentError::Limit`], [`ContentError::QueryTooLong`], [`ContentError::Period`], or the store's own.
    pub async fn search(&self, query: Search) -> Result<Vec<(f32, ContentRecord)>, ContentError> {
        query.check()?;
        let filter = conditions(&query.filter)?;
        if query.text.trim().is_empty() {
            let newest = self.engine.newest(filter, query.limit).await?;
            return Ok(newest.into_iter().map(|payload| (0.0, payload.into())).collect());
        }
        let words = self.bm25.query(&query.text);
        let ranked = self.engine.ranked(words, filter, query.limit).await?;
        Ok(ranked.into_iter().map(|(score, payload)| (score, payload.into())).collect())
    }

    /// A page of the bodies that are still pending and were uploaded before `before` (Unix seconds), from where
    /// the page before it ended. Whoever asks decides which of them the chain has never heard of.
    ///
    /// # Errors
    /// Only the store's own: closed, engine, unreadable.
    pub async fn stale(&self, before: i64, from: Option<StaleCursor>) -> Result<Stale, ContentError> {
        let from = from.map(|StaleCursor(id)| id);
        let page = self.engine.page(stale_conditions(before)?, from, STALE_PAGE).await?;
        Ok(Stale { keys: page.keys, next: page.next.map(StaleCursor) })
    }

    /// Removes those of the bodies that are, at that moment, still pending and older than `before`; returns how
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
        self.engine.remove(ids, stale_conditions(before)?).await
    }

    /// How many bodies there are of a kind, exactly.
    ///
    /// # Errors
    /// [`ContentError::Period`], or the store's own.
    pub async fn count(&self, filter: ContentFilter) -> Result<usize, ContentError> {
        self.engine.count(conditions(&filter)?).await
    }

    /// Writes everything to disk and lets go of the folder. Every later call on any handle is refused with
    /// [`ContentError::Closed`], except that closing again does nothing.
    ///
    /// # Errors
    /// [`ContentError::Engine`] where the disk refuses; the folder is let go of even then.
    pub async fn close(&self) -> Result<(), ContentError> {
        self.engine.close().await
    }
}

fn stale_conditions(before: i64) -> Result<Vec<Condition>, ContentError> {
    let status = Some(ContentStatus::Pending);
    conditions(&ContentFilter { until: Some(before), status, ..ContentFilter::default() })
}
