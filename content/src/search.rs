//! What is looked for.

use chorale_domain::id::{ThreadId, Wallet};
use chorale_wire::http::{ContentStatus, SearchMode};

use crate::error::ContentError;
use crate::record::ContentRecord;

/// The most results one search returns.
pub const MAX_LIMIT: usize = 100;

/// The longest search text, in bytes of UTF-8.
pub const MAX_QUERY_BYTES: usize = 1_000;

/// Narrows bodies down; what is `None` does not narrow.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ContentFilter {
    /// Only in this thread.
    pub thread: Option<ThreadId>,
    /// Only by this author.
    pub author: Option<Wallet>,
    /// Uploaded at or after, Unix seconds.
    pub from: Option<i64>,
    /// Uploaded before, Unix seconds.
    pub until: Option<i64>,
    /// Only with this status.
    pub status: Option<ContentStatus>,
}

/// Looks for a text, or lists the newest where there is none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Search {
    /// What to look for. Blank: the newest first.
    pub text: String,
    /// Where to look.
    pub filter: ContentFilter,
    /// How to compare.
    pub mode: SearchMode,
    /// At most so many results, 1 to [`MAX_LIMIT`].
    pub limit: usize,
}

impl Search {
    pub(crate) fn check(&self) -> Result<(), ContentError> {
        if !(1..=MAX_LIMIT).contains(&self.limit) {
            return Err(ContentError::Limit(self.limit));
        }
        match self.text.len() {
            bytes if bytes > MAX_QUERY_BYTES => Err(ContentError::QueryTooLong { bytes }),
            _ => Ok(()),
        }
    }

    /// Whether it asks for the newest.
    pub(crate) fn is_listing(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// What a search found.
#[derive(Clone, PartialEq, Debug)]
pub struct Found {
    /// Best first, each with a score as [`SearchMode`] says, which compares within one answer only; newest first, each
    /// with score 0, where no text was looked for.
    pub hits: Vec<(f32, ContentRecord)>,
    /// How texts were compared: by words where hybrid was asked for and nothing told meanings.
    pub mode: SearchMode,
}
