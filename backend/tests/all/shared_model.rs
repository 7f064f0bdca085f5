//! Random events, retractions, outages of Redis and reads at both backends: no answer is older than what its reader has
//! seen, and each is what the store said at some cursor since.

use crate::shared::Pair;
use crate::story::{THREAD, confirm, created, published};
use crate::wallet::Keys;
use crate::world::{NO_CHAIN, World};
use chorale_domain::id::{Signature, ThreadId};
use chorale_domain::state::{Entity, EntityKey, Member, Message, Thread};
use chorale_store::Store;
use chorale_wire::http::ThreadView;

const THREADS: [ThreadId; 2] = [THREAD, ThreadId([8; 32])];
const STEPS: usize = 250;

/// A thread as the store has it.
type State = ((Thread, Vec<Member>), Vec<Message>);

async fn state(store: &Store, thread: ThreadId) -> State {
    let found = store.entity(&EntityKey::Thread(thread)).await.unwrap().unwrap().entity;
    let Entity::Thread(entity) = found else { panic!("{found:?} is no thread") };
    let members = store.members(thread).await.unwrap();
    ((entity, members), store.messages(thread, None, 200).await.unwrap())
}

/// Numbers that look random, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// What happened, and what the store said after each of it.
struct Model {
    pair: Pair,
    keys: Keys,
    dice: Dice,
    /// Of each cursor from the first on: both threads.
    history: Vec<(i64, [State; 2])>,
    /// What can be taken back, newest last.
    live: Vec<(Signature, usize)>,
    counts: [u64; 2],
    texts: usize,
}

impl Model {
    async fn new(seed: u64) -> Self {
        let keys = Keys::new(10);
        let pair = Pair::with_thread(&keys, NO_CHAIN).await;
        confirm(&pair.here.writer, [created(THREADS[1], keys.wallet())]).await;
        let (history, live, counts, texts) = (vec![], vec![], [0; 2], 0);
        let mut model = Self { pair, keys, dice: Dice(seed), history, live, counts, texts };
        model.record().await;
        model
    }

    async fn record(&mut self) {
        let store = &self.pair.here.store;
        let states = [state(store, THREADS[0]).await, state(store, THREADS[1]).await];
        self.history.push((self.pair.cursor().await, states));
    }

    async fn step(&mut self) {
        match self.dice.roll(20) {
            0..=3 => self.publish().await,
            4 => self.retract().await,
            5 if self.dice.roll(8) == 0 => {
                self.pair.redis.kill();
                self.pair.redis.start_again();
            }
            _ => self.read().await,
        }
    }

    async fn publish(&mut self) {
        let which = self.dice.roll(2);
        self.texts += 1;
        let text = format!("text {}", self.texts);
        let event = published(THREADS[which], self.keys.wallet(), self.counts[which], &text);
        let signatures = confirm(&self.pair.here.writer, [event]).await;
        self.counts[which] += 1;
        self.live.push((signatures[0], which));
        self.record().await;
    }

    async fn retract(&mut self) {
        let Some((signature, which)) = self.live.pop() else { return };
        self.pair.here.writer.retract(signature).await.unwrap();
        self.counts[which] -= 1;
        self.record().await;
    }

    /// One that has seen something reads, at either backend.
    async fn read(&mut self) {
        let which = self.dice.roll(2);
        let seen = self.history.len() - 1 - self.dice.roll(3.min(self.history.len()));
        let world: &World = if self.dice.roll(2) == 0 { &self.pair.here } else { &self.pair.there };
        let path = format!("/v1/threads/{}?limit=200", THREADS[which]);
        let (cursor, _) = self.history[seen];
        let shown: ThreadView = world.get_after(&path, cursor).await.good().await;
        let messages: Vec<_> = shown.messages.into_iter().map(|view| view.message).collect();
        let since = || self.history[seen..].iter().map(|(_, states)| &states[which]);
        let ownership = (shown.thread, shown.members);
        assert!(since().any(|state| state.0 == ownership), "older than cursor {cursor}: {ownership:?}");
        assert!(since().any(|state| state.1 == messages), "older than cursor {cursor}: {messages:?}");
    }
}

#[tokio::test]
async fn no_answer_of_any_backend_is_older_than_what_its_reader_has_seen() {
    for seed in [1, 2] {
        let mut model = Model::new(seed).await;
        for _ in 0..STEPS {
            model.step().await;
        }
    }
}
