//! Copies the chain's decisions to the contents: a follower of the store's events, with a position of its own.

use crate::error::Trouble;
use chorale_content::{ContentStore, Stage};
use chorale_domain::content::ContentHash;
use chorale_domain::event::Event;
use chorale_domain::id::ThreadId;
use chorale_domain::state::{Entity, EntityKey, ProposalStatus};
use chorale_store::{CONTENT_STATUSES, Record, Store, StoreError, Writer};
use std::collections::BTreeMap;

const PAGE: usize = 500;

type Content = (ThreadId, ContentHash);

/// Keeps the statuses of contents up to date, each decision at least once, in the chain's order.
pub(crate) struct ContentStatuses<'a> {
    writer: &'a Writer,
    content: &'a ContentStore,
}

impl<'a> ContentStatuses<'a> {
    pub(crate) fn new(writer: &'a Writer, content: &'a ContentStore) -> Self {
        Self { writer, content }
    }

    /// Handles one page of events. How many are left, `None` if there was none.
    pub(crate) async fn take_page(&self) -> Result<Option<u64>, Trouble> {
        let store = self.writer.store();
        let position = store.position(CONTENT_STATUSES).await?;
        let events = store.events_after(position, PAGE).await?;
        let Some(last) = events.last().map(|event| event.sequence) else {
            return Ok(None);
        };
        // The last stage of each: a page that is handled again does not take a decided content back to undecided on
        // the way.
        let mut stages = BTreeMap::new();
        for event in &events {
            stages.extend(stage_after(store, &event.record).await?);
        }
        for ((thread, hash), stage) in stages {
            self.content.duties().set_stage(thread, hash, stage).await?;
        }
        self.writer.set_position(CONTENT_STATUSES, last).await?;
        let (newest, _) = store.last_event().await?;
        Ok(Some(u64::try_from(newest - last).unwrap_or(0)))
    }
}

/// What an event, or its retraction, makes of the content that it is about, if it decides anything.
async fn stage_after(store: &Store, record: &Record) -> Result<Option<(Content, Stage)>, StoreError> {
    let Some((content, stage)) = decision(&record.event().event) else { return Ok(None) };
    match record {
        Record::Happened(_) => Ok(Some((content, stage))),
        Record::Retracted { .. } => Ok(Some((content, undecided(store, content).await?))),
    }
}

/// The stage without the decision that was taken back. What was decided again since then follows as an event.
async fn undecided(store: &Store, (thread, hash): Content) -> Result<Stage, StoreError> {
    let found = store.entity(&EntityKey::Proposal(thread, hash)).await?;
    Ok(match found.map(|found| found.entity) {
        Some(Entity::Proposal(proposal)) if proposal.status == ProposalStatus::Rejected => Stage::Rejected,
        Some(Entity::Proposal(proposal)) if proposal.status == ProposalStatus::Pending => Stage::Proposed,
        _ => Stage::Draft,
    })
}

fn decision(event: &Event) -> Option<((ThreadId, ContentHash), Stage)> {
    let stage = match event {
        Event::MessagePublished { .. } | Event::ProposalApproved { .. } => Stage::Approved,
        Event::ProposalRejected { .. } => Stage::Rejected,
        Event::ProposalCreated { .. } => Stage::Proposed,
        // What was not decided is its author's draft again.
        Event::ProposalExpired { .. } | Event::ProposalCancelled { .. } => Stage::Draft,
        Event::ConfigInitialized { .. }
        | Event::ConfigUpdated { .. }
        | Event::AuthorityProposed { .. }
        | Event::AuthorityAccepted { .. }
        | Event::PausedSet { .. }
        | Event::RootAnchored { .. }
        | Event::TreasuryWithdrawn { .. }
        | Event::ThreadCreated { .. }
        | Event::ThreadArchived { .. }
        | Event::VoteCast { .. }
        | Event::Claimed { .. }
        | Event::Divested { .. } => return None,
    };
    Some(((event.thread()?, event.hash()?), stage))
}
