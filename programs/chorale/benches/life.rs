//! Random lives in great number. In the profile everything else is built with:
//!
//!     cargo bench --profile dev -p chorale --bench life -- --steps 200000 --seed 1
//!
//! Prints what happened and how fast; a life in which chain and model disagree is printed, cut short, and fails the run,
//! and so does a run in which something that should have happened did not.

#[path = "../tests/all/life/mod.rs"]
mod life;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use life::{Coverage, Rules, STEPS};

/// What must have happened in a long run, beside every instruction, refusal and event.
const REMARKABLE: [&str; 20] = [
    "a closed account was made again in the same transaction",
    "a co-author left others",
    "a departure completed a rejection",
    "a departure completed an approval",
    "a proposal expired at the very second",
    "a proposal with votes was cancelled: archived thread",
    "a proposal with votes was cancelled: full thread",
    "a seat was given away again while a vote went on",
    "an account was made where lamports were",
    "more than half of all tokens were divided",
    "settings changed while proposals were open",
    "someone voted over the vote of who had the seat before",
    "the author had become a co-author by other means",
    "the last co-author left",
    "the last co-author left open proposals behind",
    "the last seat was taken",
    "the oldest root was forgotten",
    "the treasury was drained",
    "Vote: ThreadFull",
    "Propose: ThreadFull",
];

/// What the command line asks for.
struct Wanted {
    steps: u64,
    seed: u64,
}

impl Wanted {
    /// Reads `--steps N` and `--seed N`; cargo adds `--bench`.
    fn from_args() -> Self {
        let mut wanted = Self { steps: 200_000, seed: 1 };
        let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
        while let Some(name) = args.next() {
            let number = args.next().and_then(|number| number.parse().ok());
            match (name.as_str(), number) {
                ("--steps", Some(steps)) => wanted.steps = steps,
                ("--seed", Some(seed)) => wanted.seed = seed,
                _ => panic!("usage: --steps NUMBER --seed NUMBER"),
            }
        }
        wanted
    }

    fn seeds(&self) -> core::ops::Range<u64> {
        self.seed..self.seed + self.steps.div_ceil(STEPS as u64)
    }
}

fn main() -> ExitCode {
    let wanted = Wanted::from_args();
    println!("lives of the seeds {:?}, {STEPS} steps each", wanted.seeds());
    let began = Instant::now();
    match life::lives(wanted.seeds(), Rules::DESIGN) {
        Ok(all) => tell(&all, began.elapsed()),
        Err(failure) => {
            println!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn tell(all: &Coverage, took: Duration) -> ExitCode {
    print!("{all}");
    let rate = all.steps() as f64 / took.as_secs_f64();
    println!(
        "{} steps in {:.0} s, {rate:.0} a second: chain and model agree",
        all.steps(),
        took.as_secs_f64()
    );
    let missing = all.missing(&REMARKABLE);
    missing.iter().for_each(|missing| println!("{missing}"));
    if missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
