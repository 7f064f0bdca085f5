use anchor_lang::prelude::*;

use super::now;
use crate::event::{Claimed, EVENT_VERSION, emit};
use crate::state::Thread;

/// A co-author takes out what is claimable. Works while the deployment is paused, and in archived threads.
#[event_cpi]
#[derive(Accounts)]
pub struct Claim {
    /// A current co-author.
    pub wallet: Signer,
    /// The thread.
    #[account(mut)]
    pub thread: Account<Thread>,
    /// The vault, its books, and where the tokens go.
    pub pay_out: Nested<crate::instructions::pay_out::PayOut>,
}

/// See [`Claim`].
pub fn handle(ctx: &mut Context<Claim>) -> Result<()> {
    let accounts = &mut ctx.accounts;
    let (wallet, now) = (*accounts.wallet.address(), now()?);
    let (member, amount) = accounts.thread.claim(&wallet, now)?;
    accounts.pay_out.pay(amount)?;
    emit(
        accounts.event_authority.account(),
        ctx.bumps.event_authority,
        Claimed {
            version: EVENT_VERSION,
            thread: accounts.thread.id,
            wallet,
            member: member.into(),
            amount: amount.into(),
            claimed_at: now.into(),
        },
    );
    Ok(())
}
