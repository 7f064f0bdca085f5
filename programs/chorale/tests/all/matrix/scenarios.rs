//! For every instruction a world in which it goes through.

use super::world::{SOLE, World};
use crate::harness::*;
use chorale::build;
use chorale_domain::id::ThreadId;
use solana_instruction::Instruction;

pub struct Scenario {
    /// As in the IDL.
    pub instruction: &'static str,
    /// What is special where an instruction has several scenarios.
    pub story: &'static str,
    pub begin: fn() -> World,
    /// Brings the world to where the instruction it returns goes through.
    pub prepare: fn(&mut World) -> Instruction,
}

impl Scenario {
    pub fn name(&self) -> String {
        format!("{} {}", self.instruction, self.story).trim().to_owned()
    }
}

const fn of(
    instruction: &'static str,
    story: &'static str,
    prepare: fn(&mut World) -> Instruction,
) -> Scenario {
    Scenario { instruction, story, begin: World::full, prepare }
}

pub const SCENARIOS: &[Scenario] = &[
    Scenario { begin: World::bare, ..of("initialize", "", initialize) },
    of("vote", "that leaves it open", vote),
    of("vote", "that approves", |world| {
        world.vote("bob", THREAD, hash(1), "carol", true);
        vote(world)
    }),
    of("vote", "that rejects", |world| {
        let stake = world.stake(THREAD, hash(1));
        build::vote(world.id("alice"), THREAD, hash(1), world.id("carol"), stake, false)
    }),
    of("publish", "", |world| build::publish(world.id("alice"), THREAD, hash(0x71))),
    of("propose", "", |world| {
        build::propose(&world.chain.deployment, world.id("eve"), THREAD, hash(0x71), 250, 0)
    }),
    of("settle", "that approves", |world| settle(world, true)),
    of("settle", "that rejects", |world| settle(world, false)),
    of("expire", "", |world| {
        world.chain.wait(TTL);
        build::expire(world.id("eve"), THREAD, hash(1), world.id("carol"))
    }),
    of("cancel", "", |world| build::cancel(&world.chain.deployment, world.id("carol"), THREAD, hash(1))),
    of("claim", "", |world| build::claim(&world.chain.deployment, world.id("alice"), THREAD)),
    of("divest", "", |world| build::divest(&world.chain.deployment, world.id("alice"), THREAD, 0)),
    of("create_thread", "", |world| build::create_thread(world.id("eve"), ThreadId([11; 32]), 10_000)),
    of("archive", "", |world| build::archive(world.id("alice"), SOLE)),
    of("anchor_root", "", |world| build::anchor_root(world.id("anchor"), 6, [6; 32])),
    of("update_config", "", |world| build::update_config(world.id("authority"), world.new_settings())),
    of("propose_authority", "", |world| {
        build::propose_authority(world.id("authority"), Some(world.id("eve")))
    }),
    of("accept_authority", "", |world| build::accept_authority(world.id("heir"))),
    of("set_paused", "", |world| build::set_paused(world.id("authority"), true)),
    of("withdraw_treasury", "", |world| {
        build::withdraw_treasury(&world.chain.deployment, world.id("authority"), 100)
    }),
];

fn initialize(world: &mut World) -> Instruction {
    build::initialize(&world.chain.deployment, world.id("authority"), SETTINGS)
}

fn vote(world: &mut World) -> Instruction {
    let stake = world.stake(THREAD, hash(1));
    build::vote(world.id("alice"), THREAD, hash(1), world.id("carol"), stake, true)
}

/// Alice approves, then bob leaves and alice's vote decides. To be rejected it takes a threshold thread, where one
/// denial of three leaves it open and one denial of two does not.
fn settle(world: &mut World, approve: bool) -> Instruction {
    let thread = if approve { THREAD } else { world.threshold_thread() };
    world.vote("alice", thread, hash(1), "carol", approve);
    world.run(build::divest(&world.chain.deployment, world.id("bob"), thread, 0));
    build::settle(world.id("eve"), thread, hash(1), world.id("carol"))
}
