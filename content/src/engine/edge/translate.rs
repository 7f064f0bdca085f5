//! Our words into Qdrant's and back. Pure.

use chorale_domain::content::ContentHash;
use chorale_domain::id::ThreadId;
use chorale_wire::http::ContentStatus;
use qdrant_edge::external::ordered_float::OrderedFloat;
use qdrant_edge::external::serde_json::{Map, Value, from_value, json, to_value};
use qdrant_edge::{
    Direction, EdgeConfig, EdgeConfigBuilder, EdgeSparseVectorParamsBuilder, FieldCondition, Filter,
    HasIdCondition, JsonPath, Match, Modifier, NamedQuery, OrderBy, OrderByInterface, PayloadFieldSchema,
    PayloadSchemaType, PointStruct, PointStructPersisted, QueryEnum, Range, Record, ScoredPoint,
    ScoringQuery, ValueVariants, Vector, VectorInternal, Vectors, WithPayloadInterface,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::bm25::SparseVector;
use crate::error::ContentError;
use crate::filter::Condition;
use crate::payload::{Index, Payload, WORDS_VECTOR, field, status_word};
use crate::point::{Point, PointId};

/// The vectors of a point. BM25 needs the engine to weigh each word by how rare it is.
pub(super) fn config() -> EdgeConfig {
    let words = EdgeSparseVectorParamsBuilder::new().modifier(Modifier::Idf).build();
    EdgeConfigBuilder::new().sparse_vector(WORDS_VECTOR, words).build()
}

pub(super) fn index(index: Index) -> PayloadFieldSchema {
    PayloadFieldSchema::FieldType(match index {
        Index::Keyword => PayloadSchemaType::Keyword,
        Index::Integer => PayloadSchemaType::Integer,
    })
}

pub(super) fn path(field: &str) -> JsonPath {
    field.parse().expect("our field names are plain words, which are paths")
}

pub(super) fn id(id: &PointId) -> qdrant_edge::PointId {
    qdrant_edge::PointId::Uuid(id.0)
}

/// `None` for a number, which no point of ours has for an id.
pub(super) fn point_id(id: qdrant_edge::PointId) -> Option<PointId> {
    match id {
        qdrant_edge::PointId::Uuid(uuid) => Some(PointId(uuid)),
        qdrant_edge::PointId::NumId(_) => None,
    }
}

pub(super) fn point(point: Point) -> Result<PointStructPersisted, ContentError> {
    let SparseVector { indices, values } = point.words;
    let words = Vector::new_sparse(indices, values).map_err(ContentError::engine)?;
    let payload = to_value(&point.payload).map_err(ContentError::engine)?;
    Ok(PointStruct::new(id(&point.id), Vectors::new_named([(WORDS_VECTOR, words)]), payload).into())
}

pub(super) fn status(status: ContentStatus) -> qdrant_edge::Payload {
    let mut fields = Map::new();
    fields.insert(field::STATUS.into(), json!(status_word(status)));
    fields.into()
}

pub(super) fn nearest(words: SparseVector) -> ScoringQuery {
    let SparseVector { indices, values } = words;
    let vector = VectorInternal::Sparse(qdrant_edge::SparseVector { indices, values });
    ScoringQuery::Vector(QueryEnum::Nearest(NamedQuery::new(vector, WORDS_VECTOR)))
}

pub(super) fn newest_first() -> OrderByInterface {
    OrderByInterface::Struct(OrderBy {
        key: path(field::CREATED_AT),
        direction: Some(Direction::Desc),
        start_from: None,
    })
}

pub(super) fn key_fields() -> WithPayloadInterface {
    WithPayloadInterface::Fields(vec![path(field::THREAD), path(field::HASH)])
}

pub(super) fn filter(conditions: &[Condition]) -> Filter {
    Filter { must: Some(conditions.iter().map(condition).collect()), ..Filter::new() }
}

/// Like [`filter`], among these points.
pub(super) fn only(ids: &[PointId], conditions: &[Condition]) -> Filter {
    let ids = qdrant_edge::Condition::HasId(ids.iter().map(id).collect::<HasIdCondition>());
    let others = conditions.iter().map(condition);
    Filter { must: Some(std::iter::once(ids).chain(others).collect()), ..Filter::new() }
}

fn condition(condition: &Condition) -> qdrant_edge::Condition {
    qdrant_edge::Condition::Field(match condition {
        Condition::Is(field, word) => {
            FieldCondition::new_match(path(field), Match::new_value(ValueVariants::String(word.clone())))
        }
        Condition::Within { field, from, until } => {
            FieldCondition::new_range(path(field), range(*from, *until))
        }
    })
}

/// Floats are exact for the seconds that records may have, see `NewContent::checked`.
fn range(from: Option<i64>, until: Option<i64>) -> Range<OrderedFloat<f64>> {
    let float = |seconds: i64| OrderedFloat(seconds as f64);
    Range { gte: from.map(float), lt: until.map(float), gt: None, lte: None }
}

pub(super) fn record(record: Record) -> Result<Payload, ContentError> {
    decode(record.id, record.payload)
}

pub(super) fn scored(point: ScoredPoint) -> Result<(f32, Payload), ContentError> {
    Ok((point.score, decode(point.id, point.payload)?))
}

/// Thread and hash of a record that was asked for with [`key_fields`].
pub(super) fn key(record: Record) -> Result<(ThreadId, ContentHash), ContentError> {
    #[derive(Deserialize)]
    struct Key {
        thread: ThreadId,
        hash: ContentHash,
    }
    decode(record.id, record.payload).map(|Key { thread, hash }| (thread, hash))
}

fn decode<T: DeserializeOwned>(
    id: qdrant_edge::PointId,
    payload: Option<qdrant_edge::Payload>,
) -> Result<T, ContentError> {
    let fields = payload.map(|payload| payload.0).unwrap_or_default();
    from_value(Value::Object(fields))
        .map_err(|source| ContentError::Unreadable { id: id.to_string(), source })
}
