//! Bodies and stores to test with.

use std::time::Duration;

use chorale_domain::content::content_hash;
use chorale_domain::id::{ThreadId, Wallet};
use tempfile::TempDir;

use crate::{
    ContentError, ContentFilter, ContentOptions, ContentRecord, ContentStatus, ContentStore, NewContent,
    Search,
};

pub(crate) const SALT: [u8; 16] = [5; 16];
pub(crate) const POLICY: ThreadId = ThreadId([1; 32]);
pub(crate) const POETRY: ThreadId = ThreadId([2; 32]);
pub(crate) const ANN: Wallet = Wallet([11; 32]);
pub(crate) const BOB: Wallet = Wallet([12; 32]);

/// A pending body by Ann in the thread about policy, uploaded at second 100.
pub(crate) fn new(body: &str) -> NewContent {
    NewContent {
        thread: POLICY,
        hash: content_hash(&SALT, body),
        author: ANN,
        salt: SALT,
        body: body.into(),
        created_at: 100,
        status: ContentStatus::Pending,
    }
}

pub(crate) fn new_at(body: &str, created_at: i64) -> NewContent {
    NewContent { created_at, ..new(body) }
}

/// A store in a folder that goes away with it.
pub(crate) struct Fixture {
    pub store: ContentStore,
    pub folder: TempDir,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        Self { store: open(&folder).await.unwrap(), folder }
    }

    /// With these bodies in it.
    pub(crate) async fn with(bodies: impl IntoIterator<Item = NewContent>) -> Self {
        let fixture = Self::new().await;
        for body in bodies {
            fixture.store.put(body).await.unwrap();
        }
        fixture
    }

    /// The bodies a search finds, in its order.
    pub(crate) async fn find(&self, text: &str, filter: ContentFilter) -> Vec<String> {
        let query = Search { text: text.into(), filter, limit: 100 };
        let hits = self.store.search(query).await.unwrap();
        hits.into_iter().map(|(_, record)| record.body).collect()
    }

    /// The record of a body that [`new`] made.
    pub(crate) async fn get(&self, body: &str) -> Option<ContentRecord> {
        self.store.get(POLICY, content_hash(&SALT, body)).await.unwrap()
    }
}

pub(crate) async fn open(folder: &TempDir) -> Result<ContentStore, ContentError> {
    ContentStore::open(ContentOptions { path: folder.path().into() }).await
}

/// Fails a test that hangs.
pub(crate) async fn in_time<T>(test: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), test).await.expect("the test hangs")
}
