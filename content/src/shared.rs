//! What all handles on a store share.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, watch};

use crate::bm25::Bm25;
use crate::engine::Engine;
use crate::error::ContentError;
use crate::filter::{Condition, stages};
use crate::meaning::{Meaning, Meanings, PREFIX};
use crate::payload::Payload;
use crate::point::{Point, PointId};
use crate::queue::Queue;
use crate::stage::Stage;
use crate::watched::Absence;

/// An engine, and why it gives no answer while it does not.
pub(crate) type Reachable = (Arc<dyn Engine>, watch::Receiver<Absence>);

/// The open store.
pub(crate) struct Shared {
    pub(crate) engine: Arc<dyn Engine>,
    /// Where uploads wait while the engine is away.
    pub(crate) queue: Option<Queue>,
    /// Why the engine gives no answer.
    pub(crate) absence: watch::Receiver<Absence>,
    pub(crate) bm25: Bm25,
    pub(crate) meanings: Meanings,
    /// Tells the worker that there is something new, or that there will be nothing more.
    pub(crate) news: Arc<Notify>,
    /// Bodies that the model cannot embed, and points that cannot be read.
    refused: Mutex<HashSet<PointId>>,
}

impl Shared {
    pub(crate) fn new(
        (engine, absence): Reachable,
        queue: Option<Queue>,
        meanings: Meanings,
    ) -> Result<Self, ContentError> {
        let (bm25, news, refused) = (Bm25::new()?, Arc::default(), Mutex::default());
        Ok(Self { engine, queue, absence, bm25, meanings, news, refused })
    }

    /// Stores a body, or leaves the one of that hash as it is and returns it.
    pub(crate) async fn insert(&self, payload: Payload) -> Result<Option<Payload>, ContentError> {
        let id = PointId::of(payload.thread, payload.hash);
        let words = self.bm25.document(payload.body.clone()).await?;
        let first = self.engine.insert(Point { id, words, payload }).await?;
        if first.is_none() {
            self.news.notify_one();
        }
        Ok(first)
    }

    /// Those of the bodies that are there, or wait to be. What the engine has came first.
    pub(crate) async fn fetch(&self, ids: Vec<PointId>) -> Result<Vec<Payload>, ContentError> {
        let Some(queue) = self.queue.as_ref().filter(|queue| queue.len() > 0) else {
            return self.engine.fetch(ids).await;
        };
        let fetched = self.engine.fetch(ids.clone()).await;
        if fetched.as_ref().is_err_and(|_| !ids.iter().all(|id| queue.has(*id))) {
            return fetched;
        }
        let mut payloads = fetched.unwrap_or_default();
        let found: HashSet<_> = payloads.iter().map(|found| PointId::of(found.thread, found.hash)).collect();
        for id in ids.into_iter().filter(|id| !found.contains(id)).collect::<HashSet<_>>() {
            payloads.extend(queue.get(id).await?);
        }
        Ok(payloads)
    }

    /// A body that is there, or waits to be. One that is there and cannot be read is an error, also where one
    /// waits.
    pub(crate) async fn stored(&self, id: PointId) -> Result<Option<Payload>, ContentError> {
        let stored = self.engine.stored(id).await;
        let (Some(queue), Ok(None) | Err(_)) = (&self.queue, &stored) else { return stored };
        if matches!(stored, Err(ContentError::Unreadable { .. })) {
            return stored;
        }
        match queue.get(id).await? {
            None => stored,
            waiting => Ok(waiting),
        }
    }

    /// Puts a tombstone in the place of a body of the same author that waits; whether one does.
    pub(crate) async fn bury(&self, id: PointId, tombstone: &Payload) -> Result<bool, ContentError> {
        let Some(queue) = &self.queue else { return Ok(false) };
        let waiting = queue.get(id).await?.filter(|waiting| waiting.author == tombstone.author);
        if waiting.is_some() {
            queue.bury(tombstone.clone()).await?;
        }
        Ok(waiting.is_some())
    }

    /// The bodies that are to be embedded by a model and are not yet.
    pub(crate) fn unembedded(&self, meaning: &Meaning) -> Vec<Condition> {
        // A set of ids cannot be left half changed.
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = Condition::Except(refused.iter().copied().collect());
        vec![stages(&Stage::WRITTEN), Condition::Lacks(meaning.vector().to_owned()), refused]
    }

    /// Leaves those bodies out from now on.
    pub(crate) fn refuse(&self, ids: Vec<PointId>) {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).extend(ids);
    }

    /// How many bodies wait to be embedded by the model that is wanted.
    pub(crate) async fn waiting(&self) -> Result<usize, ContentError> {
        match self.meanings.wanted() {
            Some(meaning) => self.engine.count(self.unembedded(&meaning)).await,
            None => Ok(0),
        }
    }

    /// Has the model that is wanted answer, if everything is embedded by it. The vectors of others then go, unless
    /// someone else may be using them.
    pub(crate) async fn settle(&self) -> Result<(), ContentError> {
        if self.meanings.wanted().is_none() || self.waiting().await? > 0 {
            return Ok(());
        }
        self.meanings.settle();
        if self.engine.is_shared() { Ok(()) } else { self.drop_others().await.map(|_| ()) }
    }

    /// Drops the vectors of all models but the one that is wanted; how many models those were.
    pub(crate) async fn drop_others(&self) -> Result<usize, ContentError> {
        let wanted = self.meanings.wanted();
        let others = |name: &String| {
            name.starts_with(PREFIX) && wanted.as_ref().is_none_or(|meaning| meaning.vector() != name)
        };
        let others: Vec<_> = self.engine.vectors().await?.into_iter().filter(others).collect();
        for name in others.clone() {
            self.engine.drop_vector(name).await?;
        }
        Ok(others.len())
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.news.notify_one();
    }
}
