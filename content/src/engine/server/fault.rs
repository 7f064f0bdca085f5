//! A server that is away, one that refuses, and one that failed.
//!
//! A request that is wrong is wrong however often it is sent, and one that the server fails at says nothing of
//! others: either is that call's own. Whatever else a server answers, it cannot be used just now, and the same
//! request may work later: that is as good as being away.

use std::error::Error as _;

use ::qdrant_client::QdrantError;

use crate::error::ContentError;

/// gRPC's numbers for a request that is wrong: invalid argument, already exists, out of range, unimplemented.
const WRONG_REQUEST: [i32; 4] = [3, 6, 11, 12];

/// gRPC's numbers for a request that went wrong: unknown, internal, data loss. A broken connection has them
/// too.
const FAILED: [i32; 3] = [2, 13, 15];

/// How the client begins where it has no connection: it calls that an internal error and gives no source.
const NOT_CONNECTED: [&str; 2] = ["Failed to connect to", "Failed to create TLS config"];

/// gRPC's number for something that is not there.
const NOT_FOUND: i32 = 5;

/// Qdrant's words where what is not there is a point. Anything else is the collection, or a part of it.
const NO_POINT: &str = "No point with id";

/// gRPC's numbers for a key that is missing, wrong, or not allowed to: permission denied, unauthenticated.
const KEY_REFUSED: [i32; 2] = [7, 16];

pub(super) fn fault(error: QdrantError) -> ContentError {
    match &error {
        QdrantError::ResourceExhaustedError { .. } | QdrantError::Io(_) => away(error),
        QdrantError::ResponseError { status } => {
            let (code, message) = (i32::from(status.code()), status.message());
            let no_point = code == NOT_FOUND && message.contains(NO_POINT);
            if KEY_REFUSED.contains(&code) {
                ContentError::Settings(format!("it refuses the API key: {message}"))
            } else if WRONG_REQUEST.contains(&code) || no_point || is_failed(&error) {
                ContentError::engine(error)
            } else {
                away(error)
            }
        }
        _ => ContentError::engine(error),
    }
}

/// Where the collection cannot be made what it must be, nothing can be asked of it: a failure there is
/// everyone's.
pub(super) fn everyones(error: ContentError) -> ContentError {
    match error {
        ContentError::Engine(source) if source.downcast_ref::<QdrantError>().is_some_and(is_failed) => {
            ContentError::Away(source)
        }
        other => other,
    }
}

/// Whether the server itself says that it failed at the request. What the connection says has a source.
fn is_failed(error: &QdrantError) -> bool {
    let QdrantError::ResponseError { status } = error else { return false };
    let is_connected = !NOT_CONNECTED.iter().any(|words| status.message().starts_with(words));
    FAILED.contains(&i32::from(status.code())) && status.source().is_none() && is_connected
}

/// Whether the server is there, and the collection, or a part of it, is not.
pub(super) fn is_gone(error: &ContentError) -> bool {
    let ContentError::Away(source) = error else { return false };
    match source.downcast_ref::<QdrantError>() {
        Some(QdrantError::ResponseError { status }) => i32::from(status.code()) == NOT_FOUND,
        _ => false,
    }
}

fn away(error: QdrantError) -> ContentError {
    ContentError::Away(error.into())
}
