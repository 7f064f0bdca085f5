//! The seam between Chorale and whatever stores and searches points.

mod edge;
mod server;

#[cfg(test)]
pub(crate) mod contract;

use std::path::PathBuf;

use async_trait::async_trait;
use chorale_domain::content::ContentHash;
use chorale_domain::id::ThreadId;

use crate::bm25::SparseVector;
use crate::error::ContentError;
use crate::filter::Condition;
use crate::payload::Payload;
use crate::point::{Point, PointId};
use crate::stage::Stage;

pub(crate) use edge::EdgeEngine;
pub(crate) use server::ServerEngine;
pub use server::ServerOptions;

/// Stores points and finds them. Input is valid when it gets here. A change is visible to every read that
/// begins after it returned, and survives the end of the process. `filter` lists what all must hold. A point
/// that cannot be read any more is left out of every answer about many and named in the log, so that it takes
/// nothing else down.
#[async_trait]
pub(crate) trait Engine: Send + Sync + 'static {
    /// Stores the point, or leaves the one of that id as it is and returns it. Of two at once one is first. One that is
    /// there and cannot be read is an error.
    async fn insert(&self, point: Point) -> Result<Option<Payload>, ContentError>;

    /// Those of the points that are there, in any order.
    async fn fetch(&self, ids: Vec<PointId>) -> Result<Vec<Payload>, ContentError>;

    /// One point, if it is there. One that cannot be read is an error: who decides by it must not take it for
    /// absent.
    async fn stored(&self, id: PointId) -> Result<Option<Payload>, ContentError>;

    /// Changes where it stands; false if the point is not there, or is erased, which it stays.
    async fn set_stage(&self, id: PointId, stage: Stage) -> Result<bool, ContentError>;

    /// The points that fit the query, best first.
    async fn ranked(
        &self,
        query: Ranking,
        filter: Vec<Condition>,
        limit: usize,
    ) -> Result<Vec<(f32, Payload)>, ContentError>;

    /// The points created last, newest first.
    async fn newest(&self, filter: Vec<Condition>, limit: usize) -> Result<Newest, ContentError>;

    /// A page of points in the order of their ids, beginning with `from`.
    async fn page(
        &self,
        filter: Vec<Condition>,
        from: Option<PointId>,
        limit: usize,
    ) -> Result<Page, ContentError>;

    /// Removes those of the points that fit the filter at that moment; returns how many.
    async fn remove(&self, ids: Vec<PointId>, filter: Vec<Condition>) -> Result<usize, ContentError>;

    /// How many points fit, exactly.
    async fn count(&self, filter: Vec<Condition>) -> Result<usize, ContentError>;

    /// Puts a tombstone in a point's place, its vectors gone too. What is left of the body in the engine's files
    /// goes soon after, crash or not.
    async fn erase(&self, id: PointId, tombstone: Payload) -> Result<(), ContentError>;

    /// Names of the dense vectors that points may have.
    async fn vectors(&self) -> Result<Vec<String>, ContentError>;

    /// Lets points have a dense vector of that name. Nothing happens if they may already.
    async fn add_vector(&self, name: String, dimensions: usize) -> Result<(), ContentError>;

    /// Takes a dense vector from every point.
    async fn drop_vector(&self, name: String) -> Result<(), ContentError>;

    /// Gives the dense vectors of that name, made by that model, to those of the points whose bodies are still there.
    async fn embed(
        &self,
        name: String,
        model: String,
        vectors: Vec<(PointId, Vec<f32>)>,
    ) -> Result<(), ContentError>;

    /// Copies everything as it is at one moment.
    async fn snapshot(&self, folder: PathBuf) -> Result<Snapshot, ContentError>;

    /// Whether others may be using the same points.
    fn is_shared(&self) -> bool;

    /// Writes everything to disk and lets go of it; afterwards every other call is refused as closed.
    async fn close(&self) -> Result<(), ContentError>;
}

/// Those that could be read.
fn readable<T>(answer: impl IntoIterator<Item = Result<T, ContentError>>) -> Vec<T> {
    answer.into_iter().filter_map(|point| point.inspect_err(left_out).ok()).collect()
}

fn left_out(error: &ContentError) {
    tracing::warn!(%error, "a point is left out of an answer");
}

/// The points created last.
#[derive(Default, Debug)]
pub(crate) struct Newest {
    pub payloads: Vec<Payload>,
    /// Those that would be among them, and cannot be read.
    pub unreadable: Vec<PointId>,
}

impl Newest {
    fn of(points: impl IntoIterator<Item = (Option<PointId>, Result<Payload, ContentError>)>) -> Self {
        let mut newest = Self::default();
        for (id, point) in points {
            match point {
                Ok(payload) => newest.payloads.push(payload),
                Err(error) => {
                    left_out(&error);
                    newest.unreadable.extend(id);
                }
            }
        }
        newest
    }
}

/// What points are compared with.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Ranking {
    /// The words they share with it, the rarer the better.
    Words(SparseVector),
    /// The direction of a dense vector.
    Meaning(Nearest),
    /// Both, fused by reciprocal rank.
    Both(SparseVector, Nearest),
}

/// A dense vector to be near to.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Nearest {
    /// Name of the vectors it is compared with.
    pub name: String,
    pub vector: Vec<f32>,
}

/// Where a copy of the index is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Snapshot {
    /// In this folder, which can be opened like the one it was made from.
    Folder(PathBuf),
    /// On the Qdrant server, under this name, to be recovered there by Qdrant's own means.
    Server(String),
}

/// A page of points, by what they stand for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Page {
    pub keys: Vec<(ThreadId, ContentHash)>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<PointId>,
}
