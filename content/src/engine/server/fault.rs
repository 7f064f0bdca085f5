//! A server that is away, one that refuses, and one that failed.

use ::qdrant_client::QdrantError;

use crate::error::ContentError;

/// gRPC's numbers for what may pass: cancelled, deadline exceeded, resource exhausted, aborted, unavailable.
const PASSING: [i32; 5] = [1, 4, 8, 10, 14];

/// gRPC's number for an error without a kind, which a connection that broke has.
const UNKNOWN: i32 = 2;

/// gRPC's number for an internal error, which the client itself gives where no connection comes about.
const INTERNAL: i32 = 13;

/// gRPC's numbers for a key that is missing, wrong, or not allowed to: permission denied, unauthenticated.
const KEY_REFUSED: [i32; 2] = [7, 16];

pub(super) fn fault(error: QdrantError) -> ContentError {
    match &error {
        QdrantError::ResourceExhaustedError { .. } | QdrantError::Io(_) => away(error),
        QdrantError::ResponseError { status } => {
            let (code, message) = (i32::from(status.code()), status.message());
            let broke = code == UNKNOWN && message.contains("transport");
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
