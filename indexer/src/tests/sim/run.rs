//! One run: from a seed to the oracle's verdict.

use super::arena::Arena;
use super::drive::{Drive, Outcome, Work};
use super::encode::PROGRAM;
use super::oracle::{Kept, Truth, holds};
use super::source::Sim;
use super::tally::Tally;
use super::world::{Step, World};
use chorale_indexer::time::Time;
use chorale_indexer::{Health, Indexer, Limits, Metrics};
use rand::Rng;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Virtual time after which an indexer that is not done has failed, in microseconds.
const LONGEST: u64 = 1_800_000_000;
/// Real time after which a run hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a seed: what happened in it, or everything that is wrong, with the command that repeats it.
///
/// # Errors
/// The difference between the store and the chain, or how the indexer failed.
pub async fn run(seed: u64, arena: &mut Arena) -> Result<Tally, String> {
    let engine = arena.engine;
    let world = World::new(seed);
    let plan = world.plan.clone();
    let sim = Sim::new(world);
    let outcome = tokio::time::timeout(PATIENCE, live(&sim, arena)).await;
    let outcome = outcome.unwrap_or_else(|_| Err(format!("it hangs for {PATIENCE:?} of real time")));
    outcome.map_err(|wrong| {
        format!(
            "seed {seed} on {engine}: {wrong}\n{plan:?}\nrepeat with CHORALE_SEED={seed} cargo test -p chorale-indexer --lib {engine}"
        )
    })?;
    let mut world = sim.world();
    world.tally.count("runs");
    Ok(std::mem::take(&mut world.tally))
}

async fn live(sim: &Sim, arena: &mut Arena) -> Result<(), String> {
    arena.empty().await.map_err(|error| format!("the store cannot be emptied: {error}"))?;
    begin(&mut sim.world());
    loop {
        let shutdown = CancellationToken::new();
        let Started { mut work, metrics } = start(sim, arena, &shutdown);
        let polls = draw_polls(&mut sim.world());
        match Drive::new(sim, &mut work, LONGEST, polls).await {
            Outcome::Crashed => drop(work),
            Outcome::Ended(result) => return Err(format!("the indexer ended by itself: {result:?}")),
            Outcome::Late => {
                let health = metrics.health(sim.unix());
                shutdown.cancel();
                stop(sim, work).await?;
                return judge(sim, arena, &health).await;
            }
        }
        after_crash(sim, arena).await?;
    }
}

/// The chain runs alone, until the indexer is to come.
fn begin(world: &mut World) {
    let enough = world.left - world.plan.before;
    while world.left > enough {
        world.happen(LONGEST);
    }
}

/// An indexer at work, and its numbers.
pub struct Started {
    /// The work.
    pub work: Work,
    /// The numbers.
    pub metrics: Arc<Metrics>,
}

/// An indexer on the world and the store.
pub fn start(sim: &Sim, arena: &Arena, shutdown: &CancellationToken) -> Started {
    let (poll, live, batch) = {
        let plan = &sim.world().plan;
        (plan.poll, plan.live_limit, plan.batch)
    };
    let (source, time) = (Box::new(sim.clone()), Arc::new(sim.clone()));
    let metrics = Arc::new(Metrics::new(time.clone()));
    let writer = arena.writer.clone();
    let indexer = Indexer::with_source(source, PROGRAM, poll, writer, None, time, Arc::clone(&metrics));
    // The scrubber would work beside it, and time could not know when to pass.
    let limits = Limits { live, batch, scrub: None };
    Started { work: Box::pin(indexer.with_limits(limits).run(shutdown.clone())), metrics }
}

fn draw_polls(world: &mut World) -> Option<u32> {
    let most = world.plan.polls;
    // A world that is healed has no crashes any more.
    (most > 0).then(|| world.rng.random_range(1..=most))
}

async fn stop(sim: &Sim, mut work: Work) -> Result<(), String> {
    match Drive::new(sim, &mut work, LONGEST, None).await {
        Outcome::Ended(Ok(())) => Ok(()),
        other => Err(format!("asked to stop, the indexer did not: {other:?}")),
    }
}

/// Time passes without an indexer. What it left behind must hold already.
async fn after_crash(sim: &Sim, arena: &Arena) -> Result<(), String> {
    if sim.world().rng.random_ratio(1, 2) {
        check(sim, arena).await?;
    }
    let mut world = sim.world();
    let until = world.now() + world.rng.random_range(0..8_000_000);
    while world.happen(until) == Step::Happened {}
    Ok(())
}

async fn check(sim: &Sim, arena: &Arena) -> Result<(), String> {
    let store = arena.writer.store();
    let seen = store.seen().await.map_err(|error| error.to_string())?;
    let (truth, complete) = {
        let world = sim.world();
        let truth = Truth::of(&world.chain, world.chain.head().finalized);
        (truth, seen.and_then(|seen| world.final_at(seen)))
    };
    let wrong = holds(store, &truth, complete).await.map_err(|error| error.to_string())?;
    sim.world().tally.count("checks between two lives");
    if wrong.is_empty() { Ok(()) } else { Err(format!("between two lives: {}", wrong.join("\n"))) }
}

async fn judge(sim: &Sim, arena: &Arena, health: &Health) -> Result<(), String> {
    let kept = Kept::read(arena.writer.store()).await.map_err(|error| error.to_string())?;
    let mut world = sim.world();
    let truth = Truth::of(&world.chain, world.chain.head().confirmed);
    let mut wrong = kept.differences(&truth);
    if !world.is_over() {
        wrong.push("the indexer is not done, though the chain came to its end long ago".into());
    }
    // A life that was cut off before its first look at the chain cannot know.
    if health.tip_slot.is_some() && !health.healthy {
        wrong.push(format!("the indexer says that it is not well: {health:?}"));
    }
    let milliseconds = world.now() / 1_000;
    world.tally.add("milliseconds of virtual time", milliseconds);
    world.tally.add("events that stayed", kept.live.len() as u64);
    world.tally.add("events taken back", kept.retractions as u64);
    for event in &kept.live {
        world.tally.count(&format!("event: {}", event.event.kind()));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}
