//! Random lives: sequences of all instructions by honest and hostile wallets, on the built program and on a model that
//! says after every step what must be there.
//!
//! [`step`] is what a life is made of, [`draw`] draws it, [`model`] says what should come of it and [`layout`] how that
//! looks in accounts, [`chain`] does it, [`compare`] holds the two against each other, and [`shrink`] shortens a life
//! that goes wrong.

mod chain;
mod compare;
mod coverage;
mod draw;
mod driver;
mod failure;
mod layout;
mod model;
mod names;
mod shrink;
mod step;

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

pub use coverage::Coverage;
pub use driver::STEPS;
pub use failure::Failure;
pub use model::Rules;

/// Lives the lives of some seeds, on every core.
///
/// # Errors
/// The first life that goes wrong, cut short.
pub fn lives(seeds: Range<u64>, rules: Rules) -> Result<Coverage, Failure> {
    let next = AtomicU64::new(seeds.start);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let (mut all, mut failures) = (Coverage::default(), vec![]);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(|| work(&next, seeds.end, rules))).collect();
        for worker in workers {
            match worker.join().expect("a worker does not panic") {
                Ok(coverage) => all.add(&coverage),
                Err(failure) => failures.push(failure),
            }
        }
    });
    // Every life before a failed one was lived to its end, so the first to fail is the same in every run.
    failures.into_iter().min_by_key(|failure| failure.seed).map_or(Ok(all), Err)
}

/// Lives one life after the other until all are lived, or one goes wrong.
fn work(next: &AtomicU64, end: u64, rules: Rules) -> Result<Coverage, Failure> {
    let mut all = Coverage::default();
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= end {
            return Ok(all);
        }
        all.add(&live(seed, rules).inspect_err(|_| next.store(end, Ordering::Relaxed))?);
    }
}

fn live(seed: u64, rules: Rules) -> Result<Coverage, Failure> {
    driver::live(seed, rules).map_err(|found| {
        let after = found.steps.len();
        Failure { seed, after, shrunk: shrink::shrink(found, rules) }
    })
}
