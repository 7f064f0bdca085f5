//! The payload schema, the same in every engine.

use chorale_domain::content::{ContentHash, Salt};
use chorale_domain::id::{ThreadId, Wallet};
use chorale_wire::http::ContentStatus;
use serde::{Deserialize, Serialize};

use crate::record::ContentRecord;

/// Names of the fields that are filtered, ordered or changed.
pub(crate) mod field {
    pub const HASH: &str = "hash";
    pub const THREAD: &str = "thread";
    pub const AUTHOR: &str = "author";
    pub const CREATED_AT: &str = "created_at";
    pub const STATUS: &str = "status";
    pub const VISIBILITY: &str = "visibility";
}

/// Name of the sparse vector that search by words uses.
pub(crate) const WORDS_VECTOR: &str = "bm25";

/// How a field is indexed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Index {
    /// For equality.
    Keyword,
    /// For ranges and order.
    Integer,
}

/// Every field that is filtered or ordered needs an index: engines refuse to order without one, and filter
/// slowly.
pub(crate) const INDICES: [(&str, Index); 5] = [
    (field::THREAD, Index::Keyword),
    (field::AUTHOR, Index::Keyword),
    (field::CREATED_AT, Index::Integer),
    (field::STATUS, Index::Keyword),
    (field::VISIBILITY, Index::Keyword),
];

/// Who gets to read a body.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Visibility {
    /// Everyone.
    Public,
}

/// Which model made the dense vector.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EmbeddingModel {
    /// There is no dense vector.
    None,
}

/// What a point carries beside its vectors. Kept apart from the wire's type, which may change while stored
/// points stay as they are.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub hash: ContentHash,
    pub thread: ThreadId,
    pub author: Wallet,
    pub created_at: i64,
    pub status: ContentStatus,
    pub visibility: Visibility,
    pub embedding_model: EmbeddingModel,
    #[serde(with = "hex::serde")]
    pub salt: Salt,
    pub body: String,
}

impl From<ContentRecord> for Payload {
    fn from(record: ContentRecord) -> Self {
        Self {
            hash: record.hash,
            thread: record.thread,
            author: record.author,
            created_at: record.created_at,
            status: record.status,
            visibility: Visibility::Public,
            embedding_model: EmbeddingModel::None,
            salt: record.salt,
            body: record.body,
        }
    }
}

impl From<Payload> for ContentRecord {
    fn from(payload: Payload) -> Self {
        Self {
            thread: payload.thread,
            hash: payload.hash,
            author: payload.author,
            salt: payload.salt,
            body: payload.body,
            status: payload.status,
            created_at: payload.created_at,
        }
    }
}

/// What a status is called in a payload.
pub(crate) fn status_word(status: ContentStatus) -> &'static str {
    match status {
        ContentStatus::Pending => "pending",
        ContentStatus::Approved => "approved",
        ContentStatus::Rejected => "rejected",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::*;
    use crate::tests::{ANN, POLICY, new};

    #[test]
    fn the_schema_is_the_documented_one() {
        let payload = Payload::from(ContentRecord::from(new("text")));
        let expected = json!({
            "hash": new("text").hash.to_string(), "thread": POLICY.to_string(), "author": ANN.to_string(),
            "created_at": 100, "status": "pending", "visibility": "public", "embedding_model": "none",
            "salt": "05".repeat(16), "body": "text",
        });
        assert_eq!(to_value(payload).unwrap(), expected);
    }

    #[test]
    fn indices_are_on_fields_that_exist() {
        let payload = to_value(Payload::from(ContentRecord::from(new("text")))).unwrap();
        for (field, _) in INDICES {
            assert!(payload.get(field).is_some(), "{field} is not in the payload");
        }
    }

    #[test]
    fn a_filter_and_a_payload_call_a_status_the_same() {
        for status in [ContentStatus::Pending, ContentStatus::Approved, ContentStatus::Rejected] {
            assert_eq!(to_value(status).unwrap(), status_word(status));
        }
    }
}
