//! Changes of points.

use super::filter::Test;
use super::id::Id;
use super::memory::{Collection, Memory, Point, Stored, unknown, wrong};
use ::qdrant_client::qdrant::{
    DeletePoints, DenseVector, Filter, PointStruct, PointVectors, PointsOperationResponse, PointsSelector,
    SetPayloadPoints, SparseVector, UpdateMode, UpdatePointVectors, UpsertPoints, Vectors,
    points_selector::PointsSelectorOneOf, vector::Vector, vectors::VectorsOptions,
};
use std::collections::BTreeMap;
use tonic::Status;

/// A point takes the place of the one of its id, with nothing left of that one; or only one that is new, or only one
/// that is there, does.
pub(super) fn upsert(memory: &mut Memory, asked: UpsertPoints) -> Result<PointsOperationResponse, Status> {
    let UpsertPoints {
        collection_name,
        wait: Some(true),
        points,
        ordering: _,
        shard_key_selector: None,
        update_filter: None,
        timeout: _,
        update_mode,
    } = asked
    else {
        return Err(unknown("an upsert that is conditional, or not waited for"));
    };
    let mode = UpdateMode::try_from(update_mode.unwrap_or_default()).map_err(wrong)?;
    let collection = memory.collection_mut(&collection_name)?;
    let points = points.into_iter().map(|given| collection.point(given)).collect::<Result<Vec<_>, _>>()?;
    for (id, point) in points {
        match (mode, collection.points.contains_key(&id)) {
            (UpdateMode::InsertOnly, true) | (UpdateMode::UpdateOnly, false) => {}
            _ => drop(collection.points.insert(id, point)),
        }
    }
    Ok(memory.done())
}

/// Sets these fields and leaves the others.
pub(super) fn set_payload(
    memory: &mut Memory,
    asked: SetPayloadPoints,
) -> Result<PointsOperationResponse, Status> {
    let SetPayloadPoints {
        collection_name,
        wait: Some(true),
        payload,
        points_selector,
        ordering: _,
        shard_key_selector: None,
        key: None,
        timeout: _,
    } = asked
    else {
        return Err(unknown("a payload set below a key, or not waited for"));
    };
    let collection = memory.collection_mut(&collection_name)?;
    for id in collection.ids_fitting(Some(selected(points_selector)?))? {
        if let Some(point) = collection.points.get_mut(&id) {
            point.payload.extend(payload.clone());
        }
    }
    Ok(memory.done())
}

pub(super) fn delete(memory: &mut Memory, asked: DeletePoints) -> Result<PointsOperationResponse, Status> {
    let DeletePoints {
        collection_name,
        wait: Some(true),
        points,
        ordering: _,
        shard_key_selector: None,
        timeout: _,
    } = asked
    else {
        return Err(unknown("a removal that is not waited for"));
    };
    let test = Test::of(Some(selected(points)?))?;
    memory.collection_mut(&collection_name)?.points.retain(|id, point| !test.passes(*id, point));
    Ok(memory.done())
}

/// Of the points that are there, those that fit the filter. One that is not there at all is an error, as in Qdrant, and
/// found out only after the others were changed.
pub(super) fn update_vectors(
    memory: &mut Memory,
    asked: UpdatePointVectors,
) -> Result<PointsOperationResponse, Status> {
    let UpdatePointVectors {
        collection_name,
        wait: Some(true),
        points,
        ordering: _,
        shard_key_selector: None,
        update_filter,
        timeout: _,
    } = asked
    else {
        return Err(unknown("vectors that are not waited for"));
    };
    let test = Test::of(update_filter)?;
    let collection = memory.collection_mut(&collection_name)?;
    let given = points.into_iter().map(|given| collection.named(given)).collect::<Result<Vec<_>, _>>()?;
    let mut missing = None;
    for (id, vectors) in given {
        match collection.points.get_mut(&id) {
            Some(point) if test.passes(id, point) => point.vectors.extend(vectors),
            Some(_) => {}
            None => missing = missing.or(Some(id)),
        }
    }
    let answer = memory.done();
    missing.map_or(Ok(answer), |id| Err(no_point(id)))
}

fn no_point(id: Id) -> Status {
    let id = match id {
        Id::Number(number) => number.to_string(),
        Id::Uuid(uuid) => uuid.to_string(),
    };
    Status::not_found(format!("Not found: No point with id {id} found"))
}

/// Points are selected by filters only: by their ids some calls take what is missing for an error and some do not.
fn selected(points: Option<PointsSelector>) -> Result<Filter, Status> {
    match points.and_then(|points| points.points_selector_one_of) {
        Some(PointsSelectorOneOf::Filter(filter)) => Ok(filter),
        _ => Err(unknown("points that are not selected by a filter")),
    }
}

impl Collection {
    fn point(&self, given: PointStruct) -> Result<(Id, Point), Status> {
        let (id, vectors) = (Id::given(given.id)?, self.vectors(given.vectors)?);
        Ok((id, Point { payload: given.payload, vectors }))
    }

    fn named(&self, given: PointVectors) -> Result<(Id, BTreeMap<String, Stored>), Status> {
        Ok((Id::given(given.id)?, self.vectors(given.vectors)?))
    }

    fn vectors(&self, given: Option<Vectors>) -> Result<BTreeMap<String, Stored>, Status> {
        let Some(VectorsOptions::Vectors(named)) = given.and_then(|given| given.vectors_options) else {
            return Err(unknown("vectors without names"));
        };
        let stored = |(name, vector): (String, ::qdrant_client::qdrant::Vector)| {
            let stored = self.stored(&name, vector.vector)?;
            Ok((name, stored))
        };
        named.vectors.into_iter().map(stored).collect()
    }

    /// A vector that may have this name.
    pub(super) fn stored(&self, name: &str, vector: Option<Vector>) -> Result<Stored, Status> {
        match (self.dense.get(name), self.sparse.contains_key(name), vector) {
            (None, false, _) => Err(wrong(format!("Not existing vector name error: {name}"))),
            (Some(config), _, Some(Vector::Dense(vector))) => dense(config.size, vector),
            (None, true, Some(Vector::Sparse(vector))) => sparse(vector),
            _ => Err(wrong(format!("Conversion between sparse and regular vectors failed: {name}"))),
        }
    }
}

fn dense(size: u64, DenseVector { data }: DenseVector) -> Result<Stored, Status> {
    if data.len() as u64 != size {
        let error = format!("Vector dimension error: expected dim: {size}, got {}", data.len());
        return Err(wrong(error));
    }
    let length = data.iter().map(|value| value * value).sum::<f32>().sqrt();
    let length = if length < f32::EPSILON { 1.0 } else { length };
    Ok(Stored::Dense(data.into_iter().map(|value| value / length).collect()))
}

fn sparse(SparseVector { indices, values }: SparseVector) -> Result<Stored, Status> {
    let stored: BTreeMap<_, _> = indices.iter().copied().zip(values.iter().copied()).collect();
    if stored.len() != indices.len() || indices.len() != values.len() {
        return Err(wrong("indices of a sparse vector must be unique, and as many as its values"));
    }
    Ok(Stored::Sparse(stored))
}
