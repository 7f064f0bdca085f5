//! A chain that grows as a test says, an indexer that runs for as long as it says, and their store.

use crate::tests::sim::act::Act;
use crate::tests::sim::arena::{Arena, Engine};
use crate::tests::sim::block::{Making, Transaction};
use crate::tests::sim::drive::{Drive, Outcome, Work};
use crate::tests::sim::oracle::{Kept, Truth};
use crate::tests::sim::plan::Plan;
use crate::tests::sim::run::{Started, start};
use crate::tests::sim::source::Sim;
use crate::tests::sim::world::{Due, SLOT, World};
use crate::{Health, Metrics};
use chorale_domain::id::{Hash32, Signature, ThreadId, Wallet};
use chorale_store::Store;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::sync::{Arc, MutexGuard};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const THREAD: ThreadId = ThreadId([1; 32]);
const ALICE: Wallet = Wallet([10; 32]);
/// Slots after which a block is final.
const FINAL: u64 = 33;

/// See the module.
pub(super) struct Site {
    sim: Sim,
    arena: Arena,
    running: Option<Running>,
}

struct Running {
    work: Work,
    metrics: Arc<Metrics>,
    shutdown: CancellationToken,
}

impl Site {
    /// A deployment with one thread, and a new store.
    pub(super) async fn new() -> Self {
        let site = Self::without_deployment().await;
        site.deploy();
        site
    }

    /// A program that nobody has set up, and a new store.
    pub(super) async fn without_deployment() -> Self {
        let arena = Arena::open(Engine::Sqlite).await.unwrap();
        let sim = Sim::new(World::with(Plan::still(), StdRng::seed_from_u64(0)));
        Self { sim, arena, running: None }
    }

    /// Sets it up, with one thread.
    pub(super) fn deploy(&self) {
        self.block(&[Act::Initialize, Act::Create { thread: THREAD, creator: ALICE, bps: 10_000 }]);
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.sim.world()
    }

    pub(super) fn store(&self) -> &Store {
        self.arena.writer.store()
    }

    /// The next slot's block, with a transaction for each act.
    pub(super) fn block(&self, acts: &[Act]) -> Vec<Signature> {
        self.withheld_block(acts, 0)
    }

    /// The same, but its transactions are given out only from a time on, in microseconds of virtual time.
    pub(super) fn withheld_block(&self, acts: &[Act], until: u64) -> Vec<Signature> {
        let mut world = self.world();
        world.chain.slot += 1;
        let (slot, parent) = (world.chain.slot, world.chain.head().confirmed);
        let mut making = Making::on(parent, &world.chain.block(parent).life, slot);
        let mut signatures = vec![];
        for act in acts {
            let mut signature = [0; 64];
            world.rng.fill(&mut signature);
            let (signature, acts) = (Signature(signature), vec![act.clone()]);
            making.land(Arc::new(Transaction { signature, acts, noise: 1 }), until);
            signatures.push(signature);
        }
        let block = world.chain.push(making.made());
        let now = world.now();
        world.chain.agree(now, block);
        signatures
    }

    /// A new message of the thread's.
    pub(super) fn message(&self) -> Act {
        Act::Publish { thread: THREAD, author: ALICE, hash: Hash32(self.world().rng.random()) }
    }

    /// So many messages, each in a block of its own.
    pub(super) fn publish(&self, messages: u32) {
        (0..messages).for_each(|_| _ = self.block(&[self.message()]));
    }

    /// Slots without any block.
    pub(super) fn skip(&self, slots: u64) {
        self.world().chain.slot += slots;
    }

    /// Empty blocks, until all before them is final.
    pub(super) fn finalize(&self) {
        (0..FINAL).for_each(|_| _ = self.block(&[]));
    }

    /// Empty blocks come by themselves from now on.
    pub(super) fn live_on(&self, slots: u32) {
        let mut world = self.world();
        world.aftermath = slots;
        world.schedule(SLOT, Due::Slot);
    }

    /// A notice arrives after so long.
    pub(super) fn notice(&self, after: Duration) {
        self.world().send_notice(u64::try_from(after.as_micros()).unwrap());
    }

    /// Runs the indexer for a time, from where it was.
    pub(super) async fn run(&mut self, time: Duration) {
        let until = self.world().now() + u64::try_from(time.as_micros()).unwrap();
        let (sim, arena) = (&self.sim, &self.arena);
        let running = self.running.get_or_insert_with(|| {
            let shutdown = CancellationToken::new();
            let Started { work, metrics } = start(sim, arena, &shutdown);
            Running { work, metrics, shutdown }
        });
        match Drive::new(&self.sim, &mut running.work, until, None).await {
            Outcome::Late => {}
            other => panic!("the indexer did not go on: {other:?}"),
        }
    }

    /// The same, in small steps with a look after each, until one is satisfied.
    pub(super) async fn run_until(&mut self, what: &str, mut is_so: impl AsyncFnMut(&Self) -> bool) {
        for _ in 0..2_000 {
            self.run(Duration::from_millis(50)).await;
            if is_so(self).await {
                return;
            }
        }
        panic!("not even in a hundred seconds: {what}");
    }

    /// The indexer dies. The next [`run`](Self::run) has a new one.
    pub(super) fn crash(&mut self) {
        self.running = None;
    }

    /// Stops the indexer as it is meant to be stopped.
    pub(super) async fn stop(&mut self) {
        let Some(mut running) = self.running.take() else { return };
        running.shutdown.cancel();
        let until = self.world().now() + 1_000_000;
        let outcome = Drive::new(&self.sim, &mut running.work, until, None).await;
        assert!(matches!(outcome, Outcome::Ended(Ok(()))), "{outcome:?}");
    }

    pub(super) fn health(&self) -> Health {
        let metrics = &self.running.as_ref().expect("it runs").metrics;
        metrics.health(chorale_indexer::time::Time::unix(&self.sim))
    }

    /// The numbers.
    pub(super) fn render(&self) -> String {
        self.running.as_ref().expect("it runs").metrics.render()
    }

    /// Live events in the store.
    pub(super) async fn events(&self) -> usize {
        Kept::read(self.store()).await.unwrap().live.len()
    }

    /// The store must have everything that happened, and nothing else.
    pub(super) async fn agrees(&self) {
        let kept = Kept::read(self.store()).await.unwrap();
        let truth = self.truth();
        assert_eq!(kept.live, truth.events, "events");
        assert_eq!(kept.entities, truth.entities, "entities");
        assert_eq!((kept.dead, kept.faults), (truth.strange, vec![]));
    }

    /// The same for what it says that it has seen, and no more.
    pub(super) async fn holds_what_it_has_seen(&self) {
        let seen = self.store().seen().await.unwrap().unwrap_or(0);
        let kept = Kept::read(self.store()).await.unwrap().live.into_iter();
        let kept: Vec<_> = kept.filter(|event| event.slot <= seen).collect();
        let truth: Vec<_> = self.truth().events.into_iter().filter(|event| event.slot <= seen).collect();
        assert_eq!(kept, truth, "it says that it has seen slot {seen}");
    }

    /// What happened until now.
    pub(super) fn truth(&self) -> Truth {
        let world = self.world();
        Truth::of(&world.chain, world.chain.head().confirmed)
    }
}
