//! Why something could not be read.

use chorale_content::ContentError;
use chorale_store::StoreError;
use std::sync::Arc;

/// Why something could not be read. Everyone who waited for the same gets the same.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    Store(Arc<StoreError>),
    #[error(transparent)]
    Content(Arc<ContentError>),
}

impl ReadError {
    /// Whether the bodies cannot be reached just now, and nothing else is wrong.
    pub(crate) fn is_away(&self) -> bool {
        matches!(self, Self::Content(error) if error.is_away())
    }
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

impl From<ContentError> for ReadError {
    fn from(error: ContentError) -> Self {
        Self::Content(Arc::new(error))
    }
}
