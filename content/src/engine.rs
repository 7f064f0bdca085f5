//! The seam between Chorale and whatever stores and searches points.

mod edge;

#[cfg(test)]
mod contract;

use async_trait::async_trait;
use chorale_domain::content::ContentHash;
use chorale_domain::id::ThreadId;
use chorale_wire::http::ContentStatus;

use crate::bm25::SparseVector;
use crate::error::ContentError;
use crate::filter::Condition;
use crate::payload::Payload;
use crate::point::{Point, PointId};

pub(crate) use edge::EdgeEngine;

/// Stores points and finds them. Input is valid when it gets here. A change is visible to every read that
/// begins after it returned, and survives the end of the process. `filter` lists what all must hold.
#[async_trait]
pub(crate) trait Engine: Send + Sync + 'static {
    /// Stores the point, or leaves the one of that id as it is and returns it. Of two at once one is first.
    async fn insert(&self, point: Point) -> Result<Option<Payload>, ContentError>;

    /// Those of the points that are there, in any order.
    async fn fetch(&self, ids: Vec<PointId>) -> Result<Vec<Payload>, ContentError>;

    /// Changes the status; false if the point is not there.
    async fn set_status(&self, id: PointId, status: ContentStatus) -> Result<bool, ContentError>;

    /// The points that share words with the query, best first.
    async fn ranked(
        &self,
        words: SparseVector,
        filter: Vec<Condition>,
        limit: usize,
    ) -> Result<Vec<(f32, Payload)>, ContentError>;

    /// The points created last, newest first.
    async fn newest(&self, filter: Vec<Condition>, limit: usize) -> Result<Vec<Payload>, ContentError>;

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

    /// Writes everything to disk and lets go of it; afterwards every other call is refused as closed.
    async fn close(&self) -> Result<(), ContentError>;
}

/// A page of points, by what they stand for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Page {
    pub keys: Vec<(ThreadId, ContentHash)>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<PointId>,
}
