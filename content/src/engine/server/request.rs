//! Every request but searches and those that set the collection up, built from our words. Pure.
//!
//! Every write waits until it can be read, and goes through the shard's leader, so that two of one point come in the
//! same order everywhere.

use std::collections::HashMap;

use ::qdrant_client::qdrant::{
    CountPoints, CreateVectorNameRequest, DeletePoints, DeleteVectorNameRequest, DenseVectorCreationConfig,
    Direction, Distance, Filter, GetPoints, NamedVectors, OrderBy, PayloadIncludeSelector, PointStruct,
    PointVectors, ScrollPoints, SetPayloadPoints, UpdateMode, UpdatePointVectors, UpsertPoints, Value,
    Vector, Vectors, WithPayloadSelector, WriteOrdering, WriteOrderingType,
    create_vector_name_request::VectorConfig, vectors::VectorsOptions, with_payload_selector,
};

use super::condition::{filter, id, only};
use crate::bm25::SparseVector;
use crate::error::ContentError;
use crate::filter::{Condition, stages};
use crate::payload::{Payload, WORDS_VECTOR, field};
use crate::point::{Point, PointId};
use crate::stage::Stage;

/// Builds requests to one collection.
pub(super) struct Requests {
    collection: String,
}

impl Requests {
    pub(super) fn to(collection: String) -> Self {
        Self { collection }
    }

    pub(super) fn collection(&self) -> &str {
        &self.collection
    }

    /// Leaves alone what is there.
    pub(super) fn insert(&self, point: Point) -> Result<UpsertPoints, ContentError> {
        let SparseVector { indices, values } = point.words;
        let vectors = if indices.is_empty() {
            HashMap::new()
        } else {
            named(WORDS_VECTOR, Vector::new_sparse(indices, values))
        };
        let mode = Some(UpdateMode::InsertOnly.into());
        Ok(UpsertPoints { update_mode: mode, ..self.upsert(point.id, vectors, &point.payload)? })
    }

    /// Replaces the point and all its vectors.
    pub(super) fn bury(&self, point: PointId, tombstone: &Payload) -> Result<UpsertPoints, ContentError> {
        self.upsert(point, HashMap::new(), tombstone)
    }

    fn upsert(
        &self,
        point: PointId,
        vectors: HashMap<String, Vector>,
        payload: &Payload,
    ) -> Result<UpsertPoints, ContentError> {
        let point =
            PointStruct { id: Some(id(point)), payload: fields(payload)?, vectors: Some(all_named(vectors)) };
        Ok(UpsertPoints {
            collection_name: self.collection.clone(),
            wait: Some(true),
            points: vec![point],
            ordering: ordered(),
            ..Default::default()
        })
    }

    pub(super) fn fetch(&self, ids: &[PointId]) -> GetPoints {
        GetPoints {
            collection_name: self.collection.clone(),
            ids: ids.iter().copied().map(id).collect(),
            with_payload: Some(true.into()),
            ..Default::default()
        }
    }

    /// Asks which of the points are there, and nothing more.
    pub(super) fn look_up(&self, ids: &[PointId]) -> GetPoints {
        GetPoints { with_payload: Some(false.into()), ..self.fetch(ids) }
    }

    /// Counts the point if its body is there.
    pub(super) fn written(&self, point: PointId) -> CountPoints {
        self.count_of(only(&[point], &[stages(&Stage::WRITTEN)]))
    }

    pub(super) fn set_stage(&self, point: PointId, stage: Stage) -> SetPayloadPoints {
        self.set(field::STATUS, stage.word(), &[point])
    }

    pub(super) fn set_model(&self, ids: &[PointId], model: &str) -> SetPayloadPoints {
        self.set(field::EMBEDDING_MODEL, model, ids)
    }

    /// Sets a field of those of the points whose bodies are there.
    pub(super) fn set(&self, field: &str, word: &str, ids: &[PointId]) -> SetPayloadPoints {
        SetPayloadPoints {
            collection_name: self.collection.clone(),
            wait: Some(true),
            payload: named(field, Value::from(word)),
            points_selector: Some(only(ids, &[stages(&Stage::WRITTEN)]).into()),
            ordering: ordered(),
            ..Default::default()
        }
    }

