//! Running an indexer in a test.

use super::encoded::PROGRAM;
use super::scripted::Scripted;
use crate::time::RealTime;
use crate::{Indexer, IndexerError, Limits, Metrics};
use chorale_content::{ContentOptions, ContentStore};
use chorale_store::{Location, Store, StoredEvent, Writer};
use chorale_wire::socket::VersionedEntity;
use sqlx::Connection as _;
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
    pub writer: Writer,
    pub store: Store,
    pub metrics: Arc<Metrics>,
    pub content: ContentStore,
    folder: TempDir,
}

impl Site {
    pub(super) async fn new() -> Self {
        Self::open(tempfile::tempdir().unwrap()).await
    }

    async fn open(folder: TempDir) -> Self {
        let location = Location::Sqlite(folder.path().join("store.db"));
        let writer = Writer::open(&location, Arc::new(|| 0)).await.unwrap();
        let (store, metrics) = (writer.store().clone(), Arc::new(Metrics::new(Arc::new(RealTime::new()))));
        let content =
            ContentStore::open(ContentOptions::Edge { path: content_path(folder.path()) }).await.unwrap();
        Self { writer, store, metrics, content, folder }
    }

    /// Closes and opens everything, as a new process would.
    pub(super) async fn reopened(self) -> Self {
        self.writer.close().await;
        self.content.close().await.unwrap();
        Self::open(self.folder).await
    }

    pub(super) fn indexer(&self, chain: &Scripted, poll: Duration) -> Indexer {
        let (writer, content, metrics) =
            (self.writer.clone(), Some(self.content.clone()), self.metrics.clone());
        let (chain, time) = (Box::new(chain.clone()), Arc::new(RealTime::new()));
        Indexer::with_source(chain, PROGRAM, poll, writer, content, time, metrics)
    }

    /// Another way into the same store.
    pub(super) async fn other_writer(&self) -> Writer {
        let location = Location::Sqlite(self.folder.path().join("store.db"));
        Writer::open(&location, Arc::new(|| 0)).await.unwrap()
    }

    /// Does to the store's file what nothing of ours would.
    pub(super) async fn damage(&self, statement: &str) {
        let url = format!("sqlite://{}", self.folder.path().join("store.db").display());
        let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
        let done = sqlx::query(statement).execute(&mut connection).await.unwrap();
        assert_eq!(done.rows_affected(), 1, "{statement}");
        connection.close().await.unwrap();
    }

    pub(super) fn start(&self, chain: &Scripted, poll: Duration) -> Running {
        let shutdown = CancellationToken::new();
        let limits = Limits { scrub: Some(SOON), ..Limits::default() };
        let task = tokio::spawn(self.indexer(chain, poll).with_limits(limits).run(shutdown.clone()));
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

/// All that a store says: events with their changes, and the state.
pub(super) async fn told(store: &Store) -> (Vec<StoredEvent>, Vec<VersionedEntity>) {
    let events = store.events_after(0, 1_000).await.unwrap();
    (events, store.state(None, 1_000).await.unwrap())
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
