use anchor_lang::prelude::*;

use super::now;
use crate::event::{EVENT_VERSION, TreasuryWithdrawn, emit};

/// The authority takes tokens out of the treasury.
#[event_cpi]
#[derive(Accounts)]
pub struct WithdrawTreasury {
    /// The deployment's authority.
    pub authority: Signer,
    /// The vault, its books, and where the tokens go.
    pub pay_out: Nested<crate::instructions::pay_out::PayOut>,
}

/// See [`WithdrawTreasury`].
pub fn handle(ctx: &mut Context<WithdrawTreasury>, amount: u64) -> Result<()> {
    let accounts = &mut ctx.accounts;
    let authority = *accounts.authority.address();
    accounts.pay_out.config.require_authority(&authority)?;
    accounts.pay_out.treasury.withdraw(amount)?;
    accounts.pay_out.pay(amount)?;
    emit(
        accounts.event_authority.account(),
        ctx.bumps.event_authority,
        TreasuryWithdrawn {
            version: EVENT_VERSION,
            authority,
            destination: *accounts.pay_out.destination.address(),
            amount: amount.into(),
            withdrawn_at: now()?.into(),
            treasury: accounts.pay_out.treasury.balance,
        },
    );
    Ok(())
}
