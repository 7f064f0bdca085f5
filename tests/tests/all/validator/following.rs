//! Whether the followers' rules agree with what happened on the validator.

use super::process::Validator;
use super::stage::Stage;
use crate::world::{PATIENCE, clock};
use chorale_content::{ContentOptions, ContentStore};
use chorale_domain::event::{ChainEvent, Event, EventId};
use chorale_domain::id::Wallet;
use chorale_indexer::{DEFAULT_POLL, Indexer, IndexerConfig};
use chorale_store::{Location, Store, Writer};
use std::collections::{BTreeMap, BTreeSet};
use tokio_util::sync::CancellationToken;

/// An indexer that comes late finds every event that was heard, and no contradiction in them.
pub async fn an_indexer_takes_all_of_it_in(stage: &Stage, validator: &Validator) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let location = Location::from(folder.path().join("store.sqlite"));
    let writer = Writer::open(&location, clock()).await.unwrap();
    let store = writer.store().clone();
    let content =
        ContentStore::open(ContentOptions::Edge { path: folder.path().join("content") }).await.unwrap();
    let config = IndexerConfig {
        rpc_url: validator.rpc_url(),
        ws_url: validator.ws_url(),
        program: Wallet(chorale::ID.to_bytes()),
        poll: DEFAULT_POLL,
    };
    let (heard, stop) = (stage.heard(), CancellationToken::new());
    let running = Indexer::new(config, writer.clone(), Some(content.clone())).run(stop.clone());
    let finished = async {
        wait_for(&store, heard.len()).await;
        stop.cancel();
    };
    let (ended, ()) = tokio::join!(running, finished);
    ended.expect("every event fits the ones before it");
    let stored = store.events_after(0, heard.len() + 1).await.unwrap();
    assert_eq!(
        by_id(stored.into_iter().map(|stored| stored.record.event().clone())),
        by_id(heard.iter().cloned())
    );
    every_kind_happened(&heard);
    assert_eq!(store.verify(&mut |_| ()).await.unwrap(), [], "all of it follows from the events");
    writer.close().await;
    content.close().await.unwrap();
}

async fn wait_for(store: &Store, events: usize) {
    let events = i64::try_from(events).expect("few events");
    let mut committed = store.watch();
    let there = tokio::time::timeout(PATIENCE, committed.wait_for(|sequence| *sequence >= events)).await;
    there.unwrap_or_else(|_| panic!("not {events} events within {PATIENCE:?}")).expect("the store is open");
}

fn by_id(events: impl Iterator<Item = ChainEvent>) -> BTreeMap<EventId, ChainEvent> {
    events.map(|event| (event.id, event)).collect()
}

/// The suite would prove little of an event that never came.
fn every_kind_happened(heard: &[ChainEvent]) {
    let kinds: BTreeSet<_> = heard.iter().map(|event| Event::kind(&event.event)).collect();
    assert_eq!(kinds.len(), 18, "some kind of event never came: {kinds:?}");
}
