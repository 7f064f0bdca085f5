//! A fixed history of 200,000 events in 10,000 threads, on both engines:
//!
//!     cargo bench -p chorale-store --bench history
//!
//! Prints events applied per second beside the limit: the same rows written by plain multi-row INSERTs in transactions
//! of the same size, in the same run. Then how fast a store is verified and built again from a backup, the memory
//! held, and how long it takes to read one thread. Fails where the store reaches less than half of the limit.
//! `--threads N` makes another size, `--engine sqlite|postgres` one engine only.

mod generate;
mod limit;
mod place;
mod reading;

use anyhow::{Result, ensure};
use chorale_store::copy::{backup, restore};
use chorale_store::{Batch, Location, Store, Writer};
use generate::{EVENTS_PER_THREAD, History};
use place::{clock, new_store, resident};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Transactions of a batch, as the indexer has it.
const BATCH: usize = 256;
/// What the store must reach of the limit.
const SHARE: f64 = 0.5;

/// What the command line asks for.
struct Wanted {
    threads: u32,
    engines: Vec<&'static str>,
}

impl Wanted {
    fn from_args() -> Self {
        let mut wanted = Self { threads: 10_000, engines: vec!["SQLite", "PostgreSQL"] };
        let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
        while let Some(name) = args.next() {
            match (name.as_str(), args.next().as_deref()) {
                ("--threads", Some(number)) => wanted.threads = number.parse().expect("a number of threads"),
                ("--engine", Some("sqlite")) => wanted.engines = vec!["SQLite"],
                ("--engine", Some("postgres")) => wanted.engines = vec!["PostgreSQL"],
                _ => panic!("usage: --threads NUMBER --engine sqlite|postgres"),
            }
        }
        wanted
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let wanted = Wanted::from_args();
    let (threads, events) = (wanted.threads, wanted.threads * EVENTS_PER_THREAD + 1);
    println!("{events} events in {threads} threads, {BATCH} transactions a batch");
    let mut shares = vec![];
    for engine in wanted.engines {
        println!("\n{engine}");
        shares.push((engine, measure(engine, threads).await?));
    }
    for (engine, share) in shares {
        ensure!(share >= SHARE, "{engine} reaches {share:.2} of the limit, not {SHARE}");
    }
    Ok(())
}

async fn measure(engine: &str, threads: u32) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    small(engine, &folder, threads / 10).await?;
    let location = new_store(engine, folder.path(), "applied");
    let (took, ends) = apply(&location, threads).await?;
    let events = ends.last().copied().unwrap_or(0);
    let plain = new_store(engine, folder.path(), "plain");
    let limit = limit::write_plainly(&location, &plain, &ends).await?;
    line("applied", events, took);
    line("the limit, plain INSERTs", events, limit);
    let share = limit.as_secs_f64() / took.as_secs_f64();
    println!("  {:<32} {share:>10.2}", "share of the limit");
    let store = Store::open(&location, clock()).await?;
    verify(&store, events).await?;
    rebuild(engine, &store, &folder, events).await?;
    reading::measure(&store, threads).await?;
    Ok(share)
}

/// A tenth of it, first: what memory and reading are compared with.
async fn small(engine: &str, folder: &TempDir, threads: u32) -> Result<()> {
    let location = new_store(engine, folder.path(), "small");
    apply(&location, threads).await?;
    reading::measure(&Store::open(&location, clock()).await?, threads).await
}

/// Applies the whole history; returns how long the store took, and the last sequence of each batch.
async fn apply(location: &Location, threads: u32) -> Result<(Duration, Vec<i64>)> {
    let writer = Writer::open(location, clock()).await?;
    let (mut history, mut took, mut ends) = (History::of(threads), Duration::ZERO, vec![]);
    loop {
        let transactions: Vec<_> = history.by_ref().take(BATCH).collect();
        if transactions.is_empty() {
            break;
        }
        let began = Instant::now();
        let applied = writer.apply(Batch { transactions }).await?;
        took += began.elapsed();
        ends.push(applied.last_sequence);
    }
    let events = ends.last().copied().unwrap_or(0);
    println!("  {:<32} {:>10} MiB", format!("memory after {events} events"), resident());
    writer.close().await;
    Ok((took, ends))
}

async fn verify(store: &Store, events: i64) -> Result<()> {
    let began = Instant::now();
    let findings = store.verify(&mut |_| ()).await?;
    ensure!(findings.is_empty(), "a fresh store has findings: {findings:?}");
    line("verified", events, began.elapsed());
    println!("  {:<32} {:>10} MiB", "memory after verifying", resident());
    Ok(())
}

async fn rebuild(engine: &str, store: &Store, folder: &TempDir, events: i64) -> Result<()> {
    let copy = folder.path().join("backup");
    let began = Instant::now();
    backup(store, &copy, &mut |_| ()).await?;
    line("backed up", events, began.elapsed());
    let began = Instant::now();
    let target = new_store(engine, folder.path(), "restored");
    restore(&copy, &target, None, clock(), &mut |_| ()).await?;
    line("rebuilt from the backup", events, began.elapsed());
    Ok(())
}

fn line(what: &str, events: i64, took: Duration) {
    let seconds = took.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = events as f64 / seconds;
    println!("  {what:<32} {rate:>10.0} events/s  ({seconds:.1} s)");
}
