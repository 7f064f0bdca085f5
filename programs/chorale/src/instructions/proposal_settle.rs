use anchor_lang::prelude::*;

use super::now;
use super::open_proposal::Ending;
use crate::state::ProposalState;

/// Anyone settles a proposal that the votes decide since a co-author left.
#[event_cpi]
#[derive(Accounts)]
pub struct Settle {
    /// Anyone.
    pub settler: Signer,
    /// The proposal, its thread, its author and the treasury.
    pub open: Nested<crate::instructions::open_proposal::OpenProposal>,
}

/// See [`Settle`].
pub fn handle(ctx: &mut Context<Settle>) -> Result<()> {
    let (accounts, event_bump) = (&mut ctx.accounts, ctx.bumps.event_authority);
    let (by, now, event_authority) =
        (*accounts.settler.address(), now()?, accounts.event_authority.account());
    let ending = Ending { by, now, event_authority, event_bump };
    match accounts.open.pending()?.settle(now)? {
        ProposalState::Approved(end) => accounts.open.approved(&end, &ending),
        ProposalState::Rejected(end) => accounts.open.rejected(end, &ending),
        _ => Ok(()),
    }
}
