#![expect(unused_variables, reason = "Anchor reads the arguments again on exit, where it needs none of them")]

use anchor_lang::prelude::*;
use wincode::{SchemaRead, SchemaWrite};

use super::{now, require_hash};
use crate::error::ChoraleError;
use crate::event::{EVENT_VERSION, ProposalCreated, emit};
use crate::state::{Config, Proposal, Thread, Treasury};
use crate::{seeds, token};

/// Someone who is not a co-author asks to become one with a piece of content, and stakes tokens on it.
#[event_cpi]
#[derive(Accounts)]
#[instruction(args: ProposeArgs)]
pub struct Propose {
    /// Stakes, and pays the proposal's rent.
    #[account(mut)]
    pub author: Signer,
    /// The deployment's settings.
    #[account(seeds = [seeds::CONFIG], bump = config.bump)]
    pub config: Account<Config>,
    /// The thread.
    #[account(mut, seeds = [seeds::THREAD, thread.id.as_ref()], bump = thread.bump)]
    pub thread: Account<Thread>,
    /// The new proposal: its address is taken while the hash is proposed or in the log.
    #[account(init, payer = author, seeds = [seeds::CONTENT, thread.address().as_ref(), args.hash.as_ref()], bump)]
    pub proposal: Account<Proposal>,
    /// The vault's books.
    #[account(mut, seeds = [seeds::TREASURY], bump = treasury.bump)]
    pub treasury: Account<Treasury>,
    /// CHECK: compared with the configuration.
    #[account(address = config.mint @ ChoraleError::WrongMint)]
    pub mint: UncheckedAccount,
    /// CHECK: the token program checks that the author may spend from it and that it is of the mint.
    #[account(mut)]
    pub source: UncheckedAccount,
    /// CHECK: compared with the vault's address.
    #[account(mut, seeds = [seeds::VAULT], bump = config.vault_bump)]
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
}

/// See [`Propose`].
pub fn handle(ctx: &mut Context<Propose>, args: &ProposeArgs) -> Result<()> {
    let accounts = &mut ctx.accounts;
    accounts.config.require_running()?;
    accounts.thread.require_active()?;
    require_hash(&args.hash)?;
    require!(args.stake >= accounts.config.min_stake.get(), ChoraleError::StakeTooLow);
    let (author, now) = (*accounts.author.address(), now()?);
    accounts.thread.require_proposable(&author)?;

    accounts.thread.open(args.stake, now)?;
    accounts.proposal.begin(*accounts.thread.address(), author, args.hash, args.stake);
    accounts.proposal.schedule(now, accounts.config.proposal_ttl.get())?;
    accounts.proposal.bump = ctx.bumps.proposal;
    accounts.treasury.receive(args.stake)?;

    let transfer = token::Transfer {
        token_program: accounts.token_program.account(),
        from: accounts.source.account(),
        mint: accounts.mint.account(),
        to: accounts.vault.account(),
        authority: accounts.author.account(),
        decimals: accounts.config.decimals,
    };
    transfer.invoke(args.stake, &[])?;
    accounts.treasury.invariant(token::amount(accounts.vault.account())?)?;
    accounts.thread.invariant()?;
    emit(
        accounts.event_authority.account(),
        ctx.bumps.event_authority,
        &ProposalCreated {
            version: EVENT_VERSION,
            thread: accounts.thread.id,
            hash: args.hash,
            author,
            stake: args.stake,
            created_at: now,
            expires_at: accounts.proposal.expires_at.get(),
            escrow: accounts.thread.escrow.get(),
        },
    )
}
