//! A Qdrant server or cluster, over gRPC, which any number of processes share.
//!
//! Version 1.18 or newer: from then on vectors can be added to a collection in use, and before 1.17 an insert could
//! not be told to leave alone what is there. `request` builds every request and `answer` reads what comes back, both
//! pure; `reach` asks, in time; `fault` tells a server that is away from one that refuses; `connection` makes the collection
//! what it must be.
//!
//! The server need not be there when this is opened, nor stay: whoever asks first while it is there makes the collection
//! what it must be, and the client connects anew by itself. A collection that is gone, since someone dropped it or the
//! server lost its disk, is made anew in the same way: empty, but of use.

mod answer;
mod condition;
mod connection;
mod fault;
mod ranking;
mod reach;
mod request;
mod setup;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ::qdrant_client::Qdrant;
use async_trait::async_trait;
use tokio::sync::Mutex;

use super::{Engine, Newest, Page, Ranking, Snapshot, readable};
use crate::error::ContentError;
use crate::filter::Condition;
use crate::payload::Payload;
use crate::point::{Point, PointId};
use crate::stage::Stage;
pub use connection::ServerOptions;
use fault::fault;
use request::Requests;

/// How long a copy of the index may take: as long as it is large.
const COPYING: Duration = Duration::from_secs(3600);

/// A collection on a server.
pub(crate) struct ServerEngine {
    client: Qdrant,
    options: ServerOptions,
    requests: Requests,
    /// Dense vectors that the collection must have, with their dimensions.
    vectors: Vec<(String, usize)>,
    /// Whether the collection was found or made to be what it must be, and was not missed since.
    prepared: AtomicBool,
    /// Held by whoever makes it so: whether it ever was.
    preparing: Mutex<bool>,
    closed: AtomicBool,
}

impl ServerEngine {
    /// Those of the points that are there.
    async fn there(&self, ids: &[PointId]) -> Result<HashSet<PointId>, ContentError> {
        let client = self.client().await?;
        let answer = self.answer(client.get_points(self.requests.look_up(ids))).await?;
        Ok(answer.result.into_iter().filter_map(|point| point.id.and_then(answer::point_id)).collect())
    }
}

#[async_trait]
impl Engine for ServerEngine {
    /// Whoever is first stays first, also of two processes: the server itself leaves alone what is there. Reading
    /// afterwards tells who it was. Two that insert the very same payload are both told that they were.
    async fn insert(&self, point: Point) -> Result<Option<Payload>, ContentError> {
        if let Some(first) = self.stored(point.id).await? {
            return Ok(Some(first));
        }
        let (id, ours) = (point.id, point.payload.clone());
        let client = self.client().await?;
        self.answer(client.upsert_points(self.requests.insert(point)?)).await?;
        let stored = self.stored(id).await?;
        Ok(stored.filter(|stored| *stored != ours))
    }

    async fn fetch(&self, ids: Vec<PointId>) -> Result<Vec<Payload>, ContentError> {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let client = self.client().await?;
        let answer = self.answer(client.get_points(self.requests.fetch(&ids))).await?;
        Ok(readable(answer.result.into_iter().map(answer::record)))
    }

    async fn stored(&self, id: PointId) -> Result<Option<Payload>, ContentError> {
        let client = self.client().await?;
        let answer = self.answer(client.get_points(self.requests.fetch(&[id]))).await?;
        answer.result.into_iter().next().map(answer::record).transpose()
    }

    async fn set_stage(&self, id: PointId, stage: Stage) -> Result<bool, ContentError> {
        let client = self.client().await?;
        let there = self.answer(client.count(self.requests.written(id))).await?;
        if answer::count(&there) == 0 {
            return Ok(false);
        }
        self.answer(client.set_payload(self.requests.set_stage(id, stage))).await?;
        Ok(true)
    }

    async fn ranked(
        &self,
        query: Ranking,
        filter: Vec<Condition>,
        limit: usize,
    ) -> Result<Vec<(f32, Payload)>, ContentError> {
        let client = self.client().await?;
        let Some(request) = self.requests.ranked(query, &filter, limit) else { return Ok(vec![]) };
        let answer = self.answer(client.query(request)).await?;
        Ok(readable(answer.result.into_iter().map(answer::scored)))
    }

