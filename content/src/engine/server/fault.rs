//! A server that is away, one that refuses, and one that failed.

use std::error::Error as _;

use ::qdrant_client::QdrantError;

use crate::error::ContentError;

/// gRPC's numbers for what may pass: cancelled, deadline exceeded, resource exhausted, aborted, unavailable.
const PASSING: [i32; 5] = [1, 4, 8, 10, 14];

/// gRPC's numbers for an error without a kind and for an internal one, which the client itself gives where a connection
/// broke or none comes about.
const UNKNOWN: i32 = 2;
const INTERNAL: i32 = 13;

/// gRPC's numbers for a key that is missing, wrong, or not allowed to: permission denied, unauthenticated.
const KEY_REFUSED: [i32; 2] = [7, 16];

pub(super) fn fault(error: QdrantError) -> ContentError {
    match &error {
        QdrantError::ResourceExhaustedError { .. } | QdrantError::Io(_) => away(error),
        QdrantError::ResponseError { status } => {
            let (code, message) = (i32::from(status.code()), status.message());
            // What a server says has no cause on this side.
            let broke = [UNKNOWN, INTERNAL].contains(&code) && status.source().is_some();
            let unreached = code == INTERNAL && message.starts_with("Failed to connect");
            if PASSING.contains(&code) || broke || unreached {
                away(error)
            } else if KEY_REFUSED.contains(&code) {
                ContentError::Settings(format!("it refuses the API key: {message}"))
            } else {
                ContentError::engine(error)
            }
        }
        _ => ContentError::engine(error),
    }
}

fn away(error: QdrantError) -> ContentError {
    ContentError::Away(error.into())
}
