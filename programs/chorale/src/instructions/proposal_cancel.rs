use anchor_lang::prelude::*;

use super::now;
use crate::event::{EVENT_VERSION, ProposalCancelled, emit};
use crate::state::{Proposal, Thread};

/// The author takes a proposal back with the full stake: while nobody voted, or once its thread can no longer take it
/// whatever the votes (no seat, no place in the log, archived).
#[event_cpi]
#[derive(Accounts)]
pub struct Cancel {
    /// The proposal's author; gets back its rent.
    #[account(mut)]
    pub author: Signer,
    /// The thread.
    #[account(mut)]
    pub thread: Account<Thread>,
    /// The proposal.
    #[account(mut)]
    pub proposal: Account<Proposal>,
    /// The vault, its books, and where the stake goes.
    pub pay_out: Nested<crate::instructions::pay_out::PayOut>,
}

/// See [`Cancel`].
pub fn handle(ctx: &mut Context<Cancel>) -> Result<()> {
    let accounts = &mut ctx.accounts;
    let (author, now) = (*accounts.author.address(), now()?);
    let address = *accounts.thread.address();
    let treasury = &mut accounts.pay_out.treasury;
    let pending = accounts.proposal.pending((&mut accounts.thread, &address), treasury)?;
    let end = pending.cancel(&author, now)?;
    accounts.pay_out.pay(end.refund)?;
    emit(
        accounts.event_authority.account(),
        ctx.bumps.event_authority,
        ProposalCancelled {
            version: EVENT_VERSION,
            thread: accounts.thread.id,
            hash: accounts.proposal.hash,
            author,
            refund: end.refund.into(),
            cancelled_at: now.into(),
            escrow: accounts.thread.escrow,
        },
    );
    accounts.proposal.close(*accounts.author.account())
}