    async fn newest(&self, filter: Vec<Condition>, limit: usize) -> Result<Newest, ContentError> {
        let client = self.client().await?;
        let answer = self.answer(client.scroll(self.requests.newest(&filter, limit))).await?;
        Ok(Newest::of(answer.result.into_iter().map(answer::named_record)))
    }

    async fn page(
        &self,
        filter: Vec<Condition>,
        from: Option<PointId>,
        limit: usize,
    ) -> Result<Page, ContentError> {
        let client = self.client().await?;
        let answer = self.answer(client.scroll(self.requests.page(&filter, from, limit))).await?;
        let keys = readable(answer.result.into_iter().map(answer::key));
        Ok(Page { keys, next: answer.next_page_offset.and_then(answer::point_id) })
    }

    /// The number is of those that fitted a moment before; what fits no more by then stays.
    async fn remove(&self, ids: Vec<PointId>, filter: Vec<Condition>) -> Result<usize, ContentError> {
        let client = self.client().await?;
        if ids.is_empty() {
            return Ok(0);
        }
        let fitting = self.answer(client.count(self.requests.count_among(&ids, &filter))).await?;
        self.answer(client.delete_points(self.requests.remove(&ids, &filter))).await?;
        Ok(answer::count(&fitting))
    }

    async fn count(&self, filter: Vec<Condition>) -> Result<usize, ContentError> {
        let client = self.client().await?;
        let answer = self.answer(client.count(self.requests.count(&filter))).await?;
        Ok(answer::count(&answer))
    }

    async fn erase(&self, id: PointId, tombstone: Payload) -> Result<(), ContentError> {
        let client = self.client().await?;
        self.answer(client.upsert_points(self.requests.bury(id, &tombstone)?)).await?;
        Ok(())
    }

    async fn vectors(&self) -> Result<Vec<String>, ContentError> {
        let client = self.client().await?;
        let info = self.in_time(connection::info(client, &self.requests)).await?;
        Ok(answer::dense_vectors(&info))
    }

    async fn add_vector(&self, name: String, dimensions: usize) -> Result<(), ContentError> {
        let client = self.client().await?;
        self.in_time(connection::add_vector(client, &self.requests, &name, dimensions)).await
    }

    async fn drop_vector(&self, name: String) -> Result<(), ContentError> {
        let client = self.client().await?;
        self.answer(client.delete_vector_name(self.requests.drop_vector(name))).await?;
        Ok(())
    }

    /// Qdrant takes a point that is not there for an error, after it changed the others: those are left out.
    async fn embed(
        &self,
        name: String,
        model: String,
        mut vectors: Vec<(PointId, Vec<f32>)>,
    ) -> Result<(), ContentError> {
        let client = self.client().await?;
        let ids: Vec<_> = vectors.iter().map(|(id, _)| *id).collect();
        let there = self.there(&ids).await?;
        vectors.retain(|(id, _)| there.contains(id));
        if vectors.is_empty() {
            return Ok(());
        }
        self.answer(client.update_vectors(self.requests.embed(&name, vectors))).await?;
        self.answer(client.set_payload(self.requests.set_model(&ids, &model))).await?;
        Ok(())
    }

    async fn snapshot(&self, _: PathBuf) -> Result<Snapshot, ContentError> {
        self.client().await?;
        let patient = connection::client(&ServerOptions { timeout: COPYING, ..self.options.clone() })?;
        let answer = patient.create_snapshot(self.requests.collection()).await.map_err(fault)?;
        let made = answer.snapshot_description.map(|made| Snapshot::Server(made.name));
        made.ok_or_else(|| ContentError::engine("the server did not say what it made"))
    }

    fn is_shared(&self) -> bool {
        true
    }

    async fn close(&self) -> Result<(), ContentError> {
        self.closed.store(true, Ordering::Relaxed);
        Ok(())
    }
}
