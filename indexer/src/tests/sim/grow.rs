//! How the chain grows: slot by slot, with forks.

use super::act::Act;
use super::block::{Making, Transaction};
use super::chain::FINALITY;
use super::plan::happens;
use super::world::World;
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use std::sync::Arc;

impl World {
    /// The next slot: a block, none, or another fork.
    pub fn slot_passes(&mut self) {
        self.chain.slot += 1;
        self.tally.count("slots");
        self.settle_down();
        if happens(&mut self.rng, self.plan.forks) && self.fork() {
            return;
        }
        if happens(&mut self.rng, self.plan.skipped) {
            self.tally.count("slots skipped");
            return;
        }
        let block = self.grow(self.chain.head().confirmed, self.chain.slot, vec![]);
        self.agree(block);
    }

    fn settle_down(&mut self) {
        if self.left > 0 {
            return;
        }
        self.aftermath = self.aftermath.saturating_sub(1);
        if self.aftermath == 0 {
            self.tally.add("transactions that never landed again", self.limbo.len() as u64);
            self.limbo.clear();
            self.heal();
        }
    }

    /// A block with these transactions, some from limbo and some new ones.
    fn grow(&mut self, parent: usize, slot: u64, again: Vec<Arc<Transaction>>) -> usize {
        let life = Arc::clone(&self.chain.block(parent).life);
        let mut making = Making::on(parent, &life, slot);
        for transaction in again.into_iter().chain(self.leave_limbo()) {
            self.tally.count("transactions that landed again");
            making.land(transaction, self.withheld_until());
        }
        let new = self.rng.random_range(0..=self.plan.crowd).min(self.left);
        self.left -= new;
        for _ in 0..new {
            let transaction = making.draw(&mut self.rng);
            making.land(transaction, self.withheld_until());
        }
        let block = making.made();
        self.tally.add("transactions", block.landed.len() as u64);
        let failed = block.landed.iter().filter(|landed| landed.calls.is_none()).count();
        self.tally.add("transactions that failed", failed as u64);
        self.chain.push(block)
    }

    fn leave_limbo(&mut self) -> Vec<Arc<Transaction>> {
        let all = std::mem::take(&mut self.limbo);
        let (leaving, staying) = all.into_iter().partition(|_| self.rng.random_ratio(1, 3));
        self.limbo = staying;
        leaving
    }

    fn withheld_until(&mut self) -> u64 {
        if happens(&mut self.rng, self.plan.withheld) {
            return self.now() + self.rng.random_range(0..8_000_000);
        }
        0
    }

    /// The chain agrees on a block: everyone who listens is told, as far as notices come.
    pub fn agree(&mut self, block: usize) {
        self.chain.agree(self.now(), block);
        let landed = self.chain.block(block).landed.len();
        if landed == 0 || self.now() < self.silent_until {
            return;
        }
        for _ in 0..self.rng.random_range(1..3) {
            if happens(&mut self.rng, self.plan.lost) {
                self.tally.count("notices lost");
            } else {
                let after = self.rng.random_range(0..2_000_000);
                self.send_notice(after);
            }
        }
    }

    /// The chain agrees on another fork than before; false if there is none that it could be.
    fn fork(&mut self) -> bool {
        let depth = if self.rng.random_ratio(1, 4) { 1..=3 } else { 1..=self.plan.deepest.max(1) };
        let depth = self.rng.random_range(depth);
        let Some(point) = self.fork_point(depth) else { return false };
        let head = self.chain.head().confirmed;
        self.tally.fork(self.chain.block(head).slot - self.chain.block(point).slot);
        let again = self.drop_after(point);
        let block = self.branch(point, again);
        self.agree(block);
        true
    }

    /// The block to go back to, so that about `depth` slots are dropped, and nothing that is final.
    fn fork_point(&self, depth: u64) -> Option<usize> {
        let head = self.chain.head();
        let slot = |block: usize| self.chain.block(block).slot;
        let lowest = slot(head.finalized).max(slot(head.confirmed).saturating_sub(FINALITY));
        let above = self.chain.path(head.confirmed).skip(1).take_while(|block| slot(*block) >= lowest);
        let above: Vec<_> = above.collect();
        let wanted = above.iter().find(|block| slot(**block) + depth <= slot(head.confirmed));
        wanted.or(above.last()).copied()
    }

    /// What lands again at once. The rest goes to limbo, or never comes back.
    fn drop_after(&mut self, point: usize) -> Vec<Arc<Transaction>> {
        let head = self.chain.head().confirmed;
        let blocks: Vec<_> = self.chain.path(head).take_while(|block| *block != point).collect();
        let mut again = vec![];
        for block in blocks.into_iter().rev() {
            for landed in &self.chain.block(block).landed {
                self.tally.count("transactions dropped by forks");
                let essential = matches!(landed.transaction.acts[..], [Act::Initialize, ..]);
                match self.rng.random_range(0..10_u8) {
                    0..6 => again.push(Arc::clone(&landed.transaction)),
                    _ if essential => again.push(Arc::clone(&landed.transaction)),
                    6..8 => self.limbo.push(Arc::clone(&landed.transaction)),
                    _ => self.tally.count("transactions that vanished"),
                }
            }
        }
        if self.rng.random() {
            again.shuffle(&mut self.rng);
        }
        again
    }

    /// Grows another fork from a block, in slots that it had left out, or now.
    fn branch(&mut self, point: usize, again: Vec<Arc<Transaction>>) -> usize {
        let free = self.chain.free_slots(self.chain.block(point).slot);
        let count = self.rng.random_range(1..=4);
        let mut slots: Vec<_> = free.choose_multiple(&mut self.rng, count).copied().collect();
        slots.sort_unstable();
        let mut again = again.into_iter().peekable();
        let share = again.len().div_ceil(slots.len());
        slots.into_iter().fold(point, |parent, slot| {
            let part = again.by_ref().take(share).collect();
            self.grow(parent, slot, part)
        })
    }
}
