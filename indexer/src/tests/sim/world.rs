//! Everything outside the indexer: virtual time, the chain, the nodes, and what goes wrong with them.
//!
//! Time passes only while the indexer waits for it, in a call or a sleep. Nothing here asks a real clock or a random
//! number that does not come from the seed, so a seed always gives the same run.

use super::block::Transaction;
use super::chain::{Chain, Head};
use super::node::Node;
use super::plan::Plan;
use super::tally::Tally;
use chorale_indexer::source::Tip;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

/// Microseconds from one slot to the next.
pub const SLOT: u64 = 400_000;
/// Sleeps of an indexer that has nothing to do, after which it counts as done.
const RESTS: u32 = 2;

/// Names something on the agenda: when, and in which order among what is due then.
pub type Key = (u64, u64);

/// What is going to happen.
pub enum Due {
    /// A call or a sleep of the indexer goes on.
    Sleeper(Option<Waker>),
    /// The next slot.
    Slot,
    /// Nodes and connections change.
    Mood,
    /// A notice arrives.
    Notice,
}

/// What a step came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Something happened.
    Happened,
    /// The indexer does not wait for time to pass: it works.
    Busy,
    /// The time that was given is over, or the run is.
    Late,
}

/// Notices that arrived.
#[derive(Default)]
pub struct Notices {
    /// How many, not passed on yet.
    pub arrived: u32,
    /// Who waits for them.
    pub waker: Option<Waker>,
    /// Times that transactions were found which none had told of, since the last one.
    pub missed: u32,
}

/// See the module.
pub struct World {
    /// How badly everything behaves.
    pub plan: Plan,
    /// The only source of chance.
    pub rng: StdRng,
    /// The chain.
    pub chain: Chain,
    /// The nodes behind the endpoint.
    pub nodes: Vec<Node>,
    /// What happened.
    pub tally: Tally,
    /// Transactions still to be made.
    pub left: u32,
    /// Slots in which things still go wrong once all transactions are made.
    pub aftermath: u32,
    /// Dropped transactions that may land again.
    pub limbo: Vec<Arc<Transaction>>,
    /// Notices to the indexer.
    pub notices: Notices,
    /// The indexer is to be dropped.
    pub crashed: bool,
    /// Nothing answers before then.
    pub down_until: u64,
    /// No notice comes before then.
    pub silent_until: u64,
    /// How many calls there were in which second.
    pub calls: (u64, u32),
    now: u64,
    agenda: BTreeMap<Key, Due>,
    sequence: u64,
    sleepers: usize,
    over: bool,
    rests: u32,
    tips: BTreeMap<u64, u64>,
}

impl World {
    /// The world of a seed.
    pub fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let plan = Plan::draw(&mut rng);
        let aftermath = rng.random_range(0..60);
        let mut world = Self { aftermath, left: plan.transactions, ..Self::with(plan, rng) };
        world.schedule(SLOT, Due::Slot);
        world.schedule(0, Due::Mood);
        world
    }

    /// A world of that character, in which nothing happens by itself.
    pub fn with(plan: Plan, rng: StdRng) -> Self {
        Self {
            nodes: vec![Node::default(); plan.nodes],
            chain: Chain::new(),
            tally: Tally::default(),
            left: 0,
            aftermath: 0,
            limbo: vec![],
            notices: Notices::default(),
            crashed: false,
            down_until: 0,
            silent_until: 0,
            calls: (0, 0),
            now: 0,
            agenda: BTreeMap::new(),
            sequence: 0,
            sleepers: 0,
            over: false,
            rests: 0,
            tips: BTreeMap::new(),
            plan,
            rng,
        }
    }

    /// Microseconds since the world began.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// What a node takes for the head.
    pub fn view(&self, node: Node) -> Head {
        let heard = node.frozen.unwrap_or(self.now).min(self.now);
        self.chain.head_at(heard.saturating_sub(node.lag))
    }

    /// The indexer was told how far the chain is.
    pub fn told(&mut self, tip: Tip) {
        self.tips.insert(tip.confirmed, tip.finalized);
    }

    /// What was final when the indexer was told that the chain is at a slot.
    pub fn final_at(&self, confirmed: u64) -> Option<u64> {
        self.tips.get(&confirmed).copied()
    }

    /// Puts something on the agenda, so many microseconds from now.
    pub fn schedule(&mut self, after: u64, due: Due) -> Key {
        self.sequence += 1;
        let key = (self.now + after, self.sequence);
        self.agenda.insert(key, due);
        key
    }

    /// The indexer waits for time to pass.
    pub fn fall_asleep(&mut self, after: u64) -> Key {
        self.sleepers += 1;
        self.schedule(after, Due::Sleeper(None))
    }

    /// Whether the time has passed; if not, whoever waits is woken then.
    pub fn has_slept(&mut self, key: Key, waker: &Waker) -> bool {
        match self.agenda.get_mut(&key) {
            Some(Due::Sleeper(sleeper)) => {
                *sleeper = Some(waker.clone());
                false
            }
            _ => true,
        }
    }

    /// Nobody waits any more.
    pub fn forget_sleeper(&mut self, key: Key) {
        if self.agenda.remove(&key).is_some() {
            self.sleepers -= 1;
        }
    }

    /// The next thing happens, unless the indexer is at work or it would be too late.
    pub fn step(&mut self, until: u64) -> Step {
        if self.sleepers == 0 {
            return Step::Busy;
        }
        self.happen(until)
    }

    /// The next thing happens, unless it would be too late.
    pub fn happen(&mut self, until: u64) -> Step {
        if self.rests >= RESTS {
            return Step::Late;
        }
        let next = self.agenda.first_key_value().map(|(key, _)| *key);
        let Some(key) = next.filter(|(at, _)| *at <= until) else {
            self.now = self.now.max(until);
            return Step::Late;
        };
        self.now = key.0;
        match self.agenda.remove(&key) {
            Some(Due::Sleeper(waker)) => {
                self.sleepers -= 1;
                waker.into_iter().for_each(Waker::wake);
            }
            Some(Due::Slot) => self.next_slot(),
            Some(Due::Mood) => self.next_mood(),
            Some(Due::Notice) => self.notice(),
            None => {}
        }
        Step::Happened
    }

    fn next_slot(&mut self) {
        self.slot_passes();
        if !self.is_troubled() && self.chain.is_settled() {
            self.over = true;
        } else {
            self.schedule(SLOT, Due::Slot);
        }
    }

    /// Whether the chain has come to its end, and all of it is final.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The indexer slept; so long only when it has nothing to do.
    pub fn rested(&mut self, duration: Duration) {
        if self.over && duration == self.plan.poll {
            self.rests += 1;
        }
    }

    /// A notice is sent, and arrives later.
    pub fn send_notice(&mut self, after: u64) {
        self.schedule(after, Due::Notice);
    }

    fn notice(&mut self) {
        self.tally.count("notices");
        self.notices.arrived += 1;
        self.notices.missed = 0;
        self.notices.waker.take().into_iter().for_each(Waker::wake);
    }
}
