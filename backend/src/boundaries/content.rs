//! The store against the bodies: whatever is on chain has its text, and every text stands where the chain put it.

use super::{Boundary, Check, CheckError, Difference, Kind, Page};
use crate::backend::Clock;
use crate::collector::{forgotten_before, is_current};
use crate::standing::Standing;
use async_trait::async_trait;
use chorale_content::{ContentRecord, ContentStore, Duties, KeysCursor};
use chorale_domain::content::{ContentHash, content_hash};
use chorale_domain::id::ThreadId;
use chorale_domain::state::ProposalStatus;
use chorale_store::Store;
use chorale_wire::http::ContentStatus;

/// Bodies that are compared at a time, 64 KiB each at most.
const PAGE: usize = 100;
/// How long the chain's decisions may take to reach the bodies, in seconds, before it counts as a difference.
const SETTLING: i64 = 60;
/// How long bodies the chain never heard of may stay, in seconds: the day they have, and the collector's hour twice.
const FORGOTTEN: i64 = 26 * 60 * 60;

/// Compares every message and every open or rejected proposal with its body, and every old draft with the store.
pub struct ContentCheck {
    store: Store,
    content: Duties,
    clock: Clock,
    at: Place,
}

/// Where the next page begins.
#[derive(Clone, Copy, Default)]
enum Place {
    /// With the first thread, or with the one after this.
    #[default]
    Begin,
    After(ThreadId),
    Messages(ThreadId, Option<u64>),
    Proposals(ThreadId, Option<ContentHash>),
    Drafts(Option<KeysCursor>),
}

/// What the store says a body must be.
struct Expected {
    thread: ThreadId,
    hash: ContentHash,
    status: ContentStatus,
    /// Unix seconds of the chain's clock.
    since: i64,
}

impl ContentCheck {
    /// Begins with the first thread.
    #[must_use]
    pub fn new(store: Store, content: &ContentStore, clock: Clock) -> Self {
        Self { store, content: content.duties(), clock, at: Place::default() }
    }

    async fn thread(&self, after: Option<ThreadId>) -> Result<(Page, Place), CheckError> {
        let found = self.store.threads(after, 1).await?;
        let next = found.first().map_or(Place::Drafts(None), |thread| Place::Messages(thread.thread, None));
        Ok((Page::default(), next))
    }

    async fn messages(&self, thread: ThreadId, after: Option<u64>) -> Result<(Page, Place), CheckError> {
        let found = self.store.messages(thread, after, PAGE).await?;
        let expected = found.iter().map(|message| Expected {
            thread,
            hash: message.hash,
            status: ContentStatus::Approved,
            since: message.approved_at,
        });
        let page = self.bodies(thread, expected.collect()).await?;
        let next = match found.last().filter(|_| found.len() == PAGE) {
            Some(last) => Place::Messages(thread, Some(last.sequence)),
            None => Place::Proposals(thread, None),
        };
        Ok((page, next))
    }

    async fn proposals(
        &self,
        thread: ThreadId,
        after: Option<ContentHash>,
    ) -> Result<(Page, Place), CheckError> {
        let found = self.store.proposals_after(thread, None, after, PAGE).await?;
        let expected = found.iter().filter_map(|proposal| {
            let (status, since) = match proposal.status {
                ProposalStatus::Pending => (ContentStatus::Pending, proposal.created_at),
                ProposalStatus::Rejected => (ContentStatus::Rejected, proposal.decided_at?),
                // A message by now, or its author's draft again.
                ProposalStatus::Approved | ProposalStatus::Expired | ProposalStatus::Cancelled => {
                    return None;
                }
            };
            Some(Expected { thread, hash: proposal.hash, status, since })
        });
        let page = self.bodies(thread, expected.collect()).await?;
        let next = match found.last().filter(|_| found.len() == PAGE) {
            Some(last) => Place::Proposals(thread, Some(last.hash)),
            None => Place::After(thread),
        };
        Ok((page, next))
    }

