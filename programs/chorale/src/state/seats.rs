//! Who owns a thread.

use anchor_lang::address_eq;
use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};

use crate::error::ChoraleError;

/// Seats of a thread.
pub const MAX_CO_AUTHORS: usize = 32;

/// The co-authors of a thread. A seat keeps its place as long as it is taken, and is given away again when its member
/// left; a ballot has one place for each seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Seats {
    /// Seats taken.
    pub count: u8,
    /// One more than the index of the last seat taken; those from there on are zero.
    pub used: u8,
    /// The seats, free ones with the number [`Member::NOBODY`] among them.
    pub members: [Member; MAX_CO_AUTHORS],
}

/// One co-author's seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Member {
    /// Who.
    pub wallet: Address,
    /// What can be claimed, in base units.
    pub claimable: PodU64,
    /// Unix seconds.
    pub joined_at: PodI64,
    /// Never given to anyone else in this thread.
    pub number: PodU32,
}

impl Member {
    /// The number of a free seat. No member gets it.
    pub const NOBODY: u32 = u32::MAX;

    fn free() -> Self {
        Self { number: Self::NOBODY.into(), ..Self::zeroed() }
    }

    fn is_free(&self) -> bool {
        self.number.get() == Self::NOBODY
    }
}

impl Seats {
    /// The co-authors, in the order of their seats.
    pub fn taken(&self) -> impl Iterator<Item = &Member> + Clone {
        self.up_to_last().iter().filter(|member| !member.is_free())
    }

    /// The seats up to the last one taken, free ones among them.
    pub(super) fn up_to_last(&self) -> &[Member] {
        &self.members[..usize::from(self.used).min(MAX_CO_AUTHORS)]
    }

    pub(super) fn up_to_last_mut(&mut self) -> &mut [Member] {
        &mut self.members[..usize::from(self.used).min(MAX_CO_AUTHORS)]
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::from(self.count)
    }

    /// Whether everyone left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether there is no free seat.
    #[must_use]
    pub fn is_full(&self) -> bool {
        usize::from(self.count) >= MAX_CO_AUTHORS
    }

    /// Where a wallet sits. Free seats have the all-zero address, which is no wallet's.
    pub(crate) fn position(&self, wallet: &Address) -> Result<usize> {
        let seat = self.up_to_last().iter().position(|member| address_eq(&member.wallet, wallet));
        Ok(seat.ok_or(ChoraleError::NotCoAuthor)?)
    }

    /// The seat of a current co-author.
    pub(crate) fn of(&self, wallet: &Address) -> Result<&Member> {
        Ok(&self.members[self.position(wallet)?])
    }

    /// Gives the first free seat away.
    pub(crate) fn take(&mut self, member: Member) -> Result<()> {
        let used = self.up_to_last();
        let seat = match usize::from(self.count) == used.len() {
            true => used.len(),
            false => used.iter().position(Member::is_free).ok_or(ChoraleError::InvariantBroken)?,
        };
        *self.members.get_mut(seat).ok_or(ChoraleError::ThreadFull)? = member;
        self.count += 1;
        self.used += u8::from(seat == usize::from(self.used));
        Ok(())
    }

    /// Frees a seat that is taken.
    pub(crate) fn leave(&mut self, seat: usize) -> Member {
        let member = self.members[seat];
        self.members[seat] = Member::free();
        self.count -= 1;
        while let Some(last) = self.up_to_last().len().checked_sub(1)
            && self.members[last].is_free()
        {
            self.members[last] = Member::zeroed();
            self.used -= 1;
        }
        member
    }
}
