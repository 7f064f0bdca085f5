//! What the server says, in our words. Pure.

use std::collections::HashMap;

use ::qdrant_client::qdrant::{
    CollectionInfo, CountResponse, PointId as QdrantId, RetrievedPoint, ScoredPoint, Value,
    point_id::PointIdOptions, vectors_config,
};
use chorale_domain::content::ContentHash;
use chorale_domain::id::ThreadId;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::ContentError;
use crate::payload::Payload;
use crate::point::PointId;

pub(super) fn record(point: RetrievedPoint) -> Result<Payload, ContentError> {
    decode(point.id, point.payload)
}

/// With its id, by which it can be left alone where it cannot be read.
pub(super) fn named_record(point: RetrievedPoint) -> (Option<PointId>, Result<Payload, ContentError>) {
    (point.id.clone().and_then(point_id), record(point))
}

pub(super) fn scored(point: ScoredPoint) -> Result<(f32, Payload), ContentError> {
    Ok((point.score, decode(point.id, point.payload)?))
}

/// Thread and hash of a point of which only these were asked for.
pub(super) fn key(point: RetrievedPoint) -> Result<(ThreadId, ContentHash), ContentError> {
    #[derive(Deserialize)]
    struct Key {
        thread: ThreadId,
        hash: ContentHash,
    }
    decode(point.id, point.payload).map(|Key { thread, hash }| (thread, hash))
}

/// `None` for a number, which no point of ours has for an id.
pub(super) fn point_id(id: QdrantId) -> Option<PointId> {
    match id.point_id_options? {
        PointIdOptions::Uuid(uuid) => uuid.parse().ok().map(PointId),
        PointIdOptions::Num(_) => None,
    }
}

pub(super) fn count(answer: &CountResponse) -> usize {
    let count = answer.result.as_ref().map(|result| result.count).unwrap_or_default();
    usize::try_from(count).unwrap_or(usize::MAX)
}

pub(super) fn dense_vectors(info: &CollectionInfo) -> Vec<String> {
    let params = info.config.as_ref().and_then(|config| config.params.as_ref());
    let vectors = params.and_then(|params| params.vectors_config.as_ref()?.config.as_ref());
    match vectors {
        Some(vectors_config::Config::ParamsMap(params)) => params.map.keys().cloned().collect(),
        Some(vectors_config::Config::Params(_)) | None => vec![],
    }
}

fn decode<T: DeserializeOwned>(
    id: Option<QdrantId>,
    fields: HashMap<String, Value>,
) -> Result<T, ContentError> {
    let json = serde_json::Value::from(::qdrant_client::Payload::from(fields));
    let unreadable = |source| ContentError::Unreadable { id: named(id), source };
    serde_json::from_value(json).map_err(unreadable)
}

fn named(id: Option<QdrantId>) -> String {
    id.and_then(point_id).map_or_else(|| "without an id".into(), |id| id.0.to_string())
}
