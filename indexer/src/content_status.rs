//! Copies the chain's decisions to the contents: a follower of the store's events, with a position of its own.

use crate::error::{IndexerError, Trouble};
use crate::outage::Outage;
use chorale_content::ContentStore;
use chorale_domain::content::ContentHash;
use chorale_domain::event::Event;
use chorale_domain::id::ThreadId;
use chorale_store::{Store, StoredEvent};
use chorale_wire::http::ContentStatus;
use std::collections::BTreeMap;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// The name of its position in the store.
const POSITION: &str = "content_status";
const PAGE: usize = 500;

/// Keeps the statuses of contents up to date, each decision at least once, in the chain's order.
pub(crate) struct ContentStatuses {
    store: Store,
    content: ContentStore,
}

impl ContentStatuses {
    pub(crate) fn new(store: Store, content: ContentStore) -> Self {
        Self { store, content }
    }

    /// Follows until `shutdown`.
    pub(crate) async fn follow(&self, shutdown: &CancellationToken) -> Result<(), IndexerError> {
        let mut news = self.store.watch();
        let mut outage = Outage::none("content statuses");
        while !shutdown.is_cancelled() {
            news.mark_unchanged();
            match self.take_page().await {
                Ok(progress) => {
                    outage.over();
                    if !progress {
                        shutdown.run_until_cancelled(news.changed()).await;
                    }
                }
                Err(trouble) => {
                    let delay = outage.failed(&trouble.worth_waiting()?);
                    shutdown.run_until_cancelled(sleep(delay)).await;
                }
            }
        }
        Ok(())
    }

    /// Handles one page of events; false if there was none.
    async fn take_page(&self) -> Result<bool, Trouble> {
        let position = self.store.position(POSITION).await?;
        let events = self.store.events_after(position, PAGE).await?;
        let Some(last) = events.last().map(|event| event.sequence) else {
            return Ok(false);
        };
        for ((thread, hash), status) in decisions(&events) {
            self.content.set_status(thread, hash, status).await?;
        }
        self.store.set_position(POSITION, last).await?;
        Ok(true)
    }
}

/// The last status of each content that the events decide about, so that a page that is handled again
/// does not take a decided content back to pending on the way.
fn decisions(events: &[StoredEvent]) -> BTreeMap<(ThreadId, ContentHash), ContentStatus> {
    events.iter().filter_map(|event| decision(&event.event.event)).collect()
}

fn decision(event: &Event) -> Option<((ThreadId, ContentHash), ContentStatus)> {
    let status = match event {
        Event::MessagePublished { .. } | Event::ProposalApproved { .. } => ContentStatus::Approved,
        Event::ProposalRejected { .. } => ContentStatus::Rejected,
        // What was not decided is its author's draft again.
        Event::ProposalCreated { .. } | Event::ProposalExpired { .. } | Event::ProposalCancelled { .. } => {
            ContentStatus::Pending
        }
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
    Some(((event.thread()?, event.hash()?), status))
}
