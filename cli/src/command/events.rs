//! `chorale events`: what happened, in order.

use super::common::{Lines, StoreArgs};
use anyhow::Result;
use chorale_domain::event::ChainEvent;
use chorale_domain::id::ThreadId;
use chorale_store::{EventFilter, Record, Store, StoredEvent};
use chorale_wire::socket::{Commitment, RemovedEntity, VersionedEntity};
use clap::Args;
use serde::Serialize;
use std::process::ExitCode;
use std::time::Duration;

/// The types of events.
const KINDS: [&str; 18] = [
    "config_initialized",
    "thread_created",
    "message_published",
    "proposal_created",
    "vote_cast",
    "proposal_approved",
    "proposal_rejected",
    "claimed",
    "config_updated",
    "authority_proposed",
    "authority_accepted",
    "paused_set",
    "proposal_expired",
    "proposal_cancelled",
    "divested",
    "thread_archived",
    "root_anchored",
    "treasury_withdrawn",
];
const PAGE: usize = 1000;
/// How often to look for more.
const POLL: Duration = Duration::from_millis(500);

#[derive(Args, Debug)]
pub(super) struct EventsArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Only those after this one, by number
    #[arg(long, value_name = "N", default_value_t = 0)]
    after: i64,
    /// Only this thread's
    #[arg(long, value_name = "ID")]
    thread: Option<ThreadId>,
    /// Only those of this type
    #[arg(long = "type", value_name = "TYPE", value_parser = KINDS)]
    kind: Option<String>,
    /// Go on with what happens next, until Ctrl-C
    #[arg(long)]
    follow: bool,
}

pub(super) async fn run(arguments: EventsArgs) -> Result<ExitCode> {
    let store = arguments.store.read().await?;
    let printed = print(&store, &arguments).await;
    store.close().await;
    printed.map(|()| ExitCode::SUCCESS)
}

async fn print(store: &Store, arguments: &EventsArgs) -> Result<()> {
    let (thread, kind) = (arguments.thread, arguments.kind.clone());
    let filter = EventFilter { thread, kind, ..EventFilter::default() };
    let (mut lines, mut after) = (Lines::stdout(), arguments.after);
    loop {
        let page = store.events(&filter, after, PAGE).await?;
        for stored in &page {
            if lines.write(&Line::from(stored))?.is_break() {
                return Ok(());
            }
        }
        if let Some(last) = page.last() {
            after = last.sequence;
            continue;
        }
        if lines.flush()?.is_break() || !arguments.follow {
            return Ok(());
        }
        tokio::time::sleep(POLL).await;
    }
}

/// An event as it is printed.
#[derive(Serialize)]
struct Line<'a> {
    sequence: i64,
    commitment: Commitment,
    /// Of a retraction: the event that it takes back, and repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    retracts: Option<i64>,
    #[serde(flatten)]
    event: &'a ChainEvent,
    changes: &'a [VersionedEntity],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    removed: &'a [RemovedEntity],
}

impl<'a> From<&'a StoredEvent> for Line<'a> {
    fn from(stored: &'a StoredEvent) -> Self {
        let StoredEvent { sequence, commitment, record, changes, removed, hash: _ } = stored;
        let retracts = match record {
            Record::Happened(_) => None,
            Record::Retracted { sequence, .. } => Some(*sequence),
        };
        let event = record.event();
        Self { sequence: *sequence, commitment: *commitment, retracts, event, changes, removed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chorale_domain::event::Event;
    use serde_json::json;

    #[test]
    fn every_type_of_event_can_be_asked_for() {
        let unknown = serde_json::from_value::<Event>(json!({ "type": "nonsense" })).unwrap_err().to_string();
        let (_, known) = unknown.split_once("expected one of ").expect("serde names what it knows");
        let known: Vec<_> = known.split(", ").map(|kind| kind.trim_matches('`')).collect();
        assert_eq!(known, KINDS);
    }
}
