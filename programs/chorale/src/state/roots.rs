//! State roots that the anchor authority posted.

use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};

use crate::error::ChoraleError;
use crate::state::LAYOUT_VERSION;
use crate::state::thread::require_hash;

/// State roots that are kept.
pub const MAX_ROOTS: usize = 32;

/// The last state roots. Address: [`crate::seeds::ROOTS`].
#[account]
pub struct Roots {
    /// See [`LAYOUT_VERSION`].
    pub version: u8,
    /// Roots held, up to [`MAX_ROOTS`].
    pub count: u8,
    /// Where in `ring` the next root goes.
    pub next: u8,
    /// Bump of this account's address.
    pub bump: u8,
    /// The roots; once full the oldest is overwritten.
    pub ring: [AnchoredRoot; MAX_ROOTS],
}

/// The root of the whole state as of a finalized slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct AnchoredRoot {
    /// The slot.
    pub slot: PodU64,
    /// The root.
    pub root: [u8; 32],
}

impl Roots {
    pub(crate) fn begin(&mut self, bump: u8) {
        self.version = LAYOUT_VERSION;
        self.bump = bump;
    }

    /// The newest root.
    #[must_use]
    pub fn last(&self) -> Option<&AnchoredRoot> {
        let newest = (usize::from(self.next) + MAX_ROOTS - 1) % MAX_ROOTS;
        (self.count > 0).then_some(&self.ring[newest])
    }

    /// The roots held, oldest first.
    pub fn oldest_first(&self) -> impl Iterator<Item = &AnchoredRoot> {
        let count = usize::from(self.count).min(MAX_ROOTS);
        let oldest = usize::from(self.next) + MAX_ROOTS - count;
        (oldest..oldest + count).map(|index| &self.ring[index % MAX_ROOTS])
    }

    /// Keeps the root of a slot that is newer than all before it and not beyond the chain's own.
    pub(crate) fn anchor(&mut self, slot: u64, root: [u8; 32], chain_slot: u64) -> Result<()> {
        require_hash(&root)?;
        require!(slot <= chain_slot, ChoraleError::SlotInFuture);
        require!(self.last().is_none_or(|last| slot > last.slot.get()), ChoraleError::SlotNotGrowing);
        let place = self.ring.get_mut(usize::from(self.next)).ok_or(ChoraleError::InvariantBroken)?;
        *place = AnchoredRoot { slot: slot.into(), root };
        #[expect(clippy::cast_possible_truncation, reason = "both stay within MAX_ROOTS")]
        {
            self.next = ((usize::from(self.next) + 1) % MAX_ROOTS) as u8;
            self.count = (usize::from(self.count) + 1).min(MAX_ROOTS) as u8;
        }
        self.invariant()
    }

    /// What must hold after every change: until the ring is full the next root goes after the last.
    fn invariant(&self) -> Result<()> {
        let (count, next) = (usize::from(self.count), usize::from(self.next));
        let sound = next < MAX_ROOTS && (count == MAX_ROOTS || count == next);
        require!(sound, ChoraleError::InvariantBroken);
        Ok(())
    }
}
