//! The open folder as all calls share it, and the task that brings it to disk.

use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use tokio::sync::mpsc;

use super::blocking;
use super::folder::Folder;
use super::rebuilder::{Changes, rebuild_often};
use super::shard::Shard;
use crate::error::ContentError;

/// How long a write waits for company before it is flushed: short, since a power cut within it loses the
/// write; not shorter, since every flush waits for the disk.
const FLUSH_AFTER: Duration = Duration::from_millis(200);

/// How long to leave a disk alone that refused.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The open folder, `None` once it was closed.
pub(super) struct Shared {
    folder: RwLock<Option<Folder>>,
    /// Held for reading by all calls, for writing where nobody may look.
    quiet: RwLock<()>,
    dirty: mpsc::Sender<()>,
    changes: Changes,
}

impl Shared {
    /// Shares a folder and starts the task. The task ends when the last handle is dropped, which drops the
    /// sender it listens to.
    pub(super) fn start(folder: Folder) -> Arc<Self> {
        // Room for one notice: a second one would ask for the same flush.
        let (dirty, notices) = mpsc::channel(1);
        let (changes, many) = Changes::counted();
        let (folder, quiet) = (RwLock::new(Some(folder)), RwLock::new(()));
        let shared = Arc::new(Self { folder, quiet, dirty, changes });
        tokio::spawn(flush_often(Arc::downgrade(&shared), notices));
        tokio::spawn(rebuild_often(Arc::downgrade(&shared), many));
        // What an erasure left when the process ended.
        shared.tidy_soon();
        shared
    }

    /// Works with the shard; many may at once.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&Shard) -> Result<T, ContentError>,
    ) -> Result<T, ContentError> {
        self.beside(|shard| {
            // It guards no data that a panic could leave half changed.
            let _calls = self.quiet.read().unwrap_or_else(PoisonError::into_inner);
            work(shard)
        })
    }

    /// Works with the shard while nobody else does, and nothing is being rebuilt.
    pub(super) fn alone<T>(
        &self,
        work: impl FnOnce(&Shard) -> Result<T, ContentError>,
    ) -> Result<T, ContentError> {
        self.beside(|shard| {
            let _rebuild = shard.rebuilds();
            let _calls = self.quiet.write().unwrap_or_else(PoisonError::into_inner);
            work(shard)
        })
    }

    /// Works with the shard for long, keeping only `close` waiting.
    fn beside<T>(&self, work: impl FnOnce(&Shard) -> Result<T, ContentError>) -> Result<T, ContentError> {
        // Only `close` holds it for writing, and it leaves `None` or the folder, both sound.
        let folder = self.folder.read().unwrap_or_else(PoisonError::into_inner);
        work(&folder.as_ref().ok_or(ContentError::Closed)?.shard)
    }

    /// Finishes erasing, and builds what the number of points has become large enough for.
    pub(super) fn tidy(&self) -> Result<(), ContentError> {
        let unfinished = self.with(|shard| Ok(shard.unfinished_erasures()))?;
        if let Some(erasures) = unfinished {
            self.alone(Shard::turn_over_log)?;
            self.beside(|shard| shard.finish(erasures))?;
        }
        self.beside(Shard::rebuild)
    }

    pub(super) fn tidy_soon(&self) {
        self.changes.are_many();
    }

    /// So many points were changed.
    pub(super) fn changed(&self, points: usize) {
        self.changes.count(points);
        self.flush_soon();
    }

    fn flush_soon(&self) {
        // Full means that a flush is due anyway.
        let _ = self.dirty.try_send(());
    }

    /// Waits for calls under way, flushes, and lets go of the folder whether or not the disk took it.
    pub(super) fn close(&self) -> Result<(), ContentError> {
        let folder = self.folder.write().unwrap_or_else(PoisonError::into_inner).take();
        folder.map_or(Ok(()), |folder| folder.shard.flush())
    }
}

async fn flush_often(shared: Weak<Shared>, mut notices: mpsc::Receiver<()>) {
    while notices.recv().await.is_some() {
        tokio::time::sleep(FLUSH_AFTER).await;
        let Some(shared) = shared.upgrade() else { return };
        match blocking(move || shared.with(Shard::flush).inspect_err(|_| shared.flush_soon())).await {
            // Closing has flushed.
            Ok(()) | Err(ContentError::Closed) => {}
            Err(error) => {
                tracing::error!(%error, "content is not on disk yet, trying again in {RETRY_AFTER:?}");
                tokio::time::sleep(RETRY_AFTER).await;
            }
        }
    }
}
