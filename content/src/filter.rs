//! Which bodies a reader gets to see.

use chorale_domain::id::{ThreadId, Wallet};
use chorale_wire::http::ContentStatus;

use crate::error::ContentError;
use crate::payload::{field, status_word};

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

/// Looks for words, or lists the newest where there are none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Search {
    /// Words to look for; each adds to the score of a body it is in. Blank: the newest first.
    pub text: String,
    /// Where to look.
    pub filter: ContentFilter,
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
}

/// What a point's payload must hold, in words every engine can translate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Condition {
    /// The field is this word.
    Is(&'static str, String),
    /// The field is at or after `from` and before `until`.
    Within { field: &'static str, from: Option<i64>, until: Option<i64> },
}

/// Turns what a reader asks for into what the engine must check. Every read of more than a named body goes
/// through here, so this is where rules about who may read what belong.
pub(crate) fn conditions(filter: &ContentFilter) -> Result<Vec<Condition>, ContentError> {
    let words = [
        filter.thread.map(|id| Condition::Is(field::THREAD, id.to_string())),
        filter.author.map(|id| Condition::Is(field::AUTHOR, id.to_string())),
        filter.status.map(|status| Condition::Is(field::STATUS, status_word(status).into())),
        period(filter.from, filter.until)?,
    ];
    Ok(words.into_iter().flatten().collect())
}

fn period(from: Option<i64>, until: Option<i64>) -> Result<Option<Condition>, ContentError> {
    match (from, until) {
        (None, None) => Ok(None),
        (Some(from), Some(until)) if from > until => Err(ContentError::Period { from, until }),
        _ => Ok(Some(Condition::Within { field: field::CREATED_AT, from, until })),
    }
}
