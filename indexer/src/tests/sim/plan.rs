//! What a seed has in store: how much happens, and how badly everything behaves.

use rand::Rng;
use rand::rngs::StdRng;
use std::time::Duration;

/// How often something happens, of 1,000 times.
pub type Permille = u32;

/// The character of one run. Each is drawn, so that some runs are all forks, some all crashes, some all calm.
#[derive(Clone, Debug)]
pub struct Plan {
    /// New transactions, besides those that land again.
    pub transactions: u32,
    /// The most new ones in one block.
    pub crowd: u32,
    /// How many there are before the indexer starts.
    pub before: u32,
    /// Slots without a block.
    pub skipped: Permille,
    /// Slots in which the chain agrees on another fork.
    pub forks: Permille,
    /// How many slots a fork drops at most.
    pub deepest: u64,
    /// Nodes behind the endpoint.
    pub nodes: usize,
    /// How far a node may lag, in microseconds.
    pub lag: u64,
    /// How long a call takes, in microseconds.
    pub latency: u64,
    /// Calls that take seconds.
    pub slow: Permille,
    /// Calls that fail.
    pub failing: Permille,
    /// Calls in a second before the endpoint says it is too much.
    pub rate: u32,
    /// Changes of mood in which a node forgets old history.
    pub forgetting: Permille,
    /// Changes of mood after which nothing answers for a while.
    pub outages: Permille,
    /// Transactions that are listed, but not given out at once.
    pub withheld: Permille,
    /// Transactions given out without what they did.
    pub stripped: Permille,
    /// Signatures on one page; pages get shorter by chance.
    pub page: usize,
    /// Notices that are lost.
    pub lost: Permille,
    /// Changes of mood in which the connection goes silent.
    pub silence: Permille,
    /// Calls and sleeps that never return, because the indexer dies.
    pub crashes: Permille,
    /// It also dies at every so many polls, inside the store too; 0 for never.
    pub polls: u32,
    /// How often the indexer looks without being woken.
    pub poll: Duration,
    /// More finalized transactions than these are read from the newest to the oldest first.
    pub live_limit: usize,
    /// How many are written together.
    pub batch: usize,
}

impl Plan {
    /// Draws one.
    pub fn draw(rng: &mut StdRng) -> Self {
        let calm = rng.random_ratio(1, 4);
        let transactions = rng.random_range(10..70);
        let early = rng.random_ratio(1, 3);
        let mut often = |chance: u32, most: Permille| match calm || !rng.random_ratio(chance, 10) {
            true => 0,
            false => rng.random_range(1..=most),
        };
        Self {
            forks: often(7, 150),
            slow: often(4, 60),
            failing: often(5, 150),
            forgetting: often(4, 400),
            outages: often(3, 250),
            withheld: often(4, 300),
            stripped: often(2, 50),
            lost: often(5, 1000),
            silence: often(3, 500),
            crashes: often(6, 60),
            skipped: often(6, 500),
            polls: often(2, 400),
            transactions,
            crowd: rng.random_range(1..6),
            before: if early { rng.random_range(0..=transactions) } else { 0 },
            deepest: if rng.random_ratio(1, 5) { 3 } else { 32 },
            nodes: rng.random_range(1..=4),
            lag: if calm || rng.random() { 0 } else { rng.random_range(0..20_000_000) },
            latency: 1_000 << rng.random_range(0..9),
            rate: if rng.random_ratio(1, 4) { rng.random_range(4..20) } else { u32::MAX },
            page: match rng.random_range(0..4_u8) {
                0 => rng.random_range(1..6),
                1 => rng.random_range(6..40),
                _ => 1000,
            },
            poll: Duration::from_micros(rng.random_range(400_001..2_500_000)),
            live_limit: rng.random_range(5..60),
            batch: if rng.random() { rng.random_range(1..=8) } else { 256 },
        }
    }

    /// A world in which nothing goes wrong, and nothing happens by itself.
    pub fn still() -> Self {
        Self {
            transactions: 0,
            crowd: 0,
            before: 0,
            skipped: 0,
            forks: 0,
            deepest: 0,
            nodes: 1,
            lag: 0,
            latency: 20_000,
            slow: 0,
            failing: 0,
            rate: u32::MAX,
            forgetting: 0,
            outages: 0,
            withheld: 0,
            stripped: 0,
            page: 1000,
            lost: 0,
            silence: 0,
            crashes: 0,
            polls: 0,
            poll: Duration::from_micros(1_000_001),
            live_limit: 20,
            batch: 5,
        }
    }
}

/// Whether something happens that happens so often.
pub fn happens(rng: &mut StdRng, often: Permille) -> bool {
    often > 0 && rng.random_range(0..1000) < often
}
