//! A cache, without Redis: its tests with one are in `tests/all`.

use super::*;
use chorale_domain::event::{ChainEvent, Event, EventId};
use chorale_domain::id::{Hash32, Signature, ThreadId, Wallet};
use chorale_domain::state::EntityKey;
use chorale_store::{Record, StoredEvent};
use chorale_wire::socket::{Commitment, Mark, RemovedEntity};
use std::convert::Infallible;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use tokio::sync::Notify;
use tokio::task::yield_now;

const THREAD: ThreadId = ThreadId([1; 32]);
const KIND: Kind = Kind { name: "test", ttl: 300, percent: 100 };

/// Something of a thread.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Part(u8);

impl Key for Part {
    fn scope(&self) -> Scope {
        Scope::Thread(THREAD)
    }

    fn shared(&self) -> Option<String> {
        None
    }
}

impl Value for u64 {
    fn bytes(&self) -> usize {
        size_of::<Self>()
    }
}

/// A cache before something that counts how often it is read.
struct Shelf {
    cache: Tiered<Part, u64>,
    now: Arc<AtomicI64>,
    reads: AtomicU64,
    /// Every read waits for one of these, where it is said so.
    gate: Option<Notify>,
}

impl Shelf {
    fn new() -> Self {
        let now = Arc::new(AtomicI64::new(1_000));
        let clock = now.clone();
        let clock: Clock = Arc::new(move || clock.load(Ordering::Relaxed));
        let followed = Arc::new(Followed::new());
        followed.begin(Mark::default());
        let ground = Ground { followed, link: None, clock, bytes: 1_000_000 };
        Self { cache: Tiered::new(KIND, ground), now, reads: AtomicU64::new(0), gate: None }
    }

    fn gated() -> Self {
        Self { gate: Some(Notify::new()), ..Self::new() }
    }

    /// What is read is how often it was read, when that began.
    async fn get(&self) -> Option<u64> {
        let load = || async {
            let read = self.reads.fetch_add(1, Ordering::Relaxed) + 1;
            if let Some(gate) = &self.gate {
                gate.notified().await;
            }
            Ok::<_, Infallible>(Some(Loaded::from(read)))
        };
        self.cache.get(Part(0), load).await.unwrap().map(|entry| entry.value)
    }

    /// Something happens in the thread.
    fn happens(&self, sequence: i64) {
        let id = EventId { signature: Signature([0; 64]), instruction: 0, inner: 0 };
        let event = Event::PausedSet { authority: Wallet([0; 32]), paused: true, set_at: 0 };
        let record = Record::Happened(ChainEvent { id, slot: 1, schema: 1, event });
        let removed = vec![RemovedEntity { key: EntityKey::Thread(THREAD), version: 1 }];
        let (hash, commitment, changes) = (Hash32([7; 32]), Commitment::Confirmed, vec![]);
        self.cache.ground.followed.note(&StoredEvent {
            sequence,
            hash,
            commitment,
            record,
            changes,
            removed,
        });
    }
}

#[tokio::test]
async fn however_many_ask_at_once_it_is_read_once() {
    let shelf = Arc::new(Shelf::gated());
    let readers: Vec<_> = (0..50)
        .map(|_| {
            let shelf = shelf.clone();
            tokio::spawn(async move { shelf.get().await })
        })
        .collect();
    while shelf.reads.load(Ordering::Relaxed) == 0 {
        yield_now().await;
    }
    shelf.gate.as_ref().unwrap().notify_one();
    for reader in readers {
        assert_eq!(reader.await.unwrap(), Some(1));
    }
}

#[tokio::test]
async fn who_asks_after_an_event_never_gets_what_was_begun_before_it() {
    let shelf = Arc::new(Shelf::gated());
    let early = tokio::spawn({
        let shelf = shelf.clone();
        async move { shelf.get().await }
    });
    while shelf.reads.load(Ordering::Relaxed) == 0 {
        yield_now().await;
    }
    shelf.happens(1);
    let late = tokio::spawn({
        let shelf = shelf.clone();
        async move { shelf.get().await }
    });
    yield_now().await;
    let gate = shelf.gate.as_ref().unwrap();
    gate.notify_one();
    assert_eq!(early.await.unwrap(), Some(1), "it asked before the event");
    while shelf.reads.load(Ordering::Relaxed) < 2 {
        yield_now().await;
    }
    gate.notify_one();
    assert_eq!(late.await.unwrap(), Some(2), "it joined the reading that had begun before the event");
}

#[tokio::test]
async fn a_value_is_read_anew_after_an_event_and_after_its_time() {
    let shelf = Shelf::new();
    assert_eq!((shelf.get().await, shelf.get().await), (Some(1), Some(1)));
    shelf.happens(1);
    assert_eq!((shelf.get().await, shelf.get().await), (Some(2), Some(2)));
    shelf.now.fetch_add(KIND.ttl - 1, Ordering::Relaxed);
    assert_eq!(shelf.get().await, Some(2));
    shelf.now.fetch_add(1, Ordering::Relaxed);
    assert_eq!(shelf.get().await, Some(3));
    let (name, counts) = shelf.cache.counts();
    let expected = CacheCounts { local: 3, shared: 0, missed: 3, invalidated: 2 };
    assert_eq!((name, counts), ("test", expected));
}

#[tokio::test]
async fn what_is_not_there_is_not_remembered() {
    let shelf = Shelf::new();
    let nothing = || async { Ok::<_, Infallible>(None) };
    assert!(shelf.cache.get(Part(0), nothing).await.unwrap().is_none());
    assert_eq!(shelf.get().await, Some(1));
}

#[tokio::test]
async fn a_failure_is_everyones_who_waited_and_nobodys_after_them() {
    let shelf = Shelf::new();
    let failing = || async { Err::<Option<Loaded<u64>>, _>("away") };
    assert_eq!(*shelf.cache.get(Part(0), failing).await.unwrap_err(), "away");
    assert_eq!(shelf.get().await, Some(1));
}

#[tokio::test]
async fn before_the_follower_began_everything_is_read_from_where_it_is() {
    let shelf = Shelf::new();
    let followed = Arc::new(Followed::new());
    let ground = Ground { followed, ..shelf.cache.ground.clone() };
    let unready = Shelf { cache: Tiered::new(KIND, ground), ..shelf };
    assert_eq!((unready.get().await, unready.get().await), (Some(1), Some(2)));
}
