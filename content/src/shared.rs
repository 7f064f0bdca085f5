//! What all handles on a store share.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::bm25::Bm25;
use crate::engine::Engine;
use crate::error::ContentError;
use crate::filter::{Condition, stages};
use crate::meaning::{Meaning, Meanings, PREFIX};
use crate::point::PointId;
use crate::stage::Stage;

/// The open store.
pub(crate) struct Shared {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) bm25: Bm25,
    pub(crate) meanings: Meanings,
    /// Tells the worker that there is something new, or that there will be nothing more.
    pub(crate) news: Arc<Notify>,
    /// Bodies that the model cannot embed.
    refused: Mutex<HashSet<PointId>>,
}

impl Shared {
    pub(crate) fn new(engine: Arc<dyn Engine>, meanings: Meanings) -> Result<Self, ContentError> {
        let (bm25, news, refused) = (Bm25::new()?, Arc::default(), Mutex::default());
        Ok(Self { engine, bm25, meanings, news, refused })
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
