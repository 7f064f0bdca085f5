//! Which points are meant: of Qdrant's conditions those that Chorale's are translated into.

use super::id::Id;
use super::memory::{Point, unknown};
use ::qdrant_client::qdrant::{
    Condition, FieldCondition, Filter, Range, Value, condition::ConditionOneOf, r#match::MatchValue,
    value::Kind,
};
use std::collections::HashSet;
use std::slice;
use tonic::Status;

/// A filter, read.
pub(super) struct Test {
    must: Vec<Check>,
    should: Vec<Check>,
    must_not: Vec<Check>,
}

enum Check {
    /// A field is one of these words.
    Words(String, HashSet<String>),
    /// A field is a number in this range.
    Number(String, Range),
    /// It is one of these points.
    Ids(HashSet<Id>),
    /// It has a vector of this name.
    Vector(String),
    All(Test),
}

impl Test {
    /// Without a filter everything passes.
    pub(super) fn of(filter: Option<Filter>) -> Result<Self, Status> {
        let Filter { must, should, must_not, min_should: None } = filter.unwrap_or_default() else {
            return Err(unknown("a filter with min_should"));
        };
        Ok(Self { must: checks(must)?, should: checks(should)?, must_not: checks(must_not)? })
    }

    pub(super) fn passes(&self, id: Id, point: &Point) -> bool {
        let holds = |check: &Check| check.holds(id, point);
        self.must.iter().all(holds)
            && !self.must_not.iter().any(holds)
            && (self.should.is_empty() || self.should.iter().any(holds))
    }
}

fn checks(conditions: Vec<Condition>) -> Result<Vec<Check>, Status> {
    conditions.into_iter().map(Check::of).collect()
}

impl Check {
    fn of(condition: Condition) -> Result<Self, Status> {
        match condition.condition_one_of {
            Some(ConditionOneOf::Field(field)) => Self::field(field),
            Some(ConditionOneOf::HasVector(named)) => Ok(Self::Vector(named.has_vector)),
            Some(ConditionOneOf::Filter(filter)) => Test::of(Some(filter)).map(Self::All),
            Some(ConditionOneOf::HasId(among)) => {
                let ids = among.has_id.into_iter().map(|id| Id::given(Some(id)));
                ids.collect::<Result<_, _>>().map(Self::Ids)
            }
            _ => Err(unknown("a condition of another kind")),
        }
    }

    fn field(condition: FieldCondition) -> Result<Self, Status> {
        let FieldCondition {
            key,
            r#match,
            range,
            geo_bounding_box: None,
            geo_radius: None,
            values_count: None,
            geo_polygon: None,
            datetime_range: None,
            is_empty: None,
            is_null: None,
        } = condition
        else {
            return Err(unknown("a condition on a field beyond match and range"));
        };
        match (r#match.and_then(|r#match| r#match.match_value), range) {
            (Some(MatchValue::Keyword(word)), None) => Ok(Self::Words(key, [word].into())),
            (Some(MatchValue::Keywords(words)), None) => {
                Ok(Self::Words(key, words.strings.into_iter().collect()))
            }
            (None, Some(range)) => Ok(Self::Number(key, range)),
            _ => Err(unknown("a match of another kind")),
        }
    }

    fn holds(&self, id: Id, point: &Point) -> bool {
        match self {
            Self::Words(key, words) => {
                values(point, key).iter().any(|value| value.as_str().is_some_and(|word| words.contains(word)))
            }
            Self::Number(key, range) => {
                values(point, key).iter().filter_map(number).any(|number| within(number, range))
            }
            Self::Ids(ids) => ids.contains(&id),
            Self::Vector(name) => point.vectors.contains_key(name),
            Self::All(test) => test.passes(id, point),
        }
    }
}

/// Of a list each element counts.
fn values<'a>(point: &'a Point, key: &str) -> &'a [Value] {
    match point.payload.get(key) {
        None => &[],
        Some(Value { kind: Some(Kind::ListValue(list)) }) => &list.values,
        Some(value) => slice::from_ref(value),
    }
}

pub(super) fn number(value: &Value) -> Option<f64> {
    match value.kind {
        Some(Kind::IntegerValue(number)) => Some(number as f64),
        Some(Kind::DoubleValue(number)) => Some(number),
        _ => None,
    }
}

fn within(number: f64, range: &Range) -> bool {
    range.gte.is_none_or(|from| number >= from)
        && range.gt.is_none_or(|after| number > after)
        && range.lte.is_none_or(|to| number <= to)
        && range.lt.is_none_or(|before| number < before)
}
