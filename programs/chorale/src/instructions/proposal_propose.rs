use anchor_lang::prelude::*;
use wincode::{SchemaRead, SchemaWrite};

use super::now;
use crate::content_account;
use crate::error::ChoraleError;
use crate::event::{EVENT_VERSION, ProposalCreated, emit};
use crate::state::{Config, Proposal, Thread, Treasury};
use crate::token;

/// Someone who is no co-author asks to become one, with a message and a stake.
#[event_cpi]
#[derive(Accounts)]
pub struct Propose {
    /// Stakes, and pays the proposal's rent.
    #[account(mut)]
    pub author: Signer,
    /// The deployment's settings.
    #[account(seeds = [b"config"], bump)]
    pub config: Account<Config>,
    /// The thread.
    #[account(mut)]
    pub thread: Account<Thread>,
    /// CHECK: created here as the proposal, at the address of the hash in the thread.
    #[account(mut)]
    pub proposal: UncheckedAccount,
    /// The vault's books.
    #[account(mut, seeds = [b"treasury"], bump)]
    pub treasury: Account<Treasury>,
    /// CHECK: compared with the configuration.
    #[account(address = config.mint @ ChoraleError::WrongMint)]
    pub mint: UncheckedAccount,
    /// CHECK: the token program checks that the author may spend from it and that it is of the mint.
    #[account(mut)]
    pub source: UncheckedAccount,
    /// CHECK: compared with the vault's address.
    #[account(mut, seeds = [b"vault"], bump)]
    pub vault: UncheckedAccount,
    /// CHECK: compared with the configuration.
    #[account(address = config.token_program @ ChoraleError::UnsupportedTokenProgram)]
    pub token_program: UncheckedAccount,
    /// Creates the account.
    pub system_program: Program<System>,
}

/// What is proposed.
#[derive(Clone, Copy, Debug, SchemaRead, SchemaWrite)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct ProposeArgs {
    /// Hash of the content.
    pub hash: [u8; 32],
    /// In base units of the token.
    pub stake: u64,
    /// The proposal must not expire before this time, in Unix seconds: the configuration may have changed.
    pub open_until: i64,
}

/// See [`Propose`].
pub fn handle(ctx: &mut Context<Propose>, args: &ProposeArgs) -> Result<()> {
    let accounts = &mut ctx.accounts;
    let (author, address, now) = (*accounts.author.address(), *accounts.thread.address(), now()?);
    let (mut account, payer) = (*accounts.proposal.account(), accounts.author.account());
    let (proposal, bump) = content_account::create::<Proposal>(&mut account, payer, &address, &args.hash)?;
    let running = accounts.config.running()?;
    let thread = (accounts.thread.active()?, address);
    proposal.begin((author, args.hash, args.stake), thread, &running, now)?;
    proposal.require_open_until(args.open_until)?;
    proposal.bump = bump;
    take_stake(accounts, args.stake)?;
    emit(
        accounts.event_authority.account(),
        ctx.bumps.event_authority,
        ProposalCreated {
            version: EVENT_VERSION,
            thread: accounts.thread.id,
            hash: args.hash,
            author,
            stake: args.stake.into(),
            created_at: now.into(),
            expires_at: proposal.expires_at,
            escrow: accounts.thread.escrow,
        },
    );
    Ok(())
}

/// Moves the stake into the vault, and checks that exactly it arrived and that the vault covers what is owed.
fn take_stake(accounts: &mut Propose, stake: u64) -> Result<()> {
    accounts.treasury.receive(stake)?;
    let transfer = token::Transfer {
        token_program: accounts.token_program.account(),
        from: accounts.source.account(),
        mint: accounts.mint.account(),
        to: accounts.vault.account(),
        authority: accounts.author.account(),
        decimals: accounts.config.decimals,
    };
    let before = token::amount(accounts.vault.account())?;
    transfer.invoke(stake, &[])?;
    let after = token::amount(accounts.vault.account())?;
    require!(after.checked_sub(before) == Some(stake), ChoraleError::TransferMismatch);
    accounts.treasury.invariant(after)
}
