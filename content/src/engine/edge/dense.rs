//! Dense vectors of the points: one name for each model, added and dropped while everything is in use.

use std::collections::HashSet;

use qdrant_edge::{
    CreateVectorName, DeleteVectorName, DenseVectorConfig, Distance, PointVectorsPersisted, UpdateOperation,
    UpdateVectorsOp, VectorNameConfig, VectorNameOperations, VectorOperations, VectorPersisted,
    VectorStructPersisted,
};

use super::shard::Shard;
use super::translate;
use crate::error::ContentError;
use crate::point::PointId;

impl Shard {
    pub(super) fn vectors(&self) -> Vec<String> {
        self.qdrant().config().vectors.keys().cloned().collect()
    }

    pub(super) fn add_vector(&self, name: String, dimensions: usize) -> Result<(), ContentError> {
        let _changes = self.changes();
        if self.vectors().contains(&name) {
            return Ok(());
        }
        let (distance, multivector_config, datatype) = (Distance::Cosine, None, None);
        let config = DenseVectorConfig { size: dimensions, distance, multivector_config, datatype };
        let create = CreateVectorName { vector_name: name, config: VectorNameConfig::dense(config) };
        self.update(UpdateOperation::VectorNameOperation(VectorNameOperations::CreateVectorName(create)))
    }

    pub(super) fn drop_vector(&self, vector_name: String) -> Result<(), ContentError> {
        let drop = VectorNameOperations::DeleteVectorName(DeleteVectorName { vector_name });
        self.update(UpdateOperation::VectorNameOperation(drop))
    }

    pub(super) fn embed(
        &self,
        name: &str,
        model: &str,
        vectors: Vec<(PointId, Vec<f32>)>,
    ) -> Result<(), ContentError> {
        let _changes = self.changes();
        let asked: Vec<_> = vectors.iter().map(|(id, _)| *id).collect();
        let written = self.written(&asked)?;
        if written.is_empty() {
            return Ok(());
        }
        let there: HashSet<_> = written.iter().copied().collect();
        let points = vectors.into_iter().map(|(id, vector)| named(id, name, vector));
        let points = points.filter(|point| there.contains(&point.id)).collect();
        let update = VectorOperations::UpdateVectors(UpdateVectorsOp { points, update_filter: None });
        self.update(UpdateOperation::VectorOperation(update))?;
        self.set_payload(translate::embedding_model(model), written)
    }
}

fn named(id: PointId, name: &str, vector: Vec<f32>) -> PointVectorsPersisted {
    let vectors = [(name.to_owned(), VectorPersisted::Dense(vector))];
    PointVectorsPersisted { id: translate::id(&id), vector: VectorStructPersisted::Named(vectors.into()) }
}
