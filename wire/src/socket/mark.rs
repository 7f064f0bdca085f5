//! Places in what happened.

use chorale_domain::id::Hash32;
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// The first four bytes of the hash of what a cursor stands for; in hex.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tag(pub [u8; 4]);

impl From<Hash32> for Tag {
    fn from(Hash32([a, b, c, d, ..]): Hash32) -> Self {
        Self([a, b, c, d])
    }
}

impl Serialize for Tag {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = hex::decode(&text).ok().and_then(|bytes| bytes.try_into().ok());
        let expected = || serde::de::Error::custom(format!("{text:?} is not a tag: expected 4 bytes in hex"));
        bytes.map(Self).ok_or_else(expected)
    }
}

impl PartialSchema for Tag {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9a-f]{8}$"));
        text.description(Some("The first four bytes of the hash of what a cursor stands for.")).into()
    }
}

impl ToSchema for Tag {}

/// A place in what happened. In another store of the same chain, as a rebuild makes one, the same cursor stands for
/// something else: the tag tells them apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Mark {
    /// Global sequence of an event or a retraction, 0 before the first.
    pub cursor: i64,
    /// Of that event or retraction, zeros before the first.
    pub tag: Tag,
}
