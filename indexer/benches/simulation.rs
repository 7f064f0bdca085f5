//! Many seeds of the simulated chain, and what happened in them.
//!
//!     cargo bench --bench simulation -p chorale-indexer -- --seeds 100000 --first 0 --engine sqlite
//!
//! With `--profile dev` after `bench` it is built like the tests, and some times slower. Stops at the first seed that does not end as the oracle says, and says how to repeat it; with `RUST_LOG=debug` the
//! indexer tells what it does.

#[path = "../src/tests/sim/mod.rs"]
mod sim;

use clap::Parser;
use sim::arena::{Arena, Engine};
use sim::run::run;
use sim::tally::Tally;
use std::io::stderr;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tracing_subscriber::EnvFilter;

/// How often to say how far it is.
const REPORT: Duration = Duration::from_secs(10);

/// From so many seeds on everything must have been met.
const MANY: u64 = 1_000;

/// Runs the indexer on simulated chains.
#[derive(Parser)]
struct Options {
    /// How many seeds.
    #[arg(long, default_value_t = 100_000)]
    seeds: u64,
    /// The first one.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// sqlite or postgres.
    #[arg(long, default_value_t = Engine::Sqlite)]
    engine: Engine,
    /// What cargo adds by itself.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_env_filter(EnvFilter::from_default_env()).with_writer(stderr).init();
    match simulate(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("{wrong}");
            ExitCode::FAILURE
        }
    }
}

async fn simulate(options: &Options) -> Result<(), String> {
    let mut arena = Arena::open(options.engine).await.map_err(|error| error.to_string())?;
    let (mut tally, mut reported) = (Tally::default(), Instant::now());
    let began = reported;
    for done in 1..=options.seeds {
        tally.merge(&run(options.first + done - 1, &mut arena).await?);
        if reported.elapsed() >= REPORT || done == options.seeds {
            reported = Instant::now();
            let elapsed = began.elapsed();
            let rate = Duration::from_secs(done).div_duration_f64(elapsed);
            println!("{done} of {} seeds on {}, {rate:.1} a second", options.seeds, options.engine);
        }
    }
    println!("{tally}");
    let missing = tally.missing();
    // So few may well miss something.
    if options.seeds < MANY || missing.is_empty() {
        return Ok(());
    }
    Err(format!("so many seeds should meet everything, but there never was: {}", missing.join(", ")))
}
