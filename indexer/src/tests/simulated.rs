//! Many seeds, each of which must end as the oracle says.

use super::sim::arena::{Arena, Engine};
use super::sim::run::run;
use super::sim::tally::Tally;
use super::sim::world::World;
use std::ops::Range;

mod judging;

const SHARDS: u64 = 4;
const SEEDS: u64 = 1_000;

/// All seeds of a shard, or the one in `CHORALE_SEED`, which the first shard runs.
fn seeds(shard: u64) -> Range<u64> {
    match std::env::var("CHORALE_SEED") {
        Ok(seed) if shard == 0 => {
            let seed = seed.parse().expect("CHORALE_SEED is a number");
            seed..seed + 1
        }
        Ok(_) => 0..0,
        Err(_) => shard * SEEDS / SHARDS..(shard + 1) * SEEDS / SHARDS,
    }
}

/// Whether a single seed is repeated.
fn is_one() -> bool {
    std::env::var("CHORALE_SEED").is_ok()
}

fn simulate(engine: Engine, shard: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut arena = Arena::open(engine).await.unwrap();
        let mut tally = Tally::default();
        for seed in seeds(shard) {
            tally.merge(&run(seed, &mut arena).await.unwrap_or_else(|wrong| panic!("{wrong}")));
        }
        println!("{tally}");
        let missing = tally.missing();
        assert!(is_one() || missing.is_empty(), "these seeds never meet {missing:?}");
    });
}

macro_rules! shards {
    ($($name:ident: $engine:ident $shard:expr,)*) => {
        $(#[test]
        fn $name() {
            simulate(Engine::$engine, $shard);
        })*
    };
}

shards! {
    a_quarter_of_all_seeds_ends_as_the_oracle_says_on_sqlite_1: Sqlite 0,
    a_quarter_of_all_seeds_ends_as_the_oracle_says_on_sqlite_2: Sqlite 1,
    a_quarter_of_all_seeds_ends_as_the_oracle_says_on_sqlite_3: Sqlite 2,
    a_quarter_of_all_seeds_ends_as_the_oracle_says_on_sqlite_4: Sqlite 3,
    a_quarter_of_all_seeds_ends_as_the_oracle_says_on_postgres_1: Postgres 0,
    a_quarter_of_all_seeds_ends_as_the_oracle_says_on_postgres_2: Postgres 1,
    a_quarter_of_all_seeds_ends_as_the_oracle_says_on_postgres_3: Postgres 2,
    a_quarter_of_all_seeds_ends_as_the_oracle_says_on_postgres_4: Postgres 3,
}

#[tokio::test]
async fn a_seed_always_gives_the_same_run() {
    let mut arena = Arena::open(Engine::Sqlite).await.unwrap();
    for seed in (0..40).filter(|seed| World::new(*seed).plan.polls == 0) {
        let first = run(seed, &mut arena).await.unwrap();
        assert_eq!(run(seed, &mut arena).await.unwrap(), first, "seed {seed}");
    }
}
