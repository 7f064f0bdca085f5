//! Which bodies a reader gets to see: the only place that decides it.
//!
//! [`conditions`] keeps the engine from finding what the reader may not, so that nothing unreadable takes a place in
//! an answer. [`admit`] then looks at each body that is about to leave, whichever way it was found, with what the
//! chain says now: the statuses that engines filter by follow it a moment late.

use chorale_domain::id::Wallet;
use chorale_wire::http::Visibility;

use crate::error::ContentError;
use crate::payload::{Payload, field};
use crate::point::PointId;
use crate::reader::Reader;
use crate::record::ContentRecord;
use crate::search::ContentFilter;
use crate::stage::Stage;

/// What a point must be like, in words every engine can translate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Condition {
    /// The field is this word.
    Is(&'static str, String),
    /// The field is one of these words.
    In(&'static str, Vec<String>),
    /// The field is at or after `from` and before `until`.
    Within { field: &'static str, from: Option<i64>, until: Option<i64> },
    /// All of at least one of these lists hold.
    Any(Vec<Vec<Condition>>),
    /// It has no vector of this name.
    Lacks(String),
    /// It is none of these.
    Except(Vec<PointId>),
}

/// What is asked of an engine on a reader's behalf.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    /// To be found by its text, which only a body that may be read can be.
    Finding,
    /// To be listed, which a premium body is for everyone.
    Listing,
}

/// What the engine must check for this reader.
pub(crate) fn conditions(
    reader: &Reader,
    filter: &ContentFilter,
    purpose: Purpose,
) -> Result<Vec<Condition>, ContentError> {
    let mut conditions = narrowed(filter)?;
    conditions.push(Condition::Any(ways(reader, filter, purpose)));
    Ok(conditions)
}

/// The ways in which a body can be readable: told to everyone, or in one of the reader's threads; its author's own.
/// No more of them than it takes, since an engine may check each with every body that it comes across.
fn ways(reader: &Reader, filter: &ContentFilter, purpose: Purpose) -> Vec<Vec<Condition>> {
    let heard_of = stages(&[Stage::Approved, Stage::Proposed, Stage::Rejected]);
    let public = vec![heard_of.clone(), told(purpose)];
    let mut ways = match filter.thread {
        Some(thread) if reader.threads().contains(&thread) => vec![vec![heard_of]],
        None if !reader.threads().is_empty() => {
            let threads = reader.threads().iter().map(ToString::to_string).collect();
            vec![public, vec![heard_of, Condition::In(field::THREAD, threads)]]
        }
        _ => vec![public],
    };
    let own =
        |wallet: Wallet| vec![Condition::Is(field::AUTHOR, wallet.to_string()), stages(&Stage::WRITTEN)];
    ways.extend(reader.who().map(own));
    ways
}

fn told(purpose: Purpose) -> Condition {
    let words: &[&str] = match purpose {
        Purpose::Finding => &["public"],
        Purpose::Listing => &["public", "premium"],
    };
    Condition::In(field::VISIBILITY, words.iter().map(|word| (*word).to_owned()).collect())
}

/// The body as this reader gets it, `None` if to them it is not there.
pub(crate) async fn admit(reader: &Reader, payload: Payload) -> Result<Option<ContentRecord>, ContentError> {
    if reader.who() == Some(payload.author) {
        return Ok(Some(payload.whole()));
    }
    let decided = matches!(payload.status, Stage::Approved | Stage::Rejected);
    if !decided && reader.is_draft(payload.thread, payload.hash).await.map_err(ContentError::Chain)? {
        return Ok(None);
    }
    Ok(match payload.visibility {
        _ if reader.threads().contains(&payload.thread) => Some(payload.whole()),
        Visibility::Public => Some(payload.whole()),
        Visibility::Premium => Some(payload.listed()),
        Visibility::Thread => None,
    })
}

/// What a filter asks for, whoever reads.
pub(crate) fn narrowed(filter: &ContentFilter) -> Result<Vec<Condition>, ContentError> {
    let words = [
        filter.thread.map(|id| Condition::Is(field::THREAD, id.to_string())),
        filter.author.map(|id| Condition::Is(field::AUTHOR, id.to_string())),
        filter.status.map(|status| stages(Stage::with(status))),
        period(filter.from, filter.until)?,
    ];
    Ok(words.into_iter().flatten().collect())
}

/// Only where they stand there.
pub(crate) fn stages(stages: &[Stage]) -> Condition {
    Condition::In(field::STATUS, stages.iter().map(|stage| stage.word().into()).collect())
}

fn period(from: Option<i64>, until: Option<i64>) -> Result<Option<Condition>, ContentError> {
    match (from, until) {
        (None, None) => Ok(None),
        (Some(from), Some(until)) if from > until => Err(ContentError::Period { from, until }),
        _ => Ok(Some(Condition::Within { field: field::CREATED_AT, from, until })),
    }
}
