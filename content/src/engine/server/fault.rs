//! A server that is away, one that refuses, and one that failed.
//!
//! A request that is wrong is wrong however often it is sent. Whatever else a server answers, it cannot be used just now,
//! and the same request may work later: that is as good as being away.

use ::qdrant_client::QdrantError;

use crate::error::ContentError;

/// gRPC's numbers for a request that is wrong: invalid argument, already exists, out of range, unimplemented.
const WRONG_REQUEST: [i32; 4] = [3, 6, 11, 12];

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
            } else if WRONG_REQUEST.contains(&code) || no_point {
                ContentError::engine(error)
            } else {
                away(error)
            }
        }
        _ => ContentError::engine(error),
    }
}

/// Whether the server is there, and the collection is not.
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
