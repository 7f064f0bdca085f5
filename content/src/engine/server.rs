//! A Qdrant server or cluster, over gRPC, which any number of processes share.
//!
//! Version 1.18 or newer: from then on vectors can be added to a collection in use, and before 1.17 an insert could
//! not be told to leave alone what is there. `request` builds every request and `answer` reads what comes back, both
//! pure; `fault` tells a server that is away from one that refuses; `connection` makes the collection what it must be.

mod answer;
mod condition;
mod connection;
mod fault;
mod ranking;
mod request;
mod setup;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use ::qdrant_client::Qdrant;
use async_trait::async_trait;

use super::{Engine, Page, Ranking, Snapshot};
use crate::error::ContentError;
use crate::filter::Condition;
use crate::payload::Payload;
use crate::point::{Point, PointId};
use crate::stage::Stage;
pub use connection::ServerOptions;
use fault::fault;
use request::Requests;

/// A collection on a server.
pub(crate) struct ServerEngine {
    client: Qdrant,
    requests: Requests,
    closed: AtomicBool,
}

impl ServerEngine {
    /// Connects, and creates what is missing of the collection and its indices.
    pub(crate) async fn open(options: ServerOptions) -> Result<Self, ContentError> {
        let client = connection::client(&options)?;
        let requests = Requests::to(options.collection);
        connection::prepare(&client, &requests).await?;
        Ok(Self { client, requests, closed: AtomicBool::new(false) })
    }

    /// The client, until this was closed.
    fn client(&self) -> Result<&Qdrant, ContentError> {
        if self.closed.load(Ordering::Relaxed) { Err(ContentError::Closed) } else { Ok(&self.client) }
    }
}

#[async_trait]
impl Engine for ServerEngine {
    /// Whoever is first stays first, also of two processes: the server itself leaves alone what is there. Reading
    /// afterwards tells who it was. Two that insert the very same payload are both told that they were.
    async fn insert(&self, point: Point) -> Result<Option<Payload>, ContentError> {
        if let Some(first) = self.fetch(vec![point.id]).await?.pop() {
            return Ok(Some(first));
        }
        let (id, ours) = (point.id, point.payload.clone());
        self.client()?.upsert_points(self.requests.insert(point)?).await.map_err(fault)?;
        let stored = self.fetch(vec![id]).await?.pop();
        Ok(stored.filter(|stored| *stored != ours))
    }

    async fn fetch(&self, ids: Vec<PointId>) -> Result<Vec<Payload>, ContentError> {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let answer = self.client()?.get_points(self.requests.fetch(&ids)).await.map_err(fault)?;
        answer.result.into_iter().map(answer::record).collect()
    }

    async fn set_stage(&self, id: PointId, stage: Stage) -> Result<bool, ContentError> {
        let there = self.client()?.count(self.requests.written(id)).await.map_err(fault)?;
        if answer::count(&there) == 0 {
            return Ok(false);
        }
        self.client()?.set_payload(self.requests.set_stage(id, stage)).await.map_err(fault)?;
        Ok(true)
    }

    async fn ranked(
        &self,
        query: Ranking,
        filter: Vec<Condition>,
        limit: usize,
    ) -> Result<Vec<(f32, Payload)>, ContentError> {
        let client = self.client()?;
        let Some(request) = self.requests.ranked(query, &filter, limit) else { return Ok(vec![]) };
        let answer = client.query(request).await.map_err(fault)?;
        answer.result.into_iter().map(answer::scored).collect()
    }

    async fn newest(&self, filter: Vec<Condition>, limit: usize) -> Result<Vec<Payload>, ContentError> {
        let answer = self.client()?.scroll(self.requests.newest(&filter, limit)).await.map_err(fault)?;
        answer.result.into_iter().map(answer::record).collect()
    }

    async fn page(
        &self,
        filter: Vec<Condition>,
        from: Option<PointId>,
        limit: usize,
    ) -> Result<Page, ContentError> {
        let answer = self.client()?.scroll(self.requests.page(&filter, from, limit)).await.map_err(fault)?;
        let keys = answer.result.into_iter().map(answer::key).collect::<Result<_, _>>()?;
        Ok(Page { keys, next: answer.next_page_offset.and_then(answer::point_id) })
    }

    /// The number is of those that fitted a moment before; what fits no more by then stays.
    async fn remove(&self, ids: Vec<PointId>, filter: Vec<Condition>) -> Result<usize, ContentError> {
        let client = self.client()?;
        if ids.is_empty() {
            return Ok(0);
        }
        let fitting = client.count(self.requests.count_among(&ids, &filter)).await.map_err(fault)?;
        client.delete_points(self.requests.remove(&ids, &filter)).await.map_err(fault)?;
        Ok(answer::count(&fitting))
    }

    async fn count(&self, filter: Vec<Condition>) -> Result<usize, ContentError> {
        let answer = self.client()?.count(self.requests.count(&filter)).await.map_err(fault)?;
        Ok(answer::count(&answer))
    }

    async fn erase(&self, id: PointId, tombstone: Payload) -> Result<(), ContentError> {
        self.client()?.upsert_points(self.requests.bury(id, &tombstone)?).await.map_err(fault)?;
        Ok(())
    }

    async fn vectors(&self) -> Result<Vec<String>, ContentError> {
        let collection = self.requests.collection();
        let answer = self.client()?.collection_info(collection).await.map_err(fault)?;
        Ok(answer::dense_vectors(answer))
    }

    async fn add_vector(&self, name: String, dimensions: usize) -> Result<(), ContentError> {
        if self.vectors().await?.contains(&name) {
            return Ok(());
        }
        let request = self.requests.add_vector(name.clone(), dimensions);
        match self.client()?.create_vector_name(request).await {
            Ok(_) => Ok(()),
            // Another process may have been first.
            Err(_) if self.vectors().await?.contains(&name) => Ok(()),
            Err(error) => Err(fault(error)),
        }
    }

    async fn drop_vector(&self, name: String) -> Result<(), ContentError> {
        self.client()?.delete_vector_name(self.requests.drop_vector(name)).await.map_err(fault)?;
        Ok(())
    }

    async fn embed(
        &self,
        name: String,
        model: String,
        vectors: Vec<(PointId, Vec<f32>)>,
    ) -> Result<(), ContentError> {
        let ids: Vec<_> = vectors.iter().map(|(id, _)| *id).collect();
        let client = self.client()?;
        client.update_vectors(self.requests.embed(&name, vectors)).await.map_err(fault)?;
        client.set_payload(self.requests.set_model(&ids, &model)).await.map_err(fault)?;
        Ok(())
    }

    async fn snapshot(&self, _: PathBuf) -> Result<Snapshot, ContentError> {
        let answer = self.client()?.create_snapshot(self.requests.collection()).await.map_err(fault)?;
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
