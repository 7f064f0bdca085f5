use anchor_lang::prelude::*;

use crate::error::ChoraleError;
use crate::state::{Config, Treasury};
use crate::{seeds, token};

/// What it takes to pay tokens out of the vault.
#[derive(Accounts)]
pub struct PayOut {
    /// The deployment's settings; its address owns the vault.
    #[account(seeds = [b"config"], bump)]
    pub config: Account<Config>,
    /// The vault's books.
    #[account(mut, seeds = [b"treasury"], bump)]
    pub treasury: Account<Treasury>,
    /// CHECK: compared with the configuration.
    #[account(address = config.mint @ ChoraleError::WrongMint)]
    pub mint: UncheckedAccount,
    /// CHECK: any token account of the mint but the vault; the token program checks it.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// CHECK: compared with the vault's address.
    #[account(mut, seeds = [b"vault"], bump)]
    pub vault: UncheckedAccount,
    /// CHECK: compared with the configuration.
    #[account(address = config.token_program @ ChoraleError::UnsupportedTokenProgram)]
    pub token_program: UncheckedAccount,
}

impl PayOut {
    /// Pays `amount` base units to the destination, and checks that exactly they left the vault and that what is left
    /// is enough for everyone.
    pub(crate) fn pay(&mut self, amount: u64) -> Result<()> {
        self.treasury.release(amount)?;
        if amount > 0 {
            let transfer = token::Transfer {
                token_program: self.token_program.account(),
                from: self.vault.account(),
                mint: self.mint.account(),
                to: self.destination.account(),
                authority: self.config.account(),
                decimals: self.config.decimals,
            };
            let before = token::amount(self.vault.account())?;
            transfer.invoke(amount, &[seeds::CONFIG, &[self.config.bump]])?;
            let after = token::amount(self.vault.account())?;
            require!(before.checked_sub(after) == Some(amount), ChoraleError::TransferMismatch);
        }
        self.treasury.invariant(token::amount(self.vault.account())?)
    }
}
