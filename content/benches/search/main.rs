//! Search by meaning within a thread, among 100,000 messages, beside other indexes that search without a filter:
//!
//!     scripts/bench-search            # installs the others; arguments go to the bench
//!     cargo bench -p chorale-content --bench search
//!
//! What is measured is the whole of `ContentStore::search`: a store in a folder, filled by `put` and its own worker,
//! asked by a co-author of a thread for what in that thread means the same, with every check on the way, and answering
//! with the bodies. What is left out is the model, whose vectors are ready (see `messages`). The others hold nothing but
//! the same vectors in memory and answer with numbers, each at the first setting that finds as much.
//!
//! One query follows the other. Prints recall@10 against comparing with every message that the reader may find there,
//! queries per second of the clock and of the processors, and the ratios; fails where fewer than 99 of 100 are found.
//! `--messages N` makes another size; `--folder DIR` keeps the store there and goes on with the one that is there.

mod messages;
mod model;
mod options;
mod ours;
mod peer;
mod reached;
mod truth;

use anyhow::{Result, ensure};
use messages::Messages;
use options::Options;
use ours::{Scope, Store};
use reached::Reached;
use std::sync::Arc;
use std::time::Instant;

/// Results of a query.
pub const TOP: usize = 10;

/// What must be found of the true results.
const RECALL: f64 = 0.99;

/// How often all queries are asked; the median round counts.
pub const ROUNDS: usize = 5;

fn main() -> Result<()> {
    let options = Options::from_arguments()?;
    let messages = Arc::new(Messages::new(options.messages));
    println!(
        "{} messages of {} numbers in {} threads, {} queries, {ROUNDS} rounds",
        messages.all.len(),
        messages::DIMENSIONS,
        messages.threads(),
        messages.queries.len()
    );
    let began = Instant::now();
    let runtime = tokio::runtime::Runtime::new()?;
    let folder = options.folder()?;
    let store = runtime.block_on(Store::filled(&messages, &folder))?;
    println!("stored, embedded and indexed in {:.0?}", began.elapsed());
    let within = ours::measure(&runtime, &store, &messages, Scope::Thread)?;
    let anywhere = ours::measure(&runtime, &store, &messages, Scope::Public)?;
    runtime.block_on(store.close())?;
    report(&within, &anywhere, &peer::measure(&messages, RECALL)?);
    ensure!(within.recall >= RECALL, "recall within a thread is {:.4}, not {RECALL}", within.recall);
    Ok(())
}

fn report(within: &Reached, anywhere: &Reached, peers: &[Reached]) {
    println!("\n{:<36} {:>9} {:>10} {:>13}", "", "recall@10", "queries/s", "per CPU second");
    for reached in [within, anywhere].into_iter().chain(peers) {
        println!("{reached}");
    }
    println!();
    for peer in peers {
        println!(
            "Chorale within a thread against {}: {:.2} by the clock, {:.2} by the processors",
            peer.name,
            within.per_second / peer.per_second,
            within.per_cpu_second / peer.per_cpu_second
        );
    }
}
