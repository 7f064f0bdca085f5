//! States of rooms that are read and serialized beside the follower.
//!
//! That takes seconds where a room is large, and while the follower did it nobody would be told of anything. What is
//! built is the state as of some event; the follower goes on meanwhile, and tells those who come in what happened after
//! that event, as it does with those who come back. Whoever wants into a room whose state is being built waits for
//! the same one.

use super::entry::Entry;
use super::outbox::{ClientId, Frame};
use chorale_store::{Snapshot, Store, StoreError};
use chorale_wire::socket::{Mark, Room, ServerFrame};
use std::collections::HashMap;
use std::panic;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// States that are built at a time: whoever asks for many large ones must not take the store from all others.
const AT_ONCE: usize = 2;
/// How long one may take.
pub(crate) const LONGEST: Duration = Duration::from_secs(60);

/// The state of a room as of some event, serialized.
pub(crate) struct Built {
    pub(crate) mark: Mark,
    /// What it says is final.
    pub(crate) finalized: i64,
    pub(crate) frame: Arc<Frame>,
}

/// Those who wait for the state of a room.
pub(crate) struct Waiters {
    pub(crate) entries: Vec<Entry>,
    /// How often it was built for them.
    pub(crate) builds: u32,
    /// Cancelled once nobody waits any more.
    unwanted: CancellationToken,
}

type Outcome = Result<Built, StoreError>;

/// See the module.
pub(crate) struct Builds {
    store: Store,
    permits: Arc<Semaphore>,
    /// Ended with the follower.
    under_way: JoinSet<(Room, Option<Outcome>)>,
    waiting: HashMap<Room, Waiters>,
}

impl Builds {
    pub(crate) fn new(store: Store) -> Self {
        let permits = Arc::new(Semaphore::new(AT_ONCE));
        Self { store, permits, under_way: JoinSet::new(), waiting: HashMap::new() }
    }

    /// Has the room's state built for a client, if that is not being done already.
    pub(crate) fn begin(&mut self, entry: Entry) {
        if let Some(waiters) = self.waiting.get_mut(&entry.room()) {
            waiters.entries.push(entry);
            return;
        }
        self.build(entry.room(), vec![entry], 0);
    }

    /// Has the room's state built once more: too much happened meanwhile.
    pub(crate) fn again(&mut self, room: Room, Waiters { entries, builds, .. }: Waiters) {
        self.build(room, entries, builds);
    }

    /// What was built, for whom; nothing while nothing is being built. Nothing is lost if this is not waited for to the
    /// end.
    pub(crate) async fn next(&mut self) -> Option<(Room, Outcome, Waiters)> {
        loop {
            let (room, outcome) = match self.under_way.join_next().await? {
                Ok(built) => built,
                // As if the follower had built it itself: nobody aborts one.
                Err(error) => panic::resume_unwind(error.into_panic()),
            };
            // For whoever has come back meanwhile an earlier state is as good: what happened after it is told.
            if let Some(outcome) = outcome
                && let Some(waiters) = self.waiting.remove(&room)
            {
                return Some((room, outcome, waiters));
            }
        }
    }

    /// A client does not want into a room any more.
    pub(crate) fn forget(&mut self, client: ClientId, room: Room) {
        let Some(waiters) = self.waiting.get_mut(&room) else { return };
        waiters.entries.retain(|entry| entry.client.client() != client);
        if waiters.entries.is_empty() {
            waiters.unwanted.cancel();
            self.waiting.remove(&room);
        }
    }

    fn build(&mut self, room: Room, entries: Vec<Entry>, builds: u32) {
        let unwanted = CancellationToken::new();
        let waiters = Waiters { entries, builds: builds + 1, unwanted: unwanted.clone() };
        self.waiting.insert(room, waiters);
        let (store, permits) = (self.store.clone(), self.permits.clone());
        self.under_way.spawn(async move {
            // Nobody closes it.
            let _permit = permits.acquire_owned().await;
            let is_wanted = !unwanted.is_cancelled();
            (room, if is_wanted { Some(built(&store, room).await) } else { None })
        });
    }
}

async fn built(store: &Store, room: Room) -> Result<Built, StoreError> {
    let seconds = LONGEST.as_secs();
    timeout(LONGEST, build(store, room)).await.unwrap_or(Err(StoreError::NoAnswer { seconds }))
}

async fn build(store: &Store, room: Room) -> Result<Built, StoreError> {
    let Snapshot { mark, entities } = store.snapshot(room).await?;
    let Mark { cursor, tag } = mark;
    let finalized = store.finality(cursor).await?.through;
    let frame = Frame::of(&ServerFrame::Snapshot { room, cursor, tag, finalized, entities });
    Ok(Built { mark, finalized, frame })
}
