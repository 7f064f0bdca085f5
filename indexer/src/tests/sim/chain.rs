//! The chain: a tree of blocks, and which of them was the head when.

use super::block::{Block, Landed};
use super::life::Life;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many slots a block must be behind the head to be final.
pub const FINALITY: u64 = 32;
/// The slot in which the chain begins.
pub const FIRST_SLOT: u64 = 100;

/// What the chain agreed on at some time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /// Since when, in microseconds of virtual time.
    pub since: u64,
    /// The newest confirmed block.
    pub confirmed: usize,
    /// The newest finalized block, an ancestor of it.
    pub finalized: usize,
}

/// All blocks that ever were, and all heads.
pub struct Chain {
    blocks: Vec<Block>,
    heads: Vec<Head>,
    slots: BTreeSet<u64>,
    /// The slot that is now.
    pub slot: u64,
}

impl Chain {
    /// A chain before the program's first transaction.
    pub fn new() -> Self {
        let genesis =
            Block { slot: FIRST_SLOT, parent: None, landed: vec![], life: Arc::new(Life::default()) };
        let head = Head { since: 0, confirmed: 0, finalized: 0 };
        let slots = BTreeSet::from([FIRST_SLOT]);
        Self { blocks: vec![genesis], heads: vec![head], slots, slot: FIRST_SLOT }
    }

    /// One block.
    pub fn block(&self, block: usize) -> &Block {
        &self.blocks[block]
    }

    /// The head now.
    pub fn head(&self) -> Head {
        self.heads[self.heads.len() - 1]
    }

    /// The head as it was at a time.
    pub fn head_at(&self, time: u64) -> Head {
        let later = self.heads.partition_point(|head| head.since <= time);
        self.heads[later.max(1) - 1]
    }

    /// A block and those it builds on, newest first.
    pub fn path(&self, from: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(from), |block| self.blocks[*block].parent)
    }

    /// The transactions up to a block, newest first, with their slots.
    pub fn landed(&self, from: usize) -> impl Iterator<Item = (u64, &Landed)> {
        let blocks = self.path(from).map(|block| &self.blocks[block]);
        blocks.flat_map(|block| block.landed.iter().rev().map(|landed| (block.slot, landed)))
    }

    /// Whether every transaction is final.
    pub fn is_settled(&self) -> bool {
        let Head { confirmed, finalized, .. } = self.head();
        let mut waiting = self.path(confirmed).take_while(|block| *block != finalized);
        waiting.all(|block| self.blocks[block].landed.is_empty())
    }

    /// Slots after `slot`, up to the one that is now, that no block has.
    pub fn free_slots(&self, slot: u64) -> Vec<u64> {
        (slot + 1..=self.slot).filter(|slot| !self.slots.contains(slot)).collect()
    }

    /// Adds a block, which is no head yet.
    pub fn push(&mut self, block: Block) -> usize {
        assert!(self.slots.insert(block.slot), "slot {} has two blocks", block.slot);
        self.blocks.push(block);
        self.blocks.len() - 1
    }

    /// The chain agrees on another head, which must build on what is final.
    pub fn agree(&mut self, now: u64, confirmed: usize) {
        let old = self.head().finalized;
        assert!(self.path(confirmed).any(|block| block == old), "a fork drops what is final");
        let limit = self.blocks[confirmed].slot.saturating_sub(FINALITY);
        let deep = self.path(confirmed).find(|block| self.blocks[*block].slot <= limit);
        let deeper = deep.filter(|block| self.blocks[*block].slot > self.blocks[old].slot);
        self.heads.push(Head { since: now, confirmed, finalized: deeper.unwrap_or(old) });
    }
}
