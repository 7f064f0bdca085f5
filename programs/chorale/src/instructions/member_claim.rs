use anchor_lang::prelude::*;

use super::now;
use crate::error::ChoraleError;
use crate::event::{Claimed, EVENT_VERSION, emit};
use crate::state::{Config, Thread, Treasury};
use crate::{seeds, token};

/// A co-author takes out what is claimable. Works while the deployment is paused too.
#[event_cpi]
#[derive(Accounts)]
pub struct Claim {
    /// A current co-author.
    pub wallet: Signer,
    /// The deployment's settings; its address owns the vault.
    #[account(seeds = [seeds::CONFIG], bump = config.bump)]
    pub config: Account<Config>,
    /// The thread.
    #[account(mut, seeds = [seeds::THREAD, thread.id.as_ref()], bump = thread.bump)]
    pub thread: Account<Thread>,
    /// The vault's books.
    #[account(mut, seeds = [seeds::TREASURY], bump = treasury.bump)]
    pub treasury: Account<Treasury>,
    /// CHECK: compared with the configuration.
    #[account(address = config.mint @ ChoraleError::WrongMint)]
    pub mint: UncheckedAccount,
    /// CHECK: any token account of the mint that the co-author names; the token program checks it.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// CHECK: compared with the vault's address.
    #[account(mut, seeds = [seeds::VAULT], bump = config.vault_bump)]
    pub vault: UncheckedAccount,
    /// CHECK: compared with the configuration.
    #[account(address = config.token_program @ ChoraleError::UnsupportedTokenProgram)]
    pub token_program: UncheckedAccount,
}

/// See [`Claim`].
pub fn handle(ctx: &mut Context<Claim>) -> Result<()> {
    let accounts = &mut ctx.accounts;
    let (wallet, now) = (*accounts.wallet.address(), now()?);
    let (member, amount) = accounts.thread.claim(&wallet, now)?;
    accounts.treasury.release(amount)?;

    let transfer = token::Transfer {
        token_program: accounts.token_program.account(),
        from: accounts.vault.account(),
        mint: accounts.mint.account(),
        to: accounts.destination.account(),
        authority: accounts.config.account(),
        decimals: accounts.config.decimals,
    };
    transfer.invoke(amount, &[seeds::CONFIG, &[accounts.config.bump]])?;
    accounts.treasury.invariant(token::amount(accounts.vault.account())?)?;
    accounts.thread.invariant()?;
    emit(
        accounts.event_authority.account(),
        ctx.bumps.event_authority,
        &Claimed {
            version: EVENT_VERSION,
            thread: accounts.thread.id,
            wallet,
            member,
            amount,
            claimed_at: now,
        },
    )
}
