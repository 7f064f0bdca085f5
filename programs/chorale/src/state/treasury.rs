//! The system's reserve and the vault's books.

use anchor_lang::prelude::*;

use crate::error::ChoraleError;
use crate::state::LAYOUT_VERSION;

/// The system's reserve, and the books of the vault. Address: [`crate::seeds::TREASURY`].
#[account]
pub struct Treasury {
    /// See [`LAYOUT_VERSION`].
    pub version: u8,
    /// Base units that belong to the system.
    pub balance: PodU64,
    /// Base units the vault must hold: balance, every thread's balance and escrow, every claimable amount.
    pub held: PodU64,
    /// Bump of this account's address.
    pub bump: u8,
    /// Room for later books.
    pub reserved: [u8; 46],
}

impl Treasury {
    pub(crate) fn begin(&mut self, bump: u8) {
        self.version = LAYOUT_VERSION;
        self.bump = bump;
    }

    /// Tokens came into the vault.
    pub(crate) fn receive(&mut self, amount: u64) -> Result<()> {
        self.held = self.held.checked_add(amount).ok_or(ChoraleError::Overflow)?;
        Ok(())
    }

    /// Tokens left the vault: what is left must still cover the system's part.
    pub(crate) fn release(&mut self, amount: u64) -> Result<()> {
        self.held = self.held.checked_sub(amount).ok_or(ChoraleError::Overflow)?;
        self.covered()
    }

    /// Tokens already in the vault become the system's: never more than the vault must hold.
    pub(crate) fn earn(&mut self, amount: u64) -> Result<()> {
        self.balance = self.balance.checked_add(amount).ok_or(ChoraleError::Overflow)?;
        self.covered()
    }

    /// The authority takes tokens out of the reserve. They leave the vault with the payment.
    pub(crate) fn withdraw(&mut self, amount: u64) -> Result<()> {
        require!(amount > 0, ChoraleError::NothingToWithdraw);
        self.balance = self.balance.checked_sub(amount).ok_or(ChoraleError::TreasuryTooLow)?;
        Ok(())
    }

    fn covered(&self) -> Result<()> {
        require!(self.balance.get() <= self.held.get(), ChoraleError::InvariantBroken);
        Ok(())
    }

    /// Conservation: the vault holds at least what is owed. More is possible, since anyone can send tokens to it.
    pub(crate) fn invariant(&self, vault_amount: u64) -> Result<()> {
        require!(vault_amount >= self.held.get(), ChoraleError::VaultShort);
        Ok(())
    }
}
