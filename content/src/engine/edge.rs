//! Qdrant's engine in the process, on a folder of its own.
//!
//! Its calls are synchronous, so each runs on tokio's threads for blocking work. Every write is in its
//! write-ahead log before it is acknowledged, which survives the process but not a power cut: a task in the
//! background flushes to disk soon after each write.

mod copy;
mod dense;
mod erasure;
mod flusher;
mod folder;
mod rebuilder;
mod settings;
mod shard;
mod translate;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Engine, Newest, Page, Ranking, Snapshot};
use crate::error::ContentError;
use crate::filter::Condition;
use crate::payload::Payload;
use crate::point::{Point, PointId};
use crate::stage::Stage;
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

    /// Changes so many points.
    async fn write<T: Send + 'static>(
        &self,
        points: usize,
        work: impl FnOnce(&Shard) -> Result<T, ContentError> + Send + 'static,
    ) -> Result<T, ContentError> {
        let shared = Arc::clone(&self.0);
        blocking(move || {
            let result = shared.with(work);
            shared.changed(points);
            result
        })
        .await
    }
}

#[async_trait]
impl Engine for EdgeEngine {
    async fn insert(&self, point: Point) -> Result<Option<Payload>, ContentError> {
        self.write(1, |shard| shard.insert(point)).await
    }

    async fn fetch(&self, ids: Vec<PointId>) -> Result<Vec<Payload>, ContentError> {
        self.read(move |shard| shard.fetch(&ids)).await
    }

    async fn stored(&self, id: PointId) -> Result<Option<Payload>, ContentError> {
        self.read(move |shard| shard.stored(id)).await
    }

    async fn set_stage(&self, id: PointId, stage: Stage) -> Result<bool, ContentError> {
        self.write(1, move |shard| shard.set_stage(id, stage)).await
    }

    async fn ranked(
        &self,
        query: Ranking,
        filter: Vec<Condition>,
        limit: usize,
    ) -> Result<Vec<(f32, Payload)>, ContentError> {
        self.read(move |shard| shard.ranked(query, &filter, limit)).await
    }

    async fn newest(&self, filter: Vec<Condition>, limit: usize) -> Result<Newest, ContentError> {
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
        self.write(ids.len(), move |shard| shard.remove(&ids, &filter)).await
    }

    async fn count(&self, filter: Vec<Condition>) -> Result<usize, ContentError> {
        self.read(move |shard| shard.count(&filter)).await
    }

    async fn erase(&self, id: PointId, tombstone: Payload) -> Result<(), ContentError> {
        self.write(1, move |shard| shard.bury(id, &tombstone)).await?;
        self.0.tidy_soon();
        Ok(())
    }

    async fn vectors(&self) -> Result<Vec<String>, ContentError> {
        self.read(|shard| Ok(shard.vectors())).await
    }

    async fn add_vector(&self, name: String, dimensions: usize) -> Result<(), ContentError> {
        self.write(1, move |shard| shard.add_vector(name, dimensions)).await
    }

    async fn drop_vector(&self, name: String) -> Result<(), ContentError> {
        self.write(1, move |shard| shard.drop_vector(name)).await
    }

    async fn embed(
        &self,
        name: String,
        model: String,
        vectors: Vec<(PointId, Vec<f32>)>,
    ) -> Result<(), ContentError> {
        self.write(vectors.len(), move |shard| shard.embed(&name, &model, vectors)).await
    }

    async fn snapshot(&self, folder: PathBuf) -> Result<Snapshot, ContentError> {
        let shared = Arc::clone(&self.0);
        blocking(move || shared.alone(|shard| copy::copy(shard, &folder))).await
    }

    fn is_shared(&self) -> bool {
        false
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
        fn new() -> Option<Self> {
            Some(Self(TempDir::new().unwrap()))
        }

        async fn open(&self) -> Arc<dyn Engine> {
            Arc::new(EdgeEngine::open(self.0.path().into()).await.unwrap())
        }

        async fn damage(&self, id: PointId, field: &str, word: &str) {
            let engine = EdgeEngine::open(self.0.path().into()).await.unwrap();
            let payload = translate::one_field(field, word);
            engine.write(1, move |shard| shard.set_payload(payload, vec![translate::id(&id)])).await.unwrap();
            engine.close().await.unwrap();
        }

        async fn clean_up(self) {}
    }

    contract!(Folder);
}
