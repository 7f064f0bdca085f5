//! Which transactions the store does not have yet.

use crate::source::{ChainSource, SignatureInfo, SourceError};
use chorale_domain::id::Signature;
use std::collections::VecDeque;

/// What a node gives at most in one page.
const PAGE: usize = 1000;

/// Every transaction after `cursor`, oldest first.
///
/// # Errors
/// [`SourceError`]; then nothing is known, since a list with a hole in it is worse than none.
pub(crate) async fn collect(
    source: &dyn ChainSource,
    cursor: Option<Signature>,
) -> Result<VecDeque<SignatureInfo>, SourceError> {
    let mut backlog = VecDeque::new();
    let mut oldest = None;
    loop {
        let page = source.signatures(oldest, cursor, PAGE).await?;
        oldest = page.last().map(|info| info.signature).or(oldest);
        let (is_full, is_empty) = (page.len() == PAGE, page.is_empty());
        page.into_iter().for_each(|info| backlog.push_front(info));
        if !is_full && joins(source, oldest, cursor).await? {
            return Ok(backlog);
        }
        if is_empty {
            return Err(gap(source, cursor));
        }
    }
}

/// Whether nothing lies between the cursor and the oldest transaction found. A short page alone does not
/// say so: a node that does not know where to begin answers with an empty one.
async fn joins(
    source: &dyn ChainSource,
    oldest: Option<Signature>,
    cursor: Option<Signature>,
) -> Result<bool, SourceError> {
    let Some(oldest) = oldest else { return Ok(true) };
    let before = source.signatures(Some(oldest), None, 1).await?;
    Ok(before.first().map(|info| info.signature) == cursor)
}

fn gap(source: &dyn ChainSource, cursor: Option<Signature>) -> SourceError {
    let url = source.url().to_owned();
    match cursor {
        Some(cursor) => SourceError::Gap { url, cursor },
        None => SourceError::NoAnswer { url, reason: "its list of transactions ends early".into() },
    }
}
