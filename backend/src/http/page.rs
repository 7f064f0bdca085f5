//! Long lists, a page at a time.

use crate::error::ApiError;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Required};
use utoipa::{IntoParams, PartialSchema, ToSchema};

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 200;

/// `?after=&limit=`.
#[derive(Deserialize)]
pub(crate) struct Page<T> {
    pub(crate) after: Option<T>,
    limit: Option<usize>,
}

impl<T> Page<T> {
    /// How many to show: 50 where not said, 200 at most.
    pub(crate) fn limit(&self) -> Result<usize, ApiError> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if (1..=MAX_LIMIT).contains(&limit) {
            return Ok(limit);
        }
        Err(ApiError::malformed(format!("the limit is {limit}: ask for 1 to {MAX_LIMIT}")))
    }
}

impl<T: ToSchema> IntoParams for Page<T> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let limit = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(MAX_LIMIT))
            .default(Some(DEFAULT_LIMIT.into()));
        vec![
            parameter(
                "after",
                "Where the page before ended: its `next`. The first page has none.",
                T::schema(),
            ),
            parameter("limit", "How many to show at most.", limit.into()),
        ]
    }
}

fn parameter(name: &str, about: &str, schema: RefOr<Schema>) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(about))
        .schema(Some(schema))
        .build()
}

/// A slot, a cursor or a sequence number: what a BIGINT of the store holds, from 0 on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Number(i64);

impl Number {
    /// As a cursor.
    pub(crate) fn signed(self) -> i64 {
        self.0
    }

    /// As a slot or a sequence number.
    pub(crate) fn unsigned(self) -> u64 {
        self.0.unsigned_abs()
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        if number < 0 {
            return Err(D::Error::custom(format!("{number} is below zero")));
        }
        Ok(Self(number))
    }
}

impl PartialSchema for Number {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new().schema_type(Type::Integer);
        let number = number.format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)));
        number.minimum(Some(0)).maximum(Some(i64::MAX)).into()
    }
}

impl ToSchema for Number {}

/// Cuts a list that was fetched with one more than `limit`; what is left over means that there is more, after
/// the last that is shown.
pub(crate) fn cut<T, C>(items: &mut Vec<T>, limit: usize, cursor: impl Fn(&T) -> C) -> Option<C> {
    let more = items.len() > limit;
    items.truncate(limit);
    items.last().filter(|_| more).map(cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_a_next_page_only_if_something_is_left() {
        for (found, next) in [(0, None), (2, None), (3, Some(1))] {
            let mut items: Vec<_> = (0..found).collect();
            assert_eq!(cut(&mut items, 2, |item| *item), next, "{found} found");
            assert!(items.len() <= 2);
        }
    }

    #[test]
    fn numbers_are_what_the_store_can_hold() {
        let read = |text: &str| serde_json::from_str::<Number>(text).map(Number::unsigned).ok();
        assert_eq!(read("0"), Some(0));
        assert_eq!(read("9223372036854775807"), Some(i64::MAX.unsigned_abs()));
        assert_eq!([read("-1"), read("9223372036854775808"), read("1.5")], [None; 3]);
    }
}