    async fn bodies(&self, thread: ThreadId, expected: Vec<Expected>) -> Result<Page, CheckError> {
        let hashes: Vec<_> = expected.iter().map(|expected| expected.hash).collect();
        let bodies = self.content.get_many(thread, &hashes).await?;
        let settled = (self.clock)().saturating_sub(SETTLING);
        let mut page = Page { compared: expected.len() as u64, ..Page::default() };
        for expected in expected.into_iter().filter(|expected| expected.since <= settled) {
            page.differences.extend(self.compare(&expected, bodies.get(&expected.hash)).await?);
        }
        Ok(page)
    }

    async fn compare(
        &self,
        expected: &Expected,
        body: Option<&ContentRecord>,
    ) -> Result<Option<Difference>, CheckError> {
        let Some(body) = body else { return Ok(expected.missing()) };
        // Nothing is left to compare of what its author erased.
        let (Some(salt), Some(text)) = (&body.salt, &body.body) else { return Ok(None) };
        let actual = content_hash(salt, text);
        if actual != expected.hash {
            return Ok(Some(expected.differs(Kind::BodyHash, expected.hash.to_string(), actual.to_string())));
        }
        if body.status == expected.status {
            return Ok(None);
        }
        self.settle(expected, body.status).await
    }

    /// Copies the chain's decision to the body, as it is by now.
    async fn settle(
        &self,
        expected: &Expected,
        found: ContentStatus,
    ) -> Result<Option<Difference>, CheckError> {
        let Expected { thread, hash, .. } = *expected;
        let stage = Standing::of(&self.store, thread, hash).await?.stage();
        let status = stage.status();
        if status == found {
            return Ok(None);
        }
        let resolved = self.content.set_stage(thread, hash, stage).await?;
        let difference = expected.differs(Kind::Status, format!("{status:?}"), format!("{found:?}"));
        Ok(Some(Difference { resolved, ..difference }))
    }

    async fn drafts(&self, from: Option<KeysCursor>) -> Result<(Page, Place), CheckError> {
        let now = (self.clock)();
        if !is_current(&self.store, now).await? {
            // What the store has not heard of may be on chain all the same.
            return Ok((Page { is_last: true, ..Page::default() }, Place::Begin));
        }
        let before = now - FORGOTTEN;
        let page = self.content.stale(before, from).await?;
        let compared = page.keys.len() as u64;
        let forgotten = forgotten_before(&self.store, page.keys, before).await?;
        let removed = self.content.discard(&forgotten, before).await?;
        let resolved = removed == forgotten.len();
        let differences = forgotten.into_iter().map(|key| unknown(key, resolved)).collect();
        let (is_last, next) = match page.next {
            Some(next) => (false, Place::Drafts(Some(next))),
            None => (true, Place::Begin),
        };
        Ok((Page { compared, differences, is_last }, next))
    }
}

impl Expected {
    /// Of what was rejected nothing needs to be kept.
    fn missing(&self) -> Option<Difference> {
        if self.status == ContentStatus::Rejected {
            return None;
        }
        Some(self.differs(
            Kind::BodyMissing,
            format!("a body with status {:?}", self.status),
            "nothing".into(),
        ))
    }

    fn differs(&self, kind: Kind, expected: String, found: String) -> Difference {
        let subject = name(self.thread, self.hash);
        Difference { boundary: Boundary::StoreContent, kind, subject, expected, found, resolved: false }
    }
}

fn name(thread: ThreadId, hash: ContentHash) -> String {
    format!("content {thread}/{hash}")
}

fn unknown((thread, hash): (ThreadId, ContentHash), resolved: bool) -> Difference {
    Difference {
        boundary: Boundary::StoreContent,
        kind: Kind::UnknownBody,
        subject: name(thread, hash),
        expected: "nothing".into(),
        found: "a body that no chain has known for a day".into(),
        resolved,
    }
}

#[async_trait]
impl Check for ContentCheck {
    fn boundary(&self) -> Boundary {
        Boundary::StoreContent
    }

    async fn next(&mut self) -> Result<Page, CheckError> {
        let (page, next) = match self.at {
            Place::Begin => self.thread(None).await?,
            Place::After(thread) => self.thread(Some(thread)).await?,
            Place::Messages(thread, after) => self.messages(thread, after).await?,
            Place::Proposals(thread, after) => self.proposals(thread, after).await?,
            Place::Drafts(from) => self.drafts(from).await?,
        };
        self.at = next;
        Ok(page)
    }
}
