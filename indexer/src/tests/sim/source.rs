//! The world as the indexer sees it: a source of transactions, and a clock.

use super::block::Block;
use super::chain::FIRST_SLOT;
use super::node::{Node, URL};
use super::plan::happens;
use super::world::{Key, World};
use async_trait::async_trait;
use chorale_domain::id::{Signature, Wallet};
use chorale_indexer::source::{
    AccountsAt, ChainSource, EncodedTransaction, Page, SignatureInfo, SourceError, Tip,
};
use chorale_indexer::time::Time;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::convert::Infallible;
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::Notify;

/// A handle to the world.
#[derive(Clone)]
pub struct Sim(Arc<Mutex<World>>);

/// How a call goes.
struct Fate {
    /// Microseconds until the node reads it.
    before: u64,
    /// Microseconds until its answer arrives.
    after: u64,
    end: End,
}

enum End {
    Answer,
    Error(SourceError),
    Crash,
}

impl Sim {
    /// A handle to it.
    pub fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    /// The world itself. Nothing waits while it is held.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().expect("a test failed while it changed the world")
    }

    async fn call<T: Send>(
        &self,
        what: &'static str,
        answer: impl FnOnce(&mut World, Node) -> Result<T, SourceError> + Send,
    ) -> Result<T, SourceError> {
        let Fate { before, after, end } = self.world().fate(what);
        self.pass(before).await;
        let answered = match end {
            End::Answer => {
                let mut world = self.world();
                let node = world.some_node();
                answer(&mut world, node)
            }
            End::Error(error) => Err(error),
            End::Crash => match self.crash("crashes in a call").await {},
        };
        self.pass(after).await;
        answered
    }

    async fn pass(&self, microseconds: u64) {
        let key = self.world().fall_asleep(microseconds);
        Passing { sim: self, key }.await;
    }

    /// The indexer dies here.
    async fn crash(&self, what: &str) -> Infallible {
        {
            let mut world = self.world();
            world.tally.count(what);
            world.crashed = true;
        }
        pending().await
    }
}

/// Time that passes.
struct Passing<'a> {
    sim: &'a Sim,
    key: Key,
}

impl Future for Passing<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.sim.world().has_slept(self.key, cx.waker()) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Passing<'_> {
    fn drop(&mut self) {
        self.sim.world().forget_sleeper(self.key);
    }
}

impl World {
    fn fate(&mut self, what: &str) -> Fate {
        self.tally.count(what);
        let slow = happens(&mut self.rng, self.plan.slow);
        let longest = if slow { 15_000_000 } else { self.plan.latency };
        let (before, after) = (self.rng.random_range(0..=longest), self.rng.random_range(0..=longest));
        let end = self.end();
        Fate { before, after, end }
    }

    fn end(&mut self) -> End {
        if happens(&mut self.rng, self.plan.crashes) {
            return End::Crash;
        }
        if self.now() < self.down_until || happens(&mut self.rng, self.plan.failing) {
            self.tally.count("calls that failed");
            return End::Error(SourceError::NoAnswer { url: URL.into(), reason: "it is not its day".into() });
        }
        if self.is_too_much() {
            self.tally.count("calls that were too many");
            let pause =
                self.rng.random::<bool>().then(|| Duration::from_millis(self.rng.random_range(1..4000)));
            return End::Error(SourceError::Limited { url: URL.into(), retry_after: pause });
        }
        End::Answer
    }

    /// Counts the calls of each second.
    fn is_too_much(&mut self) -> bool {
        let second = self.now() / 1_000_000;
        self.calls = if self.calls.0 == second { (second, self.calls.1 + 1) } else { (second, 1) };
        self.calls.1 > self.plan.rate
    }

    fn some_node(&mut self) -> Node {
        let node = self.rng.random_range(0..self.nodes.len());
        self.nodes[node]
    }

    /// Whether the indexer dies in a sleep that begins now. Which of the things that it waits for at the same time it
    /// looks at first is not ours to say, so that this must not depend on what was drawn before.
    fn dies_asleep(&mut self) -> bool {
        happens(&mut StdRng::seed_from_u64(self.now()), self.plan.crashes)
    }

    /// Whether a transaction is given out without what it did.
    pub fn strips(&mut self) -> bool {
        happens(&mut self.rng, self.plan.stripped)
    }
}

#[async_trait]
impl ChainSource for Sim {
    fn url(&self) -> &str {
        URL
    }

    async fn tip(&self) -> Result<Tip, SourceError> {
        self.call("calls for the tip", |world, node| Ok(world.tip(node))).await
    }

    async fn block_time(&self, slot: u64) -> Result<Option<i64>, SourceError> {
        self.call("calls for a block's time", |_, _| Ok(Some(Block::time(slot)))).await
    }

    async fn signatures(&self, page: &Page) -> Result<Vec<SignatureInfo>, SourceError> {
        self.call("calls for a page", |world, node| world.signatures(node, page)).await
    }

    async fn transaction(&self, signature: Signature) -> Result<Option<EncodedTransaction>, SourceError> {
        self.call("calls for a transaction", |world, node| Ok(world.transaction(node, signature))).await
    }

    async fn accounts(&self, addresses: &[Wallet], min_slot: u64) -> Result<AccountsAt, SourceError> {
        self.call("calls for accounts", |world, node| world.accounts(node, addresses, min_slot)).await
    }

    async fn program_accounts(&self, min_slot: u64) -> Result<(u64, Vec<(Wallet, Vec<u8>)>), SourceError> {
        self.call("calls for all accounts", |world, node| world.all_accounts(node, min_slot)).await
    }

    async fn wake_ups(&self, wake: &Notify) -> Infallible {
        loop {
            poll_fn(|cx| {
                let notices = &mut self.world().notices;
                notices.waker = Some(cx.waker().clone());
                notices.arrived = match notices.arrived.checked_sub(1) {
                    Some(left) => left,
                    None => return Poll::Pending,
                };
                Poll::Ready(())
            })
            .await;
            wake.notify_one();
        }
    }

    /// A connection that misses too much is made anew.
    fn unannounced(&self) {
        let mut world = self.world();
        world.tally.count("transactions found that no notice had told of");
        world.notices.missed += 1;
        if world.notices.missed >= 3 {
            (world.silent_until, world.notices.missed) = (0, 0);
        }
    }
}

#[async_trait]
impl Time for Sim {
    fn elapsed(&self) -> Duration {
        Duration::from_micros(self.world().now())
    }

    fn unix(&self) -> i64 {
        let world = self.world();
        Block::time(FIRST_SLOT) + i64::try_from(world.now() / 1_000_000).unwrap_or(i64::MAX)
    }

    async fn sleep(&self, duration: Duration) {
        let dies = self.world().dies_asleep();
        let microseconds = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX / 2);
        self.pass(if dies { microseconds / 2 } else { microseconds }).await;
        if dies {
            match self.crash("crashes in a sleep").await {}
        }
        self.world().rested(duration);
    }
}
