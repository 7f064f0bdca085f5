//! The operations on Qdrant's shard, synchronous.

use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

use qdrant_edge::{
    CountRequestBuilder, CreateIndex, EdgeShard, FieldIndexOperations, PayloadOps, PointOperations, Record,
    RetrieveRequestBuilder, ScrollRequestBuilder, SetPayloadOp, UpdateOperation,
};

use super::{settings, translate};
use crate::engine::{Newest, Page, Ranking, readable};
use crate::error::ContentError;
use crate::filter::{Condition, stages};
use crate::payload::{INDICES, Payload};
use crate::point::{Point, PointId};
use crate::stage::Stage;

/// One shard: all points of a deployment.
pub(super) struct Shard {
    shard: EdgeShard,
    /// Held from looking to changing by every operation that does both.
    changes: Mutex<()>,
    /// Held while segments are rebuilt.
    rebuilds: Mutex<()>,
    /// Erasures since it was opened.
    pub(super) erasures: AtomicU64,
}

impl Shard {
    /// Opens or creates the shard in an existing folder. It replays what a crash left in the log.
    pub(super) fn open(path: &Path) -> Result<Self, ContentError> {
        let shard = EdgeShard::load(path, Some(settings::config())).map_err(ContentError::engine)?;
        let (changes, rebuilds, erasures) = (Mutex::new(()), Mutex::new(()), AtomicU64::new(0));
        let shard = Self { shard, changes, rebuilds, erasures };
        shard.create_missing_indices()?;
        Ok(shard)
    }

    fn create_missing_indices(&self) -> Result<(), ContentError> {
        let present = self.shard.info().map_err(ContentError::engine)?.payload_schema;
        for (field, index) in INDICES {
            let field_name = translate::path(field);
            if !present.contains_key(&field_name) {
                let create = CreateIndex { field_name, field_schema: Some(settings::index(index)) };
                self.update(UpdateOperation::FieldIndexOperation(FieldIndexOperations::CreateIndex(create)))?;
            }
        }
        Ok(())
    }

    pub(super) fn insert(&self, point: Point) -> Result<Option<Payload>, ContentError> {
        let (id, point) = (point.id, translate::point(point)?);
        let _changes = self.changes();
        if let Some(first) = self.stored(id)? {
            return Ok(Some(first));
        }
        self.update(UpdateOperation::PointOperation(PointOperations::UpsertPoints(vec![point].into())))?;
        Ok(None)
    }

    pub(super) fn fetch(&self, ids: &[PointId]) -> Result<Vec<Payload>, ContentError> {
        let records = self.retrieve(ids.iter().map(translate::id).collect())?;
        Ok(readable(records.into_iter().map(translate::record)))
    }

    /// One that cannot be read is an error: nobody may take its place for free.
    pub(super) fn stored(&self, id: PointId) -> Result<Option<Payload>, ContentError> {
        self.retrieve(vec![translate::id(&id)])?.pop().map(translate::record).transpose()
    }

    fn retrieve(&self, ids: Vec<qdrant_edge::PointId>) -> Result<Vec<Record>, ContentError> {
        let request = RetrieveRequestBuilder::new(ids).with_payload(true.into()).build();
        self.shard.retrieve(request).map_err(ContentError::engine)
    }

    pub(super) fn set_stage(&self, id: PointId, stage: Stage) -> Result<bool, ContentError> {
        let _changes = self.changes();
        if self.written(&[id])?.is_empty() {
            return Ok(false);
        }
        self.set_payload(translate::stage(stage), vec![translate::id(&id)])?;
        Ok(true)
    }

    /// Those of the points whose bodies are there.
    pub(super) fn written(&self, ids: &[PointId]) -> Result<Vec<qdrant_edge::PointId>, ContentError> {
        self.fitting(ids, &[stages(&Stage::WRITTEN)])
    }

    fn fitting(
        &self,
        ids: &[PointId],
        filter: &[Condition],
    ) -> Result<Vec<qdrant_edge::PointId>, ContentError> {
        let request = ScrollRequestBuilder::new()
            .filter(translate::only(ids, filter))
            .with_payload(false.into())
            .limit(ids.len());
        let (records, _) = self.shard.scroll(request.build()).map_err(ContentError::engine)?;
        Ok(records.iter().map(|record| record.id).collect())
    }

    pub(super) fn set_payload(
        &self,
        payload: qdrant_edge::Payload,
        ids: Vec<qdrant_edge::PointId>,
    ) -> Result<(), ContentError> {
        let set = SetPayloadOp { payload, points: Some(ids), filter: None, key: None };
        self.update(UpdateOperation::PayloadOperation(PayloadOps::SetPayload(set)))
    }

    pub(super) fn ranked(
        &self,
        query: Ranking,
        filter: &[Condition],
        limit: usize,
    ) -> Result<Vec<(f32, Payload)>, ContentError> {
        let Some(request) = translate::ranking(query, filter, limit) else { return Ok(Vec::new()) };
        let points = self.shard.query(request).map_err(ContentError::engine)?;
        Ok(readable(points.into_iter().map(translate::scored)))
    }

    pub(super) fn newest(&self, filter: &[Condition], limit: usize) -> Result<Newest, ContentError> {
        let request = ScrollRequestBuilder::new()
            .order_by(translate::newest_first())
            .filter(translate::filter(filter))
            .limit(limit);
        let (records, _) = self.shard.scroll(request.build()).map_err(ContentError::engine)?;
        let named = |record: Record| (translate::point_id(record.id), translate::record(record));
        Ok(Newest::of(records.into_iter().map(named)))
    }

    pub(super) fn page(
        &self,
        filter: &[Condition],
        from: Option<PointId>,
        limit: usize,
    ) -> Result<Page, ContentError> {
        let mut request = ScrollRequestBuilder::new()
            .filter(translate::filter(filter))
            .with_payload(translate::key_fields())
            .limit(limit)
            .build();
        request.offset = from.as_ref().map(translate::id);
        let (records, next) = self.shard.scroll(request).map_err(ContentError::engine)?;
        let keys = readable(records.into_iter().map(translate::key));
        Ok(Page { keys, next: next.and_then(translate::point_id) })
    }

    /// Removes by id what was found by filter: the log then says the same when it is replayed on later state.
    pub(super) fn remove(&self, ids: &[PointId], filter: &[Condition]) -> Result<usize, ContentError> {
        let _changes = self.changes();
        let ids = self.fitting(ids, filter)?;
        let removed = ids.len();
        if removed > 0 {
            self.update(UpdateOperation::PointOperation(PointOperations::DeletePoints { ids }))?;
        }
        Ok(removed)
    }

    pub(super) fn count(&self, filter: &[Condition]) -> Result<usize, ContentError> {
        let request = CountRequestBuilder::new().filter(translate::filter(filter)).exact(true).build();
        self.shard.count(request).map_err(ContentError::engine)
    }

    /// Brings every acknowledged change to disk.
    pub(super) fn flush(&self) -> Result<(), ContentError> {
        self.shard.flush().map_err(ContentError::engine)
    }

    /// Qdrant's own shard, for what the files beside this one do with it.
    pub(super) fn qdrant(&self) -> &EdgeShard {
        &self.shard
    }

    pub(super) fn update(&self, operation: UpdateOperation) -> Result<(), ContentError> {
        self.shard.update(operation).map_err(ContentError::engine)
    }

    pub(super) fn changes(&self) -> MutexGuard<'_, ()> {
        // It guards no data that a panic could leave half changed.
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn rebuilds(&self) -> MutexGuard<'_, ()> {
        // It guards no data either.
        self.rebuilds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
