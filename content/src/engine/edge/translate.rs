//! Our words into Qdrant's and back. Pure.

use chorale_domain::content::ContentHash;
use chorale_domain::id::ThreadId;
use qdrant_edge::external::ordered_float::OrderedFloat;
use qdrant_edge::external::serde_json::{Map, Value, from_value, json, to_value};
use qdrant_edge::{
    Direction, FieldCondition, Filter, Fusion, HasIdCondition, HasVectorCondition, JsonPath, Match,
    NamedQuery, OrderBy, OrderByInterface, PointStruct, PointStructPersisted, Prefetch, PrefetchBuilder,
    QueryEnum, QueryRequest, QueryRequestBuilder, Range, Record, ScoredPoint, ScoringQuery, ValueVariants,
    Vector, VectorInternal, Vectors, WithPayloadInterface,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::settings::search;
use crate::bm25::SparseVector;
use crate::engine::{Nearest, Ranking};
use crate::error::ContentError;
use crate::filter::Condition;
use crate::payload::{Payload, WORDS_VECTOR, field};
use crate::point::{Point, PointId};
use crate::stage::Stage;
use crate::tuning;

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
    stored(&point.id, Vectors::new_named([(WORDS_VECTOR, words)]), &point.payload)
}

/// A point without any vector.
pub(super) fn tombstone(id: PointId, payload: &Payload) -> Result<PointStructPersisted, ContentError> {
    stored(&id, Vectors::new_named(Vec::<(String, Vector)>::new()), payload)
}

fn stored(
    point: &PointId,
    vectors: Vectors,
    payload: &Payload,
) -> Result<PointStructPersisted, ContentError> {
    let payload = to_value(payload).map_err(ContentError::engine)?;
    Ok(PointStruct::new(id(point), vectors, payload).into())
}

pub(super) fn stage(stage: Stage) -> qdrant_edge::Payload {
    one_field(field::STATUS, stage.word())
}

pub(super) fn embedding_model(name: &str) -> qdrant_edge::Payload {
    one_field(field::EMBEDDING_MODEL, name)
}

pub(super) fn one_field(field: &str, word: &str) -> qdrant_edge::Payload {
    Map::from_iter([(field.to_owned(), json!(word))]).into()
}

/// What to ask the engine, `None` where nothing can be found.
pub(super) fn ranking(query: Ranking, conditions: &[Condition], limit: usize) -> Option<QueryRequest> {
    let request = QueryRequestBuilder::new(limit).with_payload(true.into());
    let request = match query {
        Ranking::Words(words) if words.is_empty() => return None,
        Ranking::Words(words) => request.query(sharing(words)).filter(filter(conditions)),
        Ranking::Meaning(meaning) => {
            request.query(near(meaning)).params(search(conditions)).filter(filter(conditions))
        }
        Ranking::Both(words, meaning) => {
            let ways = [(!words.is_empty()).then(|| sharing(words)), Some(near(meaning))];
            let lists = ways.into_iter().flatten().map(|way| list(way, conditions)).collect();
            request
                .prefetches(lists)
                .query(ScoringQuery::Fusion(Fusion::Rrf { k: tuning::FUSION_K as usize, weights: None }))
        }
    };
    Some(request.build())
}

/// One of the lists that are fused.
fn list(way: ScoringQuery, conditions: &[Condition]) -> Prefetch {
    let list = PrefetchBuilder::new(tuning::FUSED).query(way).params(search(conditions));
    list.filter(filter(conditions)).build()
}

fn sharing(words: SparseVector) -> ScoringQuery {
    let SparseVector { indices, values } = words;
    nearest(VectorInternal::Sparse(qdrant_edge::SparseVector { indices, values }), WORDS_VECTOR)
}

fn near(Nearest { name, vector }: Nearest) -> ScoringQuery {
    nearest(VectorInternal::Dense(vector), &name)
}

fn nearest(vector: VectorInternal, name: &str) -> ScoringQuery {
    ScoringQuery::Vector(QueryEnum::Nearest(NamedQuery::new(vector, name)))
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

/// As flat as can be: each level is gone through anew with every point that is looked at.
pub(super) fn filter(conditions: &[Condition]) -> Filter {
    let mut filter = Filter { must: Some(vec![]), must_not: Some(vec![]), ..Filter::new() };
    for part in conditions {
        match part {
            Condition::Any(lists) if filter.should.is_none() => {
                filter.should = Some(lists.iter().map(|list| all(list)).collect());
            }
            part if is_negative(part) => filter.must_not.get_or_insert_default().push(condition(part)),
            part => filter.must.get_or_insert_default().push(condition(part)),
        }
    }
    filter
}

fn all(conditions: &[Condition]) -> qdrant_edge::Condition {
    match conditions {
        [only] if !is_negative(only) => condition(only),
        conditions => qdrant_edge::Condition::Filter(filter(conditions)),
    }
}

/// Like [`filter`], among these points.
pub(super) fn only(ids: &[PointId], conditions: &[Condition]) -> Filter {
    let mut filter = filter(conditions);
    filter.must.get_or_insert_default().push(among(ids));
    filter
}

fn among(ids: &[PointId]) -> qdrant_edge::Condition {
    qdrant_edge::Condition::HasId(ids.iter().map(id).collect::<HasIdCondition>())
}

/// Whether Qdrant has only the opposite, to be put under "must not".
fn is_negative(condition: &Condition) -> bool {
    matches!(condition, Condition::Lacks(_) | Condition::Except(_))
}

fn condition(condition: &Condition) -> qdrant_edge::Condition {
    let on =
        |field, matching| qdrant_edge::Condition::Field(FieldCondition::new_match(path(field), matching));
    match condition {
        Condition::Is(field, word) => on(field, Match::new_value(ValueVariants::String(word.clone()))),
        Condition::In(field, words) => on(field, words.clone().into()),
        Condition::Within { field, from, until } => {
            qdrant_edge::Condition::Field(FieldCondition::new_range(path(field), range(*from, *until)))
        }
        Condition::Any(lists) => {
            let should = lists.iter().map(|list| all(list)).collect();
            qdrant_edge::Condition::Filter(Filter { should: Some(should), ..Filter::new() })
        }
        Condition::Lacks(name) => qdrant_edge::Condition::HasVector(HasVectorCondition::from(name.clone())),
        Condition::Except(ids) => among(ids),
    }
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
