use anchor_lang::prelude::*;

use super::now;
use super::open_proposal::Ending;

/// Anyone ends a proposal that nobody decided in time, in archived threads too.
#[event_cpi]
#[derive(Accounts)]
pub struct Expire {
    /// Anyone.
    pub settler: Signer,
    /// The proposal, its thread, its author and the treasury.
    pub open: Nested<crate::instructions::open_proposal::OpenProposal>,
}

/// See [`Expire`].
pub fn handle(ctx: &mut Context<Expire>) -> Result<()> {
    let (accounts, event_bump) = (&mut ctx.accounts, ctx.bumps.event_authority);
    let (by, now, event_authority) =
        (*accounts.settler.address(), now()?, accounts.event_authority.account());
    let end = accounts.open.pending()?.expire(now)?;
    accounts.open.expired(end, &Ending { by, now, event_authority, event_bump })
}
