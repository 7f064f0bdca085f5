//! Running an indexer in a test.

use super::encoded::PROGRAM;
use super::scripted::Scripted;
use crate::{Indexer, IndexerError};
use chorale_content::{ContentOptions, ContentStore};
use chorale_store::Store;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

pub(super) const SOON: Duration = Duration::from_millis(10);
pub(super) const NEVER: Duration = Duration::from_secs(100_000);
const LIMIT: Duration = Duration::from_secs(30);

/// A store and contents in a folder of their own.
pub(super) struct Site {
    pub store: Store,
    pub content: ContentStore,
    folder: TempDir,
}

impl Site {
    pub(super) async fn new() -> Self {
        Self::open(tempfile::tempdir().unwrap()).await
    }

    async fn open(folder: TempDir) -> Self {
        let store = Store::open(&folder.path().join("store.db"), Arc::new(|| 0)).await.unwrap();
        let content = ContentStore::open(ContentOptions { path: content_path(folder.path()) }).await.unwrap();
        Self { store, content, folder }
    }

    /// Closes and opens everything, as a new process would.
    pub(super) async fn reopened(self) -> Self {
        self.store.close().await;
        self.content.close().await.unwrap();
        Self::open(self.folder).await
    }

    pub(super) fn indexer(&self, chain: &Scripted, poll: Duration) -> Indexer {
        let (store, content) = (self.store.clone(), self.content.clone());
        Indexer::with_source(Box::new(chain.clone()), PROGRAM, poll, store, content)
    }

    pub(super) fn start(&self, chain: &Scripted, poll: Duration) -> Running {
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(self.indexer(chain, poll).run(shutdown.clone()));
        Running { shutdown, task }
    }

    /// Waits until the store has `events` events.
    pub(super) async fn reaches(&self, events: i64) {
        let mut last = -1;
        let reached = async {
            while last != events {
                sleep(Duration::from_millis(5)).await;
                last = self.store.last_event().await.unwrap().0;
            }
        };
        let outcome = timeout(LIMIT, reached).await;
        assert!(outcome.is_ok(), "the store has {last} events after {LIMIT:?}, not {events}");
    }

    /// Indexes what there is and stops.
    pub(super) async fn index(&self, chain: &Scripted, events: i64) {
        let running = self.start(chain, SOON);
        self.reaches(events).await;
        running.stop().await.unwrap();
    }
}

fn content_path(folder: &Path) -> PathBuf {
    folder.join("content")
}

/// An indexer at work.
pub(super) struct Running {
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), IndexerError>>,
}

impl Running {
    /// Asks it to stop and waits until it has.
    pub(super) async fn stop(self) -> Result<(), IndexerError> {
        self.shutdown.cancel();
        self.ends().await
    }

    /// Waits until it stops by itself.
    pub(super) async fn ends(self) -> Result<(), IndexerError> {
        timeout(LIMIT, self.task).await.expect("the indexer did not stop").unwrap()
    }
}
