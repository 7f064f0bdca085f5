//! A body as the engines know it.

use chorale_domain::content::ContentHash;
use chorale_domain::id::{ThreadId, sha256};
use uuid::{Builder, Uuid};

use crate::bm25::SparseVector;
use crate::payload::Payload;

const DOMAIN: &[u8] = b"chorale:point:v1";

/// Names a body in the engine. It derives from thread and hash, so that the same content in the same thread is
/// one point, whoever uploads it and however often.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct PointId(pub(crate) Uuid);

impl PointId {
    pub(crate) fn of(thread: ThreadId, hash: ContentHash) -> Self {
        let digest = sha256(&[DOMAIN, thread.as_ref(), hash.as_ref()]);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self(Builder::from_custom_bytes(bytes).into_uuid())
    }
}

/// A body with the vector for search by words, ready to be stored. The one for search by meaning comes later.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    pub id: PointId,
    pub words: SparseVector,
    pub payload: Payload,
}
