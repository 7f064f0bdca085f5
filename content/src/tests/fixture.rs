//! Bodies and stores to test with.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chorale_domain::content::{ContentHash, content_hash};
use chorale_domain::id::{ThreadId, Wallet};
use chorale_wire::http::Content;
use tempfile::TempDir;

use crate::{
    ContentError, ContentFilter, ContentOptions, ContentRecord, ContentStore, Drafts, Found, Models,
    NewContent, Reader, Search, SearchMode, Stage, Visibility,
};

pub(crate) const SALT: [u8; 16] = [5; 16];
pub(crate) const POLICY: ThreadId = ThreadId([1; 32]);
pub(crate) const POETRY: ThreadId = ThreadId([2; 32]);
pub(crate) const ANN: Wallet = Wallet([11; 32]);
pub(crate) const BOB: Wallet = Wallet([12; 32]);

/// Lets everything through.
pub(crate) const ALL: ContentFilter =
    ContentFilter { thread: None, author: None, from: None, until: None, status: None };

/// A chain that has heard of everything.
pub(crate) struct NoDrafts;

#[async_trait]
impl Drafts for NoDrafts {
    async fn is_draft(&self, _: ThreadId, _: ContentHash) -> Result<bool, Box<dyn Error + Send + Sync>> {
        Ok(false)
    }
}

/// Ann, who reads what is hers, wherever it stands.
pub(crate) fn ann() -> Reader {
    Reader::wallet(ANN, [], Arc::new(NoDrafts))
}

/// A draft by Ann in the thread about policy, uploaded at second 100.
pub(crate) fn new(body: &str) -> NewContent {
    NewContent {
        thread: POLICY,
        hash: content_hash(&SALT, body),
        author: ANN,
        salt: SALT,
        body: body.into(),
        created_at: 100,
        stage: Stage::Draft,
        visibility: Visibility::Public,
    }
}

/// The record of a body, for whoever may read it.
pub(crate) fn record(content: NewContent) -> Content {
    ContentRecord {
        thread: content.thread,
        hash: content.hash,
        author: content.author,
        salt: Some(content.salt),
        body: Some(content.body),
        status: content.stage.status(),
        visibility: content.visibility,
        created_at: content.created_at,
    }
}

pub(crate) fn search(text: &str, filter: ContentFilter, limit: usize) -> Search {
    Search { text: text.into(), filter, mode: SearchMode::Hybrid, limit }
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

    /// The bodies that a search finds for Ann, in its order.
    pub(crate) async fn find(&self, text: &str, filter: ContentFilter) -> Vec<String> {
        bodies(self.store.search(&ann(), search(text, filter, 100)).await.unwrap())
    }

    /// The record of a body that [`new`] made.
    pub(crate) async fn get(&self, body: &str) -> Option<ContentRecord> {
        self.store.get(&ann(), POLICY, content_hash(&SALT, body)).await.unwrap()
    }
}

pub(crate) fn bodies(found: Found) -> Vec<String> {
    found
        .hits
        .into_iter()
        .map(|(_, record)| record.body.expect("a body that may not be read was found"))
        .collect()
}

pub(crate) async fn open(folder: &TempDir) -> Result<ContentStore, ContentError> {
    open_with(folder, Models::default()).await
}

pub(crate) async fn open_with(folder: &TempDir, models: Models) -> Result<ContentStore, ContentError> {
    ContentStore::open_with(ContentOptions::Edge { path: folder.path().into() }, models).await
}

/// Fails a test that hangs.
pub(crate) async fn in_time<T>(test: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), test).await.expect("the test hangs")
}
