//! The payload schema, the same in every engine.

use chorale_domain::content::{ContentHash, SALT_BYTES, Salt};
use chorale_domain::id::{ThreadId, Wallet};
use chorale_wire::http::Visibility;
use serde::{Deserialize, Serialize};

use crate::record::{ContentRecord, NewContent};
use crate::stage::Stage;

/// Names of the fields that are filtered, ordered or changed.
pub(crate) mod field {
    pub const HASH: &str = "hash";
    pub const THREAD: &str = "thread";
    pub const AUTHOR: &str = "author";
    pub const CREATED_AT: &str = "created_at";
    pub const STATUS: &str = "status";
    pub const VISIBILITY: &str = "visibility";
    pub const EMBEDDING_MODEL: &str = "embedding_model";
}

/// Name of the sparse vector that search by words uses.
pub(crate) const WORDS_VECTOR: &str = "bm25";

/// The `embedding_model` of a body that has no dense vector.
const NO_MODEL: &str = "none";

/// How a field is indexed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Index {
    /// For equality.
    Keyword,
    /// For equality too, and points with the same are stored together and linked with one another, since most
    /// searches are among them.
    Together,
    /// For ranges and order.
    Integer,
}

/// Every field that is filtered or ordered needs an index: engines refuse to order without one, and filter
/// slowly.
pub(crate) const INDICES: [(&str, Index); 5] = [
    (field::THREAD, Index::Together),
    (field::AUTHOR, Index::Keyword),
    (field::CREATED_AT, Index::Integer),
    (field::STATUS, Index::Keyword),
    (field::VISIBILITY, Index::Keyword),
];

/// What a point carries beside its vectors. Kept apart from the wire's type, which may change while stored
/// points stay as they are.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub hash: ContentHash,
    pub thread: ThreadId,
    pub author: Wallet,
    pub created_at: i64,
    pub status: Stage,
    pub visibility: Visibility,
    /// The model that embedded the body last. Which vectors a point has, the engine knows.
    pub embedding_model: String,
    #[serde(with = "hex::serde")]
    pub salt: Salt,
    pub body: String,
}

impl Payload {
    /// What stays when the body is erased.
    pub(crate) fn erased(self) -> Self {
        let (salt, body) = ([0; SALT_BYTES], String::new());
        Self { status: Stage::Erased, embedding_model: NO_MODEL.into(), salt, body, ..self }
    }

    /// For whoever may read all of it.
    pub(crate) fn whole(self) -> ContentRecord {
        let written = self.status != Stage::Erased;
        let (salt, body) = (self.salt, self.body.clone());
        ContentRecord { salt: written.then_some(salt), body: written.then_some(body), ..self.listed() }
    }

    /// For whoever may know that it is there.
    pub(crate) fn listed(self) -> ContentRecord {
        ContentRecord {
            thread: self.thread,
            hash: self.hash,
            author: self.author,
            salt: None,
            body: None,
            status: self.status.status(),
            visibility: self.visibility,
            created_at: self.created_at,
        }
    }
}

impl From<NewContent> for Payload {
    fn from(new: NewContent) -> Self {
        Self {
            hash: new.hash,
            thread: new.thread,
            author: new.author,
            created_at: new.created_at,
            status: new.stage,
            visibility: new.visibility,
            embedding_model: NO_MODEL.into(),
            salt: new.salt,
            body: new.body,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json, to_value};

    use super::*;
    use crate::tests::{ANN, POLICY, new};

    fn stored(status: &str) -> Value {
        json!({
            "hash": new("text").hash.to_string(), "thread": POLICY.to_string(), "author": ANN.to_string(),
            "created_at": 100, "status": status, "visibility": "public", "embedding_model": "none",
            "salt": "05".repeat(16), "body": "text",
        })
    }

    #[test]
    fn the_schema_is_the_documented_one() {
        assert_eq!(to_value(Payload::from(new("text"))).unwrap(), stored("draft"));
    }

    #[test]
    fn a_point_from_before_there_were_drafts_is_readable() {
        let old: Payload = from_value(stored("pending")).unwrap();
        assert_eq!(old, Payload { status: Stage::Proposed, ..Payload::from(new("text")) });
    }

    #[test]
    fn indices_are_on_fields_that_exist() {
        let payload = to_value(Payload::from(new("text"))).unwrap();
        for (field, _) in INDICES {
            assert!(payload.get(field).is_some(), "{field} is not in the payload");
        }
    }

    #[test]
    fn nothing_of_an_erased_body_is_left() {
        let erased = Payload::from(new("text")).erased();
        let stored = to_value(&erased).unwrap().to_string();
        assert!(!stored.contains("text") && !stored.contains(&"05".repeat(16)), "{stored}");
        let record = erased.whole();
        assert_eq!((record.body, record.salt, record.hash), (None, None, new("text").hash));
    }
}
