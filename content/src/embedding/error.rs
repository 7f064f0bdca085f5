//! What can go wrong between a text and its vector.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why there are no vectors.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddingError {
    /// A file of the model's folder is missing or cannot be read.
    #[error(
        "the model's file {} cannot be read: {source}; the folder needs config.json, tokenizer.json and \
         model.safetensors, as sentence-transformers saves them", .path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file of the model's folder is damaged, or belongs to another model.
    #[error("the model's file {} is damaged: {reason}; download the model again", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The folder holds a model of a kind that does not run here.
    #[error(
        "{} asks for {what}, but only BERT models with mean pooling run here: choose another model, such as \
         all-MiniLM-L6-v2, or serve this one behind an OpenAI-compatible endpoint", .path.display()
    )]
    Unsupported {
        /// The file that says so.
        path: PathBuf,
        /// What it asks for.
        what: String,
    },
    /// The endpoint's address or key can never work. The address is not repeated: it may hold a password.
    #[error("the embedding endpoint cannot be asked: {0}")]
    Settings(&'static str),
    /// The endpoint is away, slow or busy: the same call may work later.
    #[error("the embedding endpoint is not available: {reason}")]
    Unavailable {
        /// What was seen.
        reason: String,
        /// How long the endpoint asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The endpoint understood and said no: its words tell whether key, model or text is to blame.
    #[error("the embedding endpoint refused with status {status}: {words}")]
    Refused {
        /// HTTP's.
        status: u16,
        /// The endpoint's own.
        words: String,
    },
    /// The endpoint answered something other than one vector for each text.
    #[error(
        "the embedding endpoint's answer is of no use: {0}; check that the configured URL is the base of an \
         OpenAI-compatible API, without `/embeddings`"
    )]
    Answer(String),
    /// The vectors have other dimensions than was said.
    #[error(
        "the embedding model gives vectors of {found} dimensions instead of {expected}: configure {found}, or the \
         model that was meant"
    )]
    Dimensions {
        /// As configured or learned.
        expected: usize,
        /// In the answer.
        found: usize,
    },
    /// A vector that no other can be compared with.
    #[error("the embedding model gave a vector {0}: check its files, or choose another model")]
    Vector(&'static str),
    /// The computation failed: out of memory, a bug.
    #[error("the embedding failed: {0}")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

impl EmbeddingError {
    /// Whether the same call may work later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// How long who is busy asks to be left alone.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    pub(super) fn failed(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(source.into())
    }

    pub(super) fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable { reason: reason.into(), retry_after: None }
    }
}
