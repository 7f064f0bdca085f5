//! Blocks, and what transactions do in them.

use super::act::{Act, draw};
use super::life::{Life, Moment};
use chorale_domain::event::{ChainEvent, Event, EventId};
use chorale_domain::id::Signature;
use rand::Rng;
use rand::rngs::StdRng;
use std::sync::Arc;

/// Unix seconds at slot 0; five slots take two seconds.
const EPOCH: i64 = 1_700_000_000;

/// A transaction, wherever it lands.
#[derive(Debug)]
pub struct Transaction {
    /// Names it.
    pub signature: Signature,
    /// Its instructions.
    pub acts: Vec<Act>,
    /// How many calls to other programs each instruction makes before its events.
    pub noise: u32,
}

/// An inner instruction.
#[derive(Debug)]
pub enum Call {
    /// Of another program.
    Other,
    /// An event of the program.
    Says(Event),
    /// An event of the program that this software cannot read.
    Strange(Vec<u8>),
}

/// A transaction in a block.
#[derive(Debug)]
pub struct Landed {
    /// Which.
    pub transaction: Arc<Transaction>,
    /// What each of its instructions called; `None` if it failed.
    pub calls: Option<Vec<Vec<Call>>>,
    /// Until when it is listed but not given out, in microseconds of virtual time.
    pub withheld_until: u64,
}

impl Landed {
    /// Its events as an indexer must find them.
    pub fn events(&self, slot: u64) -> Vec<ChainEvent> {
        let signature = self.transaction.signature;
        let instructions = (0..).zip(self.calls.iter().flatten());
        let placed = instructions.flat_map(|(instruction, calls)| {
            (0..).zip(calls).filter_map(move |(inner, call)| match call {
                Call::Says(event) => Some((EventId { signature, instruction, inner }, event.clone())),
                Call::Other | Call::Strange(_) => None,
            })
        });
        placed.map(|(id, event)| ChainEvent { id, slot, schema: 1, event }).collect()
    }

    /// Whether something in it cannot be read.
    pub fn is_strange(&self) -> bool {
        self.calls.iter().flatten().flatten().any(|call| matches!(call, Call::Strange(_)))
    }
}

/// A block.
pub struct Block {
    /// Its slot; no other block ever has it.
    pub slot: u64,
    /// The block it builds on.
    pub parent: Option<usize>,
    /// Its transactions, in order.
    pub landed: Vec<Landed>,
    /// The program's state after it.
    pub life: Arc<Life>,
}

impl Block {
    /// The chain's time of a slot.
    pub fn time(slot: u64) -> i64 {
        EPOCH + i64::try_from(slot * 2 / 5).unwrap_or(i64::MAX)
    }
}

/// A block that is being made.
pub struct Making {
    at: Moment,
    parent: usize,
    landed: Vec<Landed>,
    life: Life,
}

impl Making {
    /// Nothing in it yet.
    pub fn on(parent: usize, life: &Life, slot: u64) -> Self {
        let at = Moment { slot, time: Block::time(slot) };
        Self { at, parent, landed: vec![], life: life.clone() }
    }

    /// Puts a transaction in; where it is not possible, it fails there.
    pub fn land(&mut self, transaction: Arc<Transaction>, withheld_until: u64) {
        let mut life = self.life.clone();
        let calls = transaction.acts.iter().map(|act| {
            let said = life.perform(act, self.at)?;
            Some(calls_of(act, said, transaction.noise))
        });
        let calls: Option<Vec<_>> = calls.collect();
        if calls.is_some() {
            self.life = life;
        }
        self.landed.push(Landed { transaction, calls, withheld_until });
    }

    /// A new transaction that is mostly possible here.
    pub fn draw(&self, rng: &mut StdRng) -> Arc<Transaction> {
        let mut life = self.life.clone();
        let count = if rng.random_ratio(1, 5) { rng.random_range(2..4) } else { 1 };
        let acts = (0..count).map(|_| {
            let act = draw(&life, self.at, rng);
            life.perform(&act, self.at);
            act
        });
        let acts = acts.collect();
        let mut signature = [0; 64];
        rng.fill(&mut signature);
        Arc::new(Transaction { signature: Signature(signature), acts, noise: rng.random_range(0..3) })
    }

    /// The block.
    pub fn made(self) -> Block {
        let Self { at, parent, landed, life } = self;
        Block { slot: at.slot, parent: Some(parent), landed, life: Arc::new(life) }
    }
}

fn calls_of(act: &Act, said: Vec<Event>, noise: u32) -> Vec<Call> {
    let others = (0..noise).map(|_| Call::Other);
    let strange = match act {
        Act::Strange(data) => Some(Call::Strange(data.clone())),
        _ => None,
    };
    others.chain(said.into_iter().map(Call::Says)).chain(strange).collect()
}
