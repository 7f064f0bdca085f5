//! Qdrant's engine in the process, on a folder of its own.
//!
//! Its calls are synchronous, so each runs on tokio's threads for blocking work. Every write is in its
//! write-ahead log before it is acknowledged, which survives the process but not a power cut: a task in the
//! background flushes to disk soon after each write.

mod flusher;
mod folder;
mod shard;
mod translate;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use chorale_wire::http::ContentStatus;

use super::{Engine, Page};
use crate::bm25::SparseVector;
use crate::error::ContentError;
use crate::filter::Condition;
use crate::payload::Payload;
use crate::point::{Point, PointId};
use flusher::Shared;
use shard::Shard;

/// Runs blocking work on a thread that may block. It runs to its end even if the caller stops waiting.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ContentError> + Send + 'static,
) -> Result<T, ContentError> {
    tokio::task::spawn_blocking(work).await.map_err(ContentError::engine)?
}

/// An open folder, until it is closed.
pub(crate) struct EdgeEngine(Arc<Shared>);

impl EdgeEngine {
    /// Opens or creates a folder and begins to flush in the background.
    pub(crate) async fn open(path: PathBuf) -> Result<Self, ContentError> {
        let folder = blocking(move || folder::Folder::open(&path)).await?;
        Ok(Self(Shared::start(folder)))
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shard) -> Result<T, ContentError> + Send + 'static,
    ) -> Result<T, ContentError> {
        let shared = Arc::clone(&self.0);
        blocking(move || shared.with(work)).await
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shard) -> Result<T, ContentError> + Send + 'static,
    ) -> Result<T, ContentError> {
        let shared = Arc::clone(&self.0);
        blocking(move || {
            let result = shared.with(work);
            shared.flush_soon();
            result
        })
        .await
    }
}

#[async_trait]
impl Engine for EdgeEngine {
    async fn insert(&self, point: Point) -> Result<Option<Payload>, ContentError> {
        self.write(|shard| shard.insert(point)).await
    }

    async fn fetch(&self, ids: Vec<PointId>) -> Result<Vec<Payload>, ContentError> {
        self.read(move |shard| shard.fetch(&ids)).await
    }

    async fn set_status(&self, id: PointId, status: ContentStatus) -> Result<bool, ContentError> {
        self.write(move |shard| shard.set_status(id, status)).await
    }

    async fn ranked(
        &self,
        words: SparseVector,
        filter: Vec<Condition>,
        limit: usize,
    ) -> Result<Vec<(f32, Payload)>, ContentError> {
        self.read(move |shard| shard.ranked(words, &filter, limit)).await
    }

    async fn newest(&self, filter: Vec<Condition>, limit: usize) -> Result<Vec<Payload>, ContentError> {
        self.read(move |shard| shard.newest(&filter, limit)).await
    }

    async fn page(
        &self,
        filter: Vec<Condition>,
        from: Option<PointId>,
        limit: usize,
    ) -> Result<Page, ContentError> {
        self.read(move |shard| shard.page(&filter, from, limit)).await
    }

    async fn remove(&self, ids: Vec<PointId>, filter: Vec<Condition>) -> Result<usize, ContentError> {
        self.write(move |shard| shard.remove(&ids, &filter)).await
    }

    async fn count(&self, filter: Vec<Condition>) -> Result<usize, ContentError> {
        self.read(move |shard| shard.count(&filter)).await
    }

    async fn close(&self) -> Result<(), ContentError> {
        let shared = Arc::clone(&self.0);
        blocking(move || shared.close()).await
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::engine::contract::{Subject, contract};

    struct Folder(TempDir);

    impl Subject for Folder {
        fn new() -> Self {
            Self(TempDir::new().unwrap())
        }

        async fn open(&self) -> Arc<dyn Engine> {
            Arc::new(EdgeEngine::open(self.0.path().into()).await.unwrap())
        }
    }

    contract!(Folder);
}
