use anchor_lang::prelude::*;

use super::now;
use crate::event::{EVENT_VERSION, ThreadArchived, emit};
use crate::state::Thread;

/// A thread's sole co-author ends it: it is read only from then on. The co-author keeps the seat, to claim and to
/// leave when the cooldown is over.
#[event_cpi]
#[derive(Accounts)]
pub struct Archive {
    /// The sole co-author.
    pub wallet: Signer,
    /// The thread.
    #[account(mut)]
    pub thread: Account<Thread>,
}

/// See [`Archive`].
pub fn handle(ctx: &mut Context<Archive>) -> Result<()> {
    let accounts = &mut ctx.accounts;
    let (wallet, now) = (*accounts.wallet.address(), now()?);
    let member = accounts.thread.active()?.archive(&wallet, now)?;
    emit(
        accounts.event_authority.account(),
        ctx.bumps.event_authority,
        ThreadArchived {
            version: EVENT_VERSION,
            thread: accounts.thread.id,
            wallet,
            member: member.into(),
            archived_at: now.into(),
        },
    );
    Ok(())
}
