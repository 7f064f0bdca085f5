//! The store against the bodies: whatever is on chain has its text, and every text stands where the chain put it. And the
//! other way round: no text stands where no chain put it, so that nobody reads as approved what never was, or is no more.

use super::{Boundary, Check, CheckError, Difference, Kind, Page};
use crate::backend::Clock;
use crate::collector::{forgotten_before, is_current, uploaded_before};
use crate::standing::Standing;
use async_trait::async_trait;
use chorale_content::{ContentFilter, ContentRecord, ContentStore, Duties, KeysCursor};
use chorale_domain::content::{ContentHash, content_hash};
use chorale_domain::id::ThreadId;
use chorale_domain::state::ProposalStatus;
use chorale_store::Store;
use chorale_wire::http::ContentStatus;

/// Bodies that are compared at a time, 64 KiB each at most.
const PAGE: usize = 100;
/// How long the chain's decisions may take to reach the bodies, in seconds, before it counts as a difference.
const SETTLING: i64 = 60;
/// How long bodies the chain never heard of may stay after their time, in seconds: the collector's hour twice.
const COLLECTING: i64 = 2 * 60 * 60;

/// Compares every message and every open or rejected proposal with its body, and every old draft and every decided body
/// with the store.
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
    Decided(Decision, Option<KeysCursor>),
}

/// What bodies are said to be, of which the chain must have decided so.
#[derive(Clone, Copy)]
enum Decision {
    Approved,
    Rejected,
}

impl Decision {
    fn status(self) -> ContentStatus {
        match self {
            Self::Approved => ContentStatus::Approved,
            Self::Rejected => ContentStatus::Rejected,
        }
    }

    /// Which bodies come after all of these.
    fn next(self) -> Option<Self> {
        match self {
            Self::Approved => Some(Self::Rejected),
            Self::Rejected => None,
        }
    }
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
        self.settle(expected.thread, expected.hash, body.status).await
    }

    /// Copies the chain's decision to the body, as it is by now. Of a thread that is stopped the store does not know it.
    async fn settle(
        &self,
        thread: ThreadId,
        hash: ContentHash,
        found: ContentStatus,
    ) -> Result<Option<Difference>, CheckError> {
        let mut stage = Standing::of(&self.store, thread, hash).await?.stage();
        let status = stage.status();
        if status == found || self.store.stopped_threads().await?.contains(&thread) {
            return Ok(None);
        }
        let resolved = loop {
            let resolved = self.content.set_stage(thread, hash, stage).await?;
            // The chain may have gone on between the question and the write, when whoever copies its decisions came first.
            let now = Standing::of(&self.store, thread, hash).await?.stage();
            if now == stage {
                break resolved;
            }
            stage = now;
        };
        let difference = differs((thread, hash), Kind::Status, format!("{status:?}"), format!("{found:?}"));
        Ok(Some(Difference { resolved, ..difference }))
    }

    async fn drafts(&self, from: Option<KeysCursor>) -> Result<(Page, Place), CheckError> {
        let decided = Place::Decided(Decision::Approved, None);
        let Some(before) = uploaded_before(&self.store, (self.clock)()).await? else {
            // What the store has not heard of may be on chain all the same.
            return Ok((Page::default(), decided));
        };
        let before = before - COLLECTING;
        let page = self.content.stale(before, from).await?;
        let compared = page.keys.len() as u64;
        let forgotten = forgotten_before(&self.store, page.keys, before).await?;
        let removed = self.content.discard(&forgotten, before).await?;
        let resolved = removed == forgotten.len();
        let differences = forgotten.into_iter().map(|key| unknown(key, resolved)).collect();
        let next = page.next.map_or(decided, |next| Place::Drafts(Some(next)));
        Ok((Page { compared, differences, is_last: false }, next))
    }

    async fn decided(
        &self,
        decision: Decision,
        from: Option<KeysCursor>,
    ) -> Result<(Page, Place), CheckError> {
        if !is_current(&self.store, (self.clock)()).await? {
            // As with drafts.
            return Ok((Page { is_last: true, ..Page::default() }, Place::Begin));
        }
        let filter = ContentFilter { status: Some(decision.status()), ..ContentFilter::default() };
        let keys = self.content.keys(filter, from).await?;
        let (compared, differences) = (keys.keys.len() as u64, self.unheard(decision, keys.keys).await?);
        let next = match (keys.next, decision.next()) {
            (Some(next), _) => Some(Place::Decided(decision, Some(next))),
            (None, after) => after.map(|after| Place::Decided(after, None)),
        };
        Ok((Page { compared, differences, is_last: next.is_none() }, next.unwrap_or_default()))
    }

    /// Those of the bodies of which the chain decided something else, or nothing.
    async fn unheard(
        &self,
        decision: Decision,
        keys: Vec<(ThreadId, ContentHash)>,
    ) -> Result<Vec<Difference>, CheckError> {
        let mut differences = Vec::new();
        for (thread, hash) in keys {
            let standing = Standing::of(&self.store, thread, hash).await?;
            if standing.stage().status() != decision.status() {
                differences.extend(self.moved(thread, hash).await?);
            }
        }
        Ok(differences)
    }

    /// The body as it is by now: it may have followed the chain since it was listed, or be erased, which it stays.
    async fn moved(&self, thread: ThreadId, hash: ContentHash) -> Result<Option<Difference>, CheckError> {
        match self.content.get(thread, hash).await? {
            Some(body) if body.status != ContentStatus::Erased => {
                self.settle(thread, hash, body.status).await
            }
            _ => Ok(None),
        }
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
        differs((self.thread, self.hash), kind, expected, found)
    }
}

fn differs(
    (thread, hash): (ThreadId, ContentHash),
    kind: Kind,
    expected: String,
    found: String,
) -> Difference {
    let subject = name(thread, hash);
    Difference { boundary: Boundary::StoreContent, kind, subject, expected, found, resolved: false }
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
            Place::Decided(decision, from) => self.decided(decision, from).await?,
        };
        self.at = next;
        Ok(page)
    }
}
