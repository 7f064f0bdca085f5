use anchor_lang::prelude::*;

use super::now;
use crate::event::{Divested, EVENT_VERSION, emit};
use crate::state::Thread;

/// A co-author leaves with an equal part of the thread's balance and what is claimable. Works while the deployment is
/// paused, and in archived threads. The last one to leave archives the thread.
#[event_cpi]
#[derive(Accounts)]
pub struct Divest {
    /// A current co-author.
    pub wallet: Signer,
    /// The thread.
    #[account(mut)]
    pub thread: Account<Thread>,
    /// The vault, its books, and where the tokens go.
    pub pay_out: Nested<crate::instructions::pay_out::PayOut>,
}

/// See [`Divest`].
pub fn handle(ctx: &mut Context<Divest>, at_least: u64) -> Result<()> {
    let accounts = &mut ctx.accounts;
    let (wallet, now) = (*accounts.wallet.address(), now()?);
    let left = accounts.thread.leave(&wallet, &accounts.pay_out.config, now)?;
    accounts.pay_out.pay(left.payout(at_least)?)?;
    emit(
        accounts.event_authority.account(),
        ctx.bumps.event_authority,
        Divested {
            version: EVENT_VERSION,
            thread: accounts.thread.id,
            wallet,
            member: left.member.into(),
            share: left.share.into(),
            claimed: left.claimed.into(),
            divested_at: now.into(),
            token_balance: accounts.thread.token_balance,
            archived: left.archived.into(),
        },
    );
    Ok(())
}
