//! An engine that may be away, and is not asked while it is.
//!
//! Once a call finds it away, every later one is refused at once, so that nobody waits for an answer that will not come
//! and nothing piles up. One question at a time is asked in the background until it is answered as it should
//! be: an engine that answers with nothing but errors is of as little use as one that does not answer. A call
//! that fails for itself keeps no other away, and is only a reason to ask.

use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use crate::engine::{Engine, Newest, Page, Ranking, Snapshot};
use crate::error::ContentError;
use crate::filter::Condition;
use crate::payload::Payload;
use crate::point::{Point, PointId};
use crate::stage::Stage;

/// How soon it is asked whether it is back, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How often an engine that is not used is asked whether it is there.
const IDLE: Duration = Duration::from_secs(10);
/// However many calls fail, it is asked no sooner after it was there.
const LEAST_PAUSE: Duration = Duration::from_secs(1);

/// Why an engine gives no answer, while it does not.
pub(crate) type Absence = Option<Arc<str>>;

/// See the module.
pub(crate) struct Watched {
    engine: Arc<dyn Engine>,
    absence: watch::Sender<Absence>,
    /// Tells that a call failed, which may be the engine's fault or the call's.
    doubt: Arc<Notify>,
}

impl Watched {
    /// Watches the engine for as long as anyone has it.
    pub(crate) fn new(engine: Arc<dyn Engine>) -> Arc<Self> {
        let watched = Arc::new(Self { engine, absence: watch::Sender::default(), doubt: Arc::default() });
        tokio::spawn(watch(Arc::downgrade(&watched), watched.absence(), watched.doubt.clone()));
        watched
    }

    /// Why it gives no answer, as it changes.
    pub(crate) fn absence(&self) -> watch::Receiver<Absence> {
        self.absence.subscribe()
    }

    async fn through<T>(
        &self,
        call: impl Future<Output = Result<T, ContentError>>,
    ) -> Result<T, ContentError> {
        if let Some(cause) = self.absence.borrow().as_deref() {
            return Err(ContentError::Away(cause.into()));
        }
        let answer = call.await.map_err(unusable);
        match &answer {
            Err(ContentError::Away(cause)) => self.note(Some(cause.to_string().into())),
            Err(ContentError::Engine(_)) => self.doubt.notify_one(),
            _ => {}
        }
        answer
    }

    /// Asks for nothing in particular, so that any error is the engine's own.
    async fn probe(&self) {
        let absence = match self.engine.vectors().await.map_err(unusable) {
            // Who closed it misses nothing.
            Ok(_) | Err(ContentError::Closed) => None,
            Err(ContentError::Away(cause)) => Some(cause.to_string().into()),
            Err(error) => Some(error.to_string().into()),
        };
        self.note(absence);
    }

    fn note(&self, absence: Absence) {
        self.absence.send_if_modified(|known| {
            let changed = known.is_some() != absence.is_some();
            *known = absence;
            changed
        });
    }
}

/// A server that refuses whoever asks is away for all of them, until someone changes its mind: what can wait, waits.
fn unusable(error: ContentError) -> ContentError {
    match error {
        ContentError::Settings(reason) => ContentError::Away(reason.into()),
        other => other,
    }
}

/// Asks until nobody has the engine any more: at once, now and then while it is there, and again and again while it is not.
async fn watch(watched: Weak<Watched>, mut absence: watch::Receiver<Absence>, doubt: Arc<Notify>) {
    let mut pause = FIRST_PAUSE;
    while let Some(watched) = watched.upgrade() {
        watched.probe().await;
        drop(watched);
        if absence.borrow_and_update().is_some() {
            sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        } else if rest(&mut absence, &doubt).await {
            pause = FIRST_PAUSE;
        } else {
            return;
        }
    }
}

/// Waits for a reason to ask an engine that was there; false where nobody has it any more.
async fn rest(absence: &mut watch::Receiver<Absence>, doubt: &Notify) -> bool {
    let doubted = async {
        sleep(LEAST_PAUSE).await;
        doubt.notified().await;
    };
    tokio::select! {
        changed = absence.changed() => changed.is_ok(),
        () = doubted => true,
        () = sleep(IDLE) => true,
    }
}

#[async_trait]
impl Engine for Watched {
    async fn insert(&self, point: Point) -> Result<Option<Payload>, ContentError> {
        self.through(self.engine.insert(point)).await
    }

    async fn fetch(&self, ids: Vec<PointId>) -> Result<Vec<Payload>, ContentError> {
        self.through(self.engine.fetch(ids)).await
    }

    async fn stored(&self, id: PointId) -> Result<Option<Payload>, ContentError> {
        self.through(self.engine.stored(id)).await
    }

    async fn set_stage(&self, id: PointId, stage: Stage) -> Result<bool, ContentError> {
        self.through(self.engine.set_stage(id, stage)).await
    }

    async fn ranked(
        &self,
        query: Ranking,
        filter: Vec<Condition>,
        limit: usize,
    ) -> Result<Vec<(f32, Payload)>, ContentError> {
        self.through(self.engine.ranked(query, filter, limit)).await
    }

    async fn newest(&self, filter: Vec<Condition>, limit: usize) -> Result<Newest, ContentError> {
        self.through(self.engine.newest(filter, limit)).await
    }

    async fn page(
        &self,
        filter: Vec<Condition>,
        from: Option<PointId>,
        limit: usize,
    ) -> Result<Page, ContentError> {
        self.through(self.engine.page(filter, from, limit)).await
    }

    async fn remove(&self, ids: Vec<PointId>, filter: Vec<Condition>) -> Result<usize, ContentError> {
        self.through(self.engine.remove(ids, filter)).await
    }

    async fn count(&self, filter: Vec<Condition>) -> Result<usize, ContentError> {
        self.through(self.engine.count(filter)).await
    }

    async fn erase(&self, id: PointId, tombstone: Payload) -> Result<(), ContentError> {
        self.through(self.engine.erase(id, tombstone)).await
    }

    async fn vectors(&self) -> Result<Vec<String>, ContentError> {
        self.through(self.engine.vectors()).await
    }

    async fn add_vector(&self, name: String, dimensions: usize) -> Result<(), ContentError> {
        self.through(self.engine.add_vector(name, dimensions)).await
    }

    async fn drop_vector(&self, name: String) -> Result<(), ContentError> {
        self.through(self.engine.drop_vector(name)).await
    }

    async fn embed(
        &self,
        name: String,
        model: String,
        vectors: Vec<(PointId, Vec<f32>)>,
    ) -> Result<(), ContentError> {
        self.through(self.engine.embed(name, model, vectors)).await
    }

    async fn snapshot(&self, folder: PathBuf) -> Result<Snapshot, ContentError> {
        self.through(self.engine.snapshot(folder)).await
    }

    fn is_shared(&self) -> bool {
        self.engine.is_shared()
    }

    /// Also while it is away: what it holds of this process is let go of.
    async fn close(&self) -> Result<(), ContentError> {
        self.engine.close().await
    }
}

#[cfg(test)]
mod tests;
