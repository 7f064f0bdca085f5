#![expect(unused_variables, reason = "Anchor reads the arguments again on exit, where it needs none of them")]

use anchor_lang::prelude::*;

use super::{now, require_hash};
use crate::event::{EVENT_VERSION, MessagePublished, emit};
use crate::seeds;
use crate::state::{Config, Message, Thread};

/// A co-author adds a message directly, without a stake.
#[event_cpi]
#[derive(Accounts)]
#[instruction(hash: [u8; 32])]
pub struct Publish {
    /// Pays the record's rent.
    #[account(mut)]
    pub author: Signer,
    /// Says whether the deployment runs.
    #[account(seeds = [seeds::CONFIG], bump = config.bump)]
    pub config: Account<Config>,
    /// The thread.
    #[account(mut, seeds = [seeds::THREAD, thread.id.as_ref()], bump = thread.bump)]
    pub thread: Account<Thread>,
    /// The message's record: its address is taken while the hash is proposed or in the log.
    #[account(init, payer = author, seeds = [seeds::CONTENT, thread.address().as_ref(), hash.as_ref()], bump)]
    pub message: Account<Message>,
    /// Creates the account.
    pub system_program: Program<System>,
}

/// See [`Publish`].
pub fn handle(ctx: &mut Context<Publish>, hash: &[u8; 32]) -> Result<()> {
    let accounts = &mut ctx.accounts;
    accounts.config.require_running()?;
    accounts.thread.require_active()?;
    require_hash(hash)?;
    let (author, now) = (*accounts.author.address(), now()?);
    accounts.thread.co_author(&author)?;

    let sequence = accounts.thread.append(hash, &author, now)?;
    *accounts.message =
        Message::new(*accounts.thread.address(), author, *hash, sequence, now, ctx.bumps.message);
    accounts.thread.invariant()?;
    emit(
        accounts.event_authority.account(),
        ctx.bumps.event_authority,
        &MessagePublished {
            version: EVENT_VERSION,
            thread: accounts.thread.id,
            hash: *hash,
            author,
            sequence,
            published_at: now,
        },
    )
}
