//! What can go wrong with bodies, and whose fault it is.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use chorale_domain::content::BodyError;

use crate::embedding::EmbeddingError;
use crate::search::{MAX_LIMIT, MAX_QUERY_BYTES};

/// Why a call to the [`ContentStore`](crate::ContentStore) changed and answered nothing.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// The body is empty, too large, or not the one its hash stands for.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The time of an upload is before 1970 or after 9999.
    #[error("{0} is not a time of upload: give Unix seconds, not milliseconds")]
    Time(i64),
    /// A search asks for nothing, or for too much.
    #[error("the limit is {0}: ask for 1 to {MAX_LIMIT} results")]
    Limit(usize),
    /// A search text that nobody types.
    #[error("the search text has {bytes} bytes, at most {MAX_QUERY_BYTES} are accepted: use fewer words")]
    QueryTooLong {
        /// Bytes of UTF-8 received.
        bytes: usize,
    },
    /// A period that ends before it begins.
    #[error("the period from {from} until {until} ends before it begins: exchange the two")]
    Period {
        /// First second asked for.
        from: i64,
        /// First second no longer asked for.
        until: i64,
    },
    /// The body was erased by its author, and stays so.
    #[error("the content was erased by its author: its hash cannot be uploaded again")]
    Erased,
    /// Search by meaning without a model.
    #[error("there is no search by meaning here: search by words, or configure an embedding model")]
    NoMeaning,
    /// The model that would tell the meaning of the search text did not.
    #[error("what is looked for has no vector: {0}")]
    Embedding(#[from] EmbeddingError),
    /// What the chain has heard of could not be asked.
    #[error("what the chain has heard of is not known: {0}")]
    Chain(#[source] Box<dyn Error + Send + Sync>),
    /// Another handle, in this process or another one, has the folder open.
    #[error("the content folder {} is in use: stop the other process, or choose another folder", .path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The folder cannot be created, read or locked.
    #[error("the content folder {} cannot be used: {source}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The store was closed.
    #[error("the content store is closed: open it again")]
    Closed,
    /// A stored point is not one of ours, or is damaged.
    #[error("the stored content {id} is unreadable: {source}; restore the content folder from a copy")]
    Unreadable {
        /// Names the point in the engine.
        id: String,
        /// What does not fit the schema.
        source: serde_json::Error,
    },
    /// The Qdrant server does not answer, not in time, or with nothing but errors: the same call may work
    /// later.
    #[error("the Qdrant server is away: {0}")]
    Away(#[source] Box<dyn Error + Send + Sync>),
    /// Too many uploads wait for the Qdrant server already.
    #[error(
        "the Qdrant server is away, and {waiting} uploads wait for it already: try again once it is back"
    )]
    QueueFull {
        /// How many.
        waiting: usize,
    },
    /// The address of the Qdrant server, or its key, can never work.
    #[error("the Qdrant server cannot be asked: {0}")]
    Settings(String),
    /// A copy of the index could not be made, or is not what it was made from.
    #[error("the snapshot {} is of no use: {reason}", .path.display())]
    Snapshot {
        /// Where it was to be.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The engine failed: a full disk, damaged files, a bug.
    #[error("the content engine failed: {0}")]
    Engine(#[source] Box<dyn Error + Send + Sync>),
}

impl ContentError {
    /// Whether the caller asked for something that can never work, rather than the store being unwell.
    #[must_use]
    pub fn is_bad_input(&self) -> bool {
        use ContentError::{Body, Limit, Period, QueryTooLong, Time};
        matches!(self, Body(_) | Time(_) | Limit(_) | QueryTooLong { .. } | Period { .. })
    }

    /// Whether a part elsewhere is away, so that the same call may work later.
    #[must_use]
    pub fn is_away(&self) -> bool {
        match self {
            Self::Away(_) | Self::QueueFull { .. } => true,
            Self::Embedding(error) => error.is_temporary(),
            _ => false,
        }
    }

    /// How long who is busy asks to be left alone.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Embedding(error) => error.retry_after(),
            _ => None,
        }
    }

    pub(crate) fn engine(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Engine(source.into())
    }
}
