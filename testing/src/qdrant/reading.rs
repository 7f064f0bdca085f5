//! Reads that rank nothing.

use super::filter::number;
use super::id::Id;
use super::memory::{Collection, Memory, Point, unknown, wrong};
use ::qdrant_client::qdrant::{
    CountPoints, CountResponse, CountResult, Direction, FieldType, GetPoints, GetResponse, OrderBy, PointId,
    RetrievedPoint, ScrollPoints, ScrollResponse, Value, WithPayloadSelector,
    with_payload_selector::SelectorOptions,
};
use std::collections::HashMap;
use tonic::Status;

/// Those that are there.
pub(super) fn get(memory: &mut Memory, asked: GetPoints) -> Result<GetResponse, Status> {
    let GetPoints {
        collection_name,
        ids,
        with_payload,
        with_vectors: None,
        read_consistency: None,
        shard_key_selector: None,
        timeout: _,
    } = asked
    else {
        return Err(unknown("points with their vectors"));
    };
    let collection = memory.collection(&collection_name)?;
    let ids = ids.into_iter().map(|id| Id::given(Some(id))).collect::<Result<Vec<_>, _>>()?;
    let there = ids.into_iter().filter_map(|id| Some((id, collection.points.get(&id)?)));
    let fields = Fields::of(with_payload, true);
    Ok(GetResponse {
        result: there.map(|(id, point)| retrieved(id, point, &fields)).collect(),
        ..Default::default()
    })
}

/// Exactly, also where less would do.
pub(super) fn count(memory: &mut Memory, asked: CountPoints) -> Result<CountResponse, Status> {
    let count = memory.collection(&asked.collection_name)?.fitting(asked.filter)?.len() as u64;
    Ok(CountResponse { result: Some(CountResult { count }), ..Default::default() })
}

/// A page in the order of the ids, or the first points in another order.
pub(super) fn scroll(memory: &mut Memory, asked: ScrollPoints) -> Result<ScrollResponse, Status> {
    let ScrollPoints {
        collection_name,
        filter,
        offset,
        limit,
        with_payload,
        with_vectors: None,
        read_consistency: None,
        shard_key_selector: None,
        order_by,
        timeout: _,
    } = asked
    else {
        return Err(unknown("points with their vectors"));
    };
    let collection = memory.collection(&collection_name)?;
    let (limit, fields) = (limit.unwrap_or(10) as usize, Fields::of(with_payload, true));
    if limit == 0 {
        return Err(Status::invalid_argument("Validation error in body: limit must be at least 1"));
    }
    let fitting = collection.fitting(filter)?;
    let (page, next) = match (order_by, offset) {
        (Some(_), Some(_)) => return Err(wrong("Cannot use an `offset` when using `order_by`")),
        (Some(order), None) => (ordered(collection, fitting, &order)?, None),
        (None, offset) => from(fitting, offset, limit)?,
    };
    let result = page.into_iter().take(limit).map(|(id, point)| retrieved(id, point, &fields)).collect();
    Ok(ScrollResponse { result, next_page_offset: next, ..Default::default() })
}

type Points<'a> = Vec<(Id, &'a Point)>;

/// From the offset on, with the first that is left for the next page.
fn from(
    points: Points<'_>,
    offset: Option<PointId>,
    limit: usize,
) -> Result<(Points<'_>, Option<PointId>), Status> {
    let from = offset.map(|id| Id::given(Some(id))).transpose()?;
    let page: Points<'_> = points.into_iter().filter(|(id, _)| from.is_none_or(|from| *id >= from)).collect();
    let next = page.get(limit).map(|(id, _)| (*id).into());
    Ok((page, next))
}

/// Those that have the field, which must have an index.
fn ordered<'a>(collection: &Collection, points: Points<'a>, order: &OrderBy) -> Result<Points<'a>, Status> {
    let OrderBy { key, start_from: None, .. } = order else {
        return Err(unknown("an order from somewhere"));
    };
    if !matches!(collection.indices.get(key), Some(FieldType::Integer | FieldType::Float)) {
        return Err(wrong(format!(
            "No range index for `order_by` key: `{key}`. Please create one to use `order_by`"
        )));
    }
    let value = |point: &Point| point.payload.get(key).and_then(number);
    let mut points: Vec<_> =
        points.into_iter().filter_map(|(id, point)| Some((value(point)?, (id, point)))).collect();
    points.sort_by(|(one, _), (other, _)| match order.direction() {
        Direction::Asc => one.total_cmp(other),
        Direction::Desc => other.total_cmp(one),
    });
    Ok(points.into_iter().map(|(_, point)| point).collect())
}

fn retrieved(id: Id, point: &Point, fields: &Fields) -> RetrievedPoint {
    let payload = fields.of_point(point);
    RetrievedPoint { id: Some(id.into()), payload, ..Default::default() }
}

/// What of a payload is asked for.
pub(super) struct Fields(SelectorOptions);

impl Fields {
    pub(super) fn of(selector: Option<WithPayloadSelector>, otherwise: bool) -> Self {
        let options = selector.and_then(|selector| selector.selector_options);
        Self(options.unwrap_or(SelectorOptions::Enable(otherwise)))
    }

    pub(super) fn of_point(&self, point: &Point) -> HashMap<String, Value> {
        let is_asked_for = |field: &String| match &self.0 {
            SelectorOptions::Enable(all) => *all,
            SelectorOptions::Include(these) => these.fields.contains(field),
            SelectorOptions::Exclude(these) => !these.fields.contains(field),
        };
        let fields = point.payload.iter().filter(|(field, _)| is_asked_for(field));
        fields.map(|(field, value)| (field.clone(), value.clone())).collect()
    }
}
