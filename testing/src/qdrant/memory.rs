//! What it holds.

use super::filter::Test;
use super::id::Id;
use ::qdrant_client::qdrant::{
    DenseVectorCreationConfig, FieldType, Filter, HnswConfigDiff, OptimizersConfigDiff,
    PointsOperationResponse, SparseVectorParams, UpdateResult, UpdateStatus, Value,
};
use std::collections::{BTreeMap, HashMap};
use tonic::Status;

/// Everything, by the names of collections and snapshots, and what version it says it is.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) version: String,
    pub(super) collections: BTreeMap<String, Collection>,
    pub(super) snapshots: BTreeMap<String, Snapshot>,
    changes: u64,
}

/// The points and what they may be like.
#[derive(Clone, Default)]
pub(super) struct Collection {
    pub(super) hnsw: Option<HnswConfigDiff>,
    pub(super) optimizers: Option<OptimizersConfigDiff>,
    pub(super) dense: BTreeMap<String, DenseVectorCreationConfig>,
    pub(super) sparse: BTreeMap<String, SparseVectorParams>,
    pub(super) indices: BTreeMap<String, FieldType>,
    pub(super) points: BTreeMap<Id, Point>,
}

/// One point.
#[derive(Clone)]
pub(super) struct Point {
    pub(super) payload: HashMap<String, Value>,
    pub(super) vectors: BTreeMap<String, Stored>,
}

/// A vector of a point.
#[derive(Clone)]
pub(super) enum Stored {
    /// Of length 1, since its distance is the cosine.
    Dense(Vec<f32>),
    /// The values that are not zero.
    Sparse(BTreeMap<u32, f32>),
}

/// A collection as it was.
pub(super) struct Snapshot {
    pub(super) of: String,
    pub(super) copy: Collection,
}

impl Memory {
    /// With nothing in it.
    pub(super) fn of_version(version: &str) -> Self {
        Self { version: version.to_owned(), ..Self::default() }
    }

    pub(super) fn collection(&self, name: &str) -> Result<&Collection, Status> {
        self.collections.get(name).ok_or_else(|| no_collection(name))
    }

    pub(super) fn collection_mut(&mut self, name: &str) -> Result<&mut Collection, Status> {
        self.collections.get_mut(name).ok_or_else(|| no_collection(name))
    }

    /// Counts a change.
    pub(super) fn next(&mut self) -> u64 {
        self.changes += 1;
        self.changes
    }

    /// The answer to a change that can be read.
    pub(super) fn done(&mut self) -> PointsOperationResponse {
        let (operation_id, status) = (Some(self.next()), UpdateStatus::Completed.into());
        PointsOperationResponse { result: Some(UpdateResult { operation_id, status }), ..Default::default() }
    }
}

impl Collection {
    /// The points that fit, in the order of their ids.
    pub(super) fn fitting(&self, filter: Option<Filter>) -> Result<Vec<(Id, &Point)>, Status> {
        let test = Test::of(filter)?;
        let all = self.points.iter().map(|(id, point)| (*id, point));
        Ok(all.filter(|(id, point)| test.passes(*id, point)).collect())
    }

    pub(super) fn ids_fitting(&self, filter: Option<Filter>) -> Result<Vec<Id>, Status> {
        Ok(self.fitting(filter)?.into_iter().map(|(id, _)| id).collect())
    }
}

/// As Qdrant words a request that is wrong.
pub(super) fn wrong(why: impl std::fmt::Display) -> Status {
    Status::invalid_argument(format!("Wrong input: {why}"))
}

/// Something that Qdrant may know and the stand-in does not.
pub(super) fn unknown(what: &str) -> Status {
    Status::unimplemented(format!("the stand-in for Qdrant does not know this: {what}"))
}

fn no_collection(name: &str) -> Status {
    Status::not_found(format!("Not found: Collection `{name}` doesn't exist!"))
}
