//! How long it takes to read one thread with its members and its last 50 messages, as the number of threads grows.

use crate::generate::thread_id;
use anyhow::{Result, ensure};
use chorale_domain::state::EntityKey;
use chorale_store::Store;
use std::time::{Duration, Instant};

const READS: u32 = 4_000;
const MESSAGES: usize = 50;

/// Reads threads all over a store of `threads`.
pub async fn measure(store: &Store, threads: u32) -> Result<()> {
    // Each once: else a small store would be read from what was read before, and a large one from the disk.
    for number in 0..threads {
        one(store, number).await?;
    }
    let mut times = vec![];
    for read in 0..READS {
        // A stride that has no factor in common with any size in use visits all of them, in no order.
        times.push(one(store, read.wrapping_mul(7919) % threads).await?);
    }
    times.sort_unstable();
    let (p50, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    let what = format!("reading one thread of {threads}");
    println!("  {what:<32} p50 {:>6} µs  p99 {:>6} µs", p50.as_micros(), p99.as_micros());
    Ok(())
}

async fn one(store: &Store, number: u32) -> Result<Duration> {
    let thread = thread_id(number);
    let began = Instant::now();
    let found = store.entity(&EntityKey::Thread(thread)).await?;
    let members = store.members(thread).await?;
    let messages = store.latest_messages(thread, None, MESSAGES).await?;
    let took = began.elapsed();
    ensure!(found.is_some() && members.len() == 2 && messages.len() >= 13, "thread {number} is not whole");
    Ok(took)
}
