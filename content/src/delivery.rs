//! Giving to the engine what waited for it.

use std::sync::Arc;

use chorale_domain::content::ContentHash;
use chorale_domain::id::ThreadId;
use tokio::sync::watch;

use crate::duties::Duties;
use crate::error::ContentError;
use crate::payload::Payload;
use crate::point::PointId;
use crate::queue::Queue;
use crate::record::Stored;
use crate::stage::Stage;

/// An upload that waits on disk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiting(Payload);

impl Waiting {
    /// The thread it is meant for.
    #[must_use]
    pub fn thread(&self) -> ThreadId {
        self.0.thread
    }

    /// Its content hash.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        self.0.hash
    }

    fn id(&self) -> PointId {
        PointId::of(self.0.thread, self.0.hash)
    }
}

impl Duties {
    /// How many uploads wait on disk for a server that was away.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.0.queue.as_ref().map_or(0, Queue::len)
    }

    /// Whether uploads can wait on disk.
    #[must_use]
    pub fn has_queue(&self) -> bool {
        self.0.queue.is_some()
    }

    /// Why the server gives no answer, as it changes; `None` while it does. A folder is never away.
    #[must_use]
    pub fn absence(&self) -> watch::Receiver<Option<Arc<str>>> {
        self.0.absence.clone()
    }

    /// The numbers of all uploads that wait, in the order in which they came.
    #[must_use]
    pub fn waiting_uploads(&self) -> Vec<u64> {
        self.0.queue.as_ref().map(Queue::places).unwrap_or_default()
    }

    /// The upload with that number, to be delivered. `None` where there is none any more: what is damaged is put aside,
    /// what somebody removed is forgotten, and either is said in the log.
    ///
    /// # Errors
    /// [`ContentError::Folder`] where its file cannot be read now.
    pub async fn waiting_upload(&self, number: u64) -> Result<Option<Waiting>, ContentError> {
        let Some(queue) = &self.0.queue else { return Ok(None) };
        Ok(queue.take(number).await?.map(Waiting))
    }

    /// Gives an upload to the engine, standing where it does by now; it waits on until [`settled`](Self::settled), and
    /// may be delivered again. `None` where it was erased while it waited.
    ///
    /// # Errors
    /// [`ContentError::Erased`] where its body was erased by whoever uploaded it elsewhere, or the store's own.
    pub async fn deliver(&self, waiting: &Waiting, stage: Stage) -> Result<Option<Stored>, ContentError> {
        let payload = Payload { status: stage, ..waiting.0.clone() };
        if waiting.0.status == Stage::Erased {
            self.bury(waiting).await?;
            return Ok(None);
        }
        match self.0.insert(payload.clone()).await? {
            None => Ok(Some(Stored::New(payload.whole()))),
            Some(first) if first.status == Stage::Erased => Err(ContentError::Erased),
            Some(first) => Ok(Some(Stored::Already(first.whole()))),
        }
    }

    /// Another's body that came first stays, and so does one that cannot be read: it may be another's.
    async fn bury(&self, waiting: &Waiting) -> Result<(), ContentError> {
        let found = self.0.engine.stored(waiting.id()).await?;
        if found.is_none_or(|found| found.author == waiting.0.author) {
            self.0.engine.erase(waiting.id(), waiting.0.clone()).await?;
        }
        Ok(())
    }

    /// An upload waits no more. Where it was erased since, its tombstone does.
    ///
    /// # Errors
    /// [`ContentError::Folder`].
    pub async fn settled(&self, waiting: &Waiting) -> Result<(), ContentError> {
        match &self.0.queue {
            Some(queue) => queue.remove(&waiting.0).await,
            None => Ok(()),
        }
    }
}
