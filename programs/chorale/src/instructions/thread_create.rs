#![expect(unused_variables, reason = "Anchor reads the arguments again on exit, where it needs none of them")]

use anchor_lang::prelude::*;
use chorale_domain::rule::ApprovalRule;
use wincode::{SchemaRead, SchemaWrite};

use super::now;
use crate::error::ChoraleError;
use crate::event::{EVENT_VERSION, ThreadCreated, emit};
use crate::state::{Config, Thread};

/// Begins a thread; its creator is its first co-author.
#[event_cpi]
#[derive(Accounts)]
#[instruction(args: CreateThreadArgs)]
pub struct CreateThread {
    /// Pays the rent and takes the first seat.
    #[account(mut)]
    pub creator: Signer,
    /// Says whether the deployment runs.
    #[account(seeds = [b"config"], bump)]
    pub config: Account<Config>,
    /// The new thread.
    #[account(init, payer = creator, seeds = [b"thread", args.id.as_ref()], bump)]
    pub thread: Account<Thread>,
    /// Creates the account.
    pub system_program: Program<System>,
}

/// What the creator chooses.
#[derive(Clone, Copy, Debug, SchemaRead, SchemaWrite)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct CreateThreadArgs {
    /// 32 random bytes that name the thread for ever.
    pub id: [u8; 32],
    /// Share of co-authors that must approve, in basis points: 10,000 is unanimity.
    pub approval_bps: u16,
}

/// See [`CreateThread`].
pub fn handle(ctx: &mut Context<CreateThread>, args: &CreateThreadArgs) -> Result<()> {
    let accounts = &mut ctx.accounts;
    accounts.config.running()?;
    let rule = ApprovalRule::from_bps(args.approval_bps).ok_or(ChoraleError::InvalidApprovalRule)?;
    let (creator, now) = (*accounts.creator.address(), now()?);
    accounts.thread.begin(args.id, creator, rule, now)?;
    accounts.thread.bump = ctx.bumps.thread;
    emit(
        accounts.event_authority.account(),
        ctx.bumps.event_authority,
        ThreadCreated {
            version: EVENT_VERSION,
            thread: args.id,
            creator,
            approval_bps: args.approval_bps.into(),
            created_at: now.into(),
        },
    );
    Ok(())
}