    pub(super) fn newest(&self, conditions: &[Condition], limit: usize) -> ScrollPoints {
        let order = OrderBy {
            key: field::CREATED_AT.into(),
            direction: Some(Direction::Desc.into()),
            start_from: None,
        };
        ScrollPoints {
            with_payload: Some(true.into()),
            order_by: Some(order),
            ..self.scroll(conditions, limit)
        }
    }

    pub(super) fn page(&self, conditions: &[Condition], from: Option<PointId>, limit: usize) -> ScrollPoints {
        let fields = vec![field::THREAD.to_owned(), field::HASH.to_owned()];
        let include = with_payload_selector::SelectorOptions::Include(PayloadIncludeSelector { fields });
        ScrollPoints {
            offset: from.map(id),
            with_payload: Some(WithPayloadSelector { selector_options: Some(include) }),
            ..self.scroll(conditions, limit)
        }
    }

    fn scroll(&self, conditions: &[Condition], limit: usize) -> ScrollPoints {
        ScrollPoints {
            collection_name: self.collection.clone(),
            filter: Some(filter(conditions)),
            limit: Some(u32::try_from(limit).unwrap_or(u32::MAX)),
            ..Default::default()
        }
    }

    pub(super) fn count(&self, conditions: &[Condition]) -> CountPoints {
        self.count_of(filter(conditions))
    }

    pub(super) fn count_among(&self, ids: &[PointId], conditions: &[Condition]) -> CountPoints {
        self.count_of(only(ids, conditions))
    }

    fn count_of(&self, filter: Filter) -> CountPoints {
        CountPoints {
            collection_name: self.collection.clone(),
            filter: Some(filter),
            exact: Some(true),
            ..Default::default()
        }
    }

    pub(super) fn remove(&self, ids: &[PointId], conditions: &[Condition]) -> DeletePoints {
        DeletePoints {
            collection_name: self.collection.clone(),
            wait: Some(true),
            points: Some(only(ids, conditions).into()),
            ordering: ordered(),
            ..Default::default()
        }
    }

    pub(super) fn add_vector(&self, vector_name: String, dimensions: usize) -> CreateVectorNameRequest {
        let config = DenseVectorCreationConfig {
            size: dimensions as u64,
            distance: Distance::Cosine.into(),
            ..Default::default()
        };
        CreateVectorNameRequest {
            collection_name: self.collection.clone(),
            wait: Some(true),
            vector_name,
            ordering: ordered(),
            vector_config: Some(VectorConfig::DenseConfig(config)),
            ..Default::default()
        }
    }

    pub(super) fn drop_vector(&self, vector_name: String) -> DeleteVectorNameRequest {
        DeleteVectorNameRequest {
            collection_name: self.collection.clone(),
            wait: Some(true),
            vector_name,
            ordering: ordered(),
            ..Default::default()
        }
    }

    /// Gives vectors to those of the points whose bodies are there.
    pub(super) fn embed(&self, name: &str, vectors: Vec<(PointId, Vec<f32>)>) -> UpdatePointVectors {
        let point = |(point, vector)| PointVectors {
            id: Some(id(point)),
            vectors: Some(all_named(named(name, Vector::new_dense(vector)))),
        };
        UpdatePointVectors {
            collection_name: self.collection.clone(),
            wait: Some(true),
            points: vectors.into_iter().map(point).collect(),
            ordering: ordered(),
            update_filter: Some(filter(&[stages(&Stage::WRITTEN)])),
            ..Default::default()
        }
    }
}

pub(super) fn ordered() -> Option<WriteOrdering> {
    Some(WriteOrdering { r#type: WriteOrderingType::Medium.into() })
}

pub(super) fn named<T>(name: &str, value: T) -> HashMap<String, T> {
    HashMap::from([(name.to_owned(), value)])
}

fn all_named(vectors: HashMap<String, Vector>) -> Vectors {
    Vectors { vectors_options: Some(VectorsOptions::Vectors(NamedVectors { vectors })) }
}

fn fields(payload: &Payload) -> Result<HashMap<String, Value>, ContentError> {
    let json = serde_json::to_value(payload).map_err(ContentError::engine)?;
    let payload = ::qdrant_client::Payload::try_from(json).map_err(ContentError::engine)?;
    Ok(payload.into())
}
