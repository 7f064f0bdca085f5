//! Runs an indexer in the world: it works, time passes when it waits, and it may die at any point.

use super::source::Sim;
use super::world::Step;
use chorale_indexer::IndexerError;
use futures::task::AtomicWaker;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// An indexer at work.
pub type Work = Pin<Box<dyn Future<Output = Result<(), IndexerError>>>>;

/// Why driving ended.
#[derive(Debug)]
pub enum Outcome {
    /// The time is over, or the run is.
    Late,
    /// It is to be dropped.
    Crashed,
    /// It ended by itself.
    Ended(Result<(), IndexerError>),
}

/// Knows whether the indexer wants to be polled, and passes it on.
#[derive(Default)]
struct Flag {
    is_set: AtomicBool,
    outer: AtomicWaker,
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.is_set.store(true, Ordering::SeqCst);
        self.outer.wake();
    }
}

/// Lets an indexer work until a time, in microseconds of virtual time.
///
/// Each thing on the world's agenda happens alone, and only once the indexer has done what it can without it: so what
/// comes first never depends on how fast the machine is. While the store works no time passes.
pub struct Drive<'a> {
    sim: &'a Sim,
    work: &'a mut Work,
    until: u64,
    /// Polls until it dies.
    polls: Option<u32>,
    flag: Arc<Flag>,
    waker: Waker,
}

impl<'a> Drive<'a> {
    /// Drives until then, or until so many polls.
    pub fn new(sim: &'a Sim, work: &'a mut Work, until: u64, polls: Option<u32>) -> Self {
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(Arc::clone(&flag));
        Self { sim, work, until, polls, flag, waker }
    }

    fn dies_now(&mut self) -> bool {
        let Some(left) = self.polls.as_mut() else { return false };
        *left = left.saturating_sub(1);
        *left == 0
    }
}

impl Future for Drive<'_> {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        let this = self.get_mut();
        this.flag.outer.register(cx.waker());
        this.flag.is_set.store(false, Ordering::SeqCst);
        if let Poll::Ready(result) = this.work.as_mut().poll(&mut Context::from_waker(&this.waker)) {
            return Poll::Ready(Outcome::Ended(result));
        }
        if this.dies_now() {
            this.sim.world().tally.count("crashes at a poll");
            return Poll::Ready(Outcome::Crashed);
        }
        if std::mem::take(&mut this.sim.world().crashed) {
            return Poll::Ready(Outcome::Crashed);
        }
        while !this.flag.is_set.load(Ordering::SeqCst) {
            let step = this.sim.world().step(this.until);
            match step {
                Step::Happened => {}
                Step::Busy => return Poll::Pending,
                Step::Late => return Poll::Ready(Outcome::Late),
            }
        }
        // Through the runtime, so that it serves the store's connections too.
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
