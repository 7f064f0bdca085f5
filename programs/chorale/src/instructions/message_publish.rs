use anchor_lang::prelude::*;

use super::now;
use crate::content_account;
use crate::event::{EVENT_VERSION, MessagePublished, emit};
use crate::state::{Config, Message, Thread};

/// A co-author adds a message directly, without a stake.
#[event_cpi]
#[derive(Accounts)]
pub struct Publish {
    /// Pays the record's rent.
    #[account(mut)]
    pub author: Signer,
    /// Says whether the deployment runs.
    #[account(seeds = [b"config"], bump)]
    pub config: Account<Config>,
    /// The thread.
    #[account(mut)]
    pub thread: Account<Thread>,
    /// CHECK: created here as the message's record, at the address of the hash in the thread.
    #[account(mut)]
    pub message: UncheckedAccount,
    /// Creates the account.
    pub system_program: Program<System>,
}

/// See [`Publish`].
pub fn handle(ctx: &mut Context<Publish>, hash: &[u8; 32]) -> Result<()> {
    let accounts = &mut ctx.accounts;
    let (author, thread, now) = (*accounts.author.address(), *accounts.thread.address(), now()?);
    let (mut account, payer) = (*accounts.message.account(), accounts.author.account());
    let (message, bump) = content_account::create::<Message>(&mut account, payer, &thread, hash)?;
    accounts.config.running()?;
    let sequence = accounts.thread.active()?.publish(hash, &author, now)?;
    message.begin((thread, author, *hash), sequence, now, bump);
    emit(
        accounts.event_authority.account(),
        ctx.bumps.event_authority,
        MessagePublished {
            version: EVENT_VERSION,
            thread: accounts.thread.id,
            hash: *hash,
            author,
            sequence: sequence.into(),
            published_at: now.into(),
        },
    );
    Ok(())
}
