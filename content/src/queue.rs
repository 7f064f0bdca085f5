//! Uploads that wait on disk for a Qdrant server that is away.
//!
//! Each is a file of its own, written whole and synced before it is acknowledged, in the payload schema of the engines.
//! They are delivered in the order in which they came, and a file goes only once the server has the body: a crash in
//! between delivers it again, which changes nothing.

mod files;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use files::Files;

use crate::error::ContentError;
use crate::payload::Payload;
use crate::point::PointId;

/// Bodies that may wait: some 600 MB at their largest, and hours of a busy deployment.
const MOST: usize = 10_000;

/// The queue of one process. A clone is another handle on it.
#[derive(Clone)]
pub(crate) struct Queue(Arc<Inner>);

struct Inner {
    files: Files,
    /// One change at a time: files are numbered in the order in which they are written.
    turn: tokio::sync::Mutex<()>,
    waiting: Mutex<Waiting>,
}

/// What waits, and in which file, by the file's number.
#[derive(Default)]
struct Waiting {
    bodies: BTreeMap<u64, PointId>,
    places: HashMap<PointId, u64>,
    next: u64,
}

impl Waiting {
    fn of(found: Vec<(u64, PointId)>) -> Self {
        let bodies: BTreeMap<_, _> = found.into_iter().collect();
        let places = bodies.iter().map(|(place, id)| (*id, *place)).collect();
        let next = bodies.keys().next_back().map_or(0, |last| last + 1);
        Self { bodies, places, next }
    }

    fn place(&self, id: PointId) -> Option<u64> {
        self.places.get(&id).copied()
    }

    fn insert(&mut self, place: u64, id: PointId) {
        self.bodies.insert(place, id);
        self.places.insert(id, place);
        self.next = place + 1;
    }

    /// A body whose file was gone may have come again since, to another place.
    fn remove(&mut self, place: u64) {
        let Some(id) = self.bodies.remove(&place) else { return };
        if self.place(id) == Some(place) {
            self.places.remove(&id);
        }
    }
}

impl Queue {
    /// The queue in a folder, with what waits there since an earlier run.
    ///
    /// # Errors
    /// [`ContentError::InUse`] where another process has it, [`ContentError::Folder`] where it cannot be used.
    pub(crate) async fn open(folder: PathBuf) -> Result<Self, ContentError> {
        let (files, found) = blocking(move || {
            let files = Files::open(folder)?;
            let found = files.ids()?;
            Ok((files, found))
        })
        .await?;
        let waiting = Mutex::new(Waiting::of(found));
        Ok(Self(Arc::new(Inner { files, turn: tokio::sync::Mutex::default(), waiting })))
    }

    /// Lets go of the folder once what is being written is. Whatever waits, waits for the next run.
    pub(crate) async fn close(&self) {
        let _turn = self.0.turn.lock().await;
        self.0.files.close();
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting().bodies.len()
    }

    /// The places of all that wait, in the order in which they came.
    pub(crate) fn places(&self) -> Vec<u64> {
        self.waiting().bodies.keys().copied().collect()
    }

    /// Whether a body waits here.
    pub(crate) fn has(&self, id: PointId) -> bool {
        self.waiting().place(id).is_some()
    }

    /// Puts a body at the end, or leaves the one of that hash as it is and returns it.
    pub(crate) async fn push(&self, payload: Payload) -> Result<Option<Payload>, ContentError> {
        let _turn = self.0.turn.lock().await;
        if let Some(first) = self.get(id(&payload)).await? {
            return Ok(Some(first));
        }
        if self.len() >= MOST {
            return Err(ContentError::QueueFull { waiting: MOST });
        }
        let place = self.waiting().next;
        self.write(place, &payload).await?;
        self.waiting().insert(place, id(&payload));
        Ok(None)
    }

    /// A body that waits.
    pub(crate) async fn get(&self, id: PointId) -> Result<Option<Payload>, ContentError> {
        let Some(place) = self.waiting().place(id) else { return Ok(None) };
        self.read(place).await
    }

    /// The body in a place, for whoever takes them away. A place without one is given up: its file was damaged and put
    /// aside, or somebody removed it.
    pub(crate) async fn take(&self, place: u64) -> Result<Option<Payload>, ContentError> {
        let found = self.read(place).await?;
        if found.is_none() {
            tracing::error!(place, "an upload that waited is gone or damaged, and cannot be delivered");
            self.waiting().remove(place);
        }
        Ok(found)
    }

    /// Puts a tombstone in the place of a body that waits.
    pub(crate) async fn bury(&self, tombstone: Payload) -> Result<(), ContentError> {
        let _turn = self.0.turn.lock().await;
        let Some(place) = self.waiting().place(id(&tombstone)) else { return Ok(()) };
        self.write(place, &tombstone).await
    }

    /// Takes away what waits no more, unless it was erased since it was read as `delivered`: then it waits again.
    pub(crate) async fn remove(&self, delivered: &Payload) -> Result<(), ContentError> {
        let _turn = self.0.turn.lock().await;
        let Some(place) = self.waiting().place(id(delivered)) else { return Ok(()) };
        let queue = self.clone();
        if self.get(id(delivered)).await?.is_some_and(|now| now.status != delivered.status) {
            return Ok(());
        }
        blocking(move || queue.0.files.remove(place)).await?;
        self.waiting().remove(place);
        Ok(())
    }

    async fn read(&self, place: u64) -> Result<Option<Payload>, ContentError> {
        let queue = self.clone();
        blocking(move || queue.0.files.read(place)).await
    }

    async fn write(&self, place: u64, payload: &Payload) -> Result<(), ContentError> {
        let (queue, payload) = (self.clone(), payload.clone());
        blocking(move || queue.0.files.write(place, &payload)).await
    }

    /// A panic elsewhere cannot leave it half changed.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn id(payload: &Payload) -> PointId {
    PointId::of(payload.thread, payload.hash)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ContentError> + Send + 'static,
) -> Result<T, ContentError> {
    tokio::task::spawn_blocking(work).await.map_err(ContentError::engine)?
}
