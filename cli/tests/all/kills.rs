//! `kill -9` of the indexer and of PostgreSQL, again and again, while the chain goes on.

use crate::chain::Chain;
use crate::follower::Follower;
use crate::load::Load;
use crate::outcome;
use chorale_testing::Postgres;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Draws the moments.
const SEED: u64 = 4;
const LOAD: Load = Load { transactions: 5_000, per_second: 120 };
/// Kills of the indexer of a SQLite store.
const KILLS: usize = 200;
/// Kills of PostgreSQL, and of the indexer that writes there.
const SERVER_KILLS: usize = 20;
/// How long an indexer lives, in milliseconds: from before it has opened its store to well into its work.
const LIFE: Range<u64> = 20..400;
/// How long PostgreSQL lives, and how long it stays away, in milliseconds.
const SERVER_LIFE: Range<u64> = 300..1_500;
const SERVER_ABSENCE: Range<u64> = 10..500;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_twice_however_often_indexer_and_postgresql_are_killed() {
    let (chain, folder) = (Chain::start(&[]), tempfile::tempdir().unwrap());
    let server = Arc::new(Postgres::start());
    let file = folder.path().join("store.sqlite").display().to_string();
    let sqlite = Follower::new(&chain, "SQLite", file, folder.path());
    let postgres = Follower::new(&chain, "PostgreSQL", server.fresh(), folder.path());
    let begun = Instant::now();
    let (sent, (), ()) =
        tokio::join!(LOAD.send(&chain), kill_indexers(&sqlite), kill_both(&postgres, &server));
    let killed = begun.elapsed();
    tokio::join!(sqlite.catch_up(), postgres.catch_up());
    let caught_up = begun.elapsed();
    outcome::check(&sqlite, &sent);
    outcome::check(&postgres, &sent);
    let transactions = sent.len();
    println!(
        "{transactions} transactions, {KILLS} + {SERVER_KILLS} kills in {killed:?}; caught up after {caught_up:?}; \
         checked after {:?}",
        begun.elapsed()
    );
}

async fn a_while(random: &mut StdRng, milliseconds: Range<u64>) {
    sleep(Duration::from_millis(random.random_range(milliseconds))).await;
}

/// Starts an indexer and kills it at a random moment, again and again.
async fn kill_indexers(follower: &Follower<'_>) {
    let mut random = StdRng::seed_from_u64(SEED);
    for _ in 0..KILLS {
        let mut indexer = follower.start();
        a_while(&mut random, LIFE).await;
        assert!(indexer.ended().is_none(), "it ended by itself: {}", follower.said());
        indexer.kill();
    }
}

/// Kills the server under running indexers, and those, too.
async fn kill_both(follower: &Follower<'_>, server: &Arc<Postgres>) {
    let over = AtomicBool::new(false);
    let indexers = async {
        let mut random = StdRng::seed_from_u64(SEED + 1);
        while !over.load(Ordering::Relaxed) {
            // Without a server to begin with, an indexer says so and ends.
            let _killed_when_dropped = follower.start();
            a_while(&mut random, SERVER_LIFE.start..2 * SERVER_LIFE.end).await;
        }
    };
    let servers = async {
        kill_servers(server).await;
        over.store(true, Ordering::Relaxed);
    };
    tokio::join!(indexers, servers);
}

async fn kill_servers(server: &Arc<Postgres>) {
    let mut random = StdRng::seed_from_u64(SEED + 2);
    for _ in 0..SERVER_KILLS {
        a_while(&mut random, SERVER_LIFE).await;
        blocking(server, Postgres::kill).await;
        a_while(&mut random, SERVER_ABSENCE).await;
        blocking(server, Postgres::start_again).await;
    }
}

/// Starting and stopping a server blocks the thread it is asked from.
pub async fn blocking(server: &Arc<Postgres>, act: fn(&Postgres)) {
    let server = Arc::clone(server);
    tokio::task::spawn_blocking(move || act(&server)).await.expect("the server obeys");
}
