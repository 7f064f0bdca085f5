use anchor_lang::address_eq;
use anchor_lang::prelude::*;

use super::now;
use crate::content_account;
use crate::error::ChoraleError;
use crate::event::{EVENT_VERSION, ProposalApproved, ProposalRejected, VoteCast, emit};
use crate::seeds;
use crate::state::{Message, Proposal, Settlement, Thread, Treasury};

/// A co-author votes on a proposal. The vote that decides it settles it at once. Votes go on while the deployment
/// is paused: proposals expire all the same, and a pause must not cost anyone a stake.
#[event_cpi]
#[derive(Accounts)]
pub struct CastVote {
    /// A current co-author.
    pub voter: Signer,
    /// The thread.
    #[account(mut, seeds = [seeds::THREAD, thread.id.as_ref()], bump = thread.bump)]
    pub thread: Account<Thread>,
    /// The proposal; owned by the program, so its own record of its thread is proof enough of its address.
    #[account(mut)]
    pub proposal: Account<Proposal>,
    /// CHECK: compared with the proposal; gets back the rent that is no longer needed.
    #[account(mut, unsafe(dup), address = proposal.author @ ChoraleError::NotProposalAuthor)]
    pub author: UncheckedAccount,
    /// Takes its part of a settled stake.
    #[account(mut, seeds = [seeds::TREASURY], bump = treasury.bump)]
    pub treasury: Account<Treasury>,
}

/// See [`CastVote`].
pub fn handle(ctx: &mut Context<CastVote>, approve: bool) -> Result<()> {
    let accounts = &mut ctx.accounts;
    accounts.thread.require_active()?;
    require!(
        address_eq(&accounts.proposal.thread, accounts.thread.address()),
        ChoraleError::ProposalNotOfThread
    );
    let (voter, now) = (*accounts.voter.address(), now()?);
    let member = accounts.thread.co_author(&voter)?.number;

    accounts.proposal.vote(&accounts.thread, member, approve, now)?;
    emit(
        accounts.event_authority.account(),
        ctx.bumps.event_authority,
        &VoteCast {
            version: EVENT_VERSION,
            thread: accounts.thread.id,
            hash: accounts.proposal.hash,
            voter,
            member: member.get(),
            approve,
            voted_at: now,
        },
    )?;
    match accounts.thread.settle(&accounts.proposal, now)? {
        Settlement::Open => accounts.thread.invariant(),
        Settlement::Approved { member, sequence, share, to_treasury } => {
            accounts.treasury.earn(to_treasury)?;
            let event = approved(accounts, member, sequence, share, to_treasury, now);
            emit(accounts.event_authority.account(), ctx.bumps.event_authority, &event)?;
            become_message(accounts, sequence, now)
        }
        Settlement::Rejected { to_treasury, to_thread } => {
            accounts.treasury.earn(to_treasury)?;
            let event = rejected(accounts, to_treasury, to_thread, now);
            emit(accounts.event_authority.account(), ctx.bumps.event_authority, &event)?;
            close(accounts)
        }
    }
}

fn approved(
    accounts: &CastVote,
    member: u32,
    sequence: u64,
    share: u64,
    to_treasury: u64,
    now: i64,
) -> ProposalApproved {
    let (thread, proposal) = (&accounts.thread, &accounts.proposal);
    ProposalApproved {
        version: EVENT_VERSION,
        thread: thread.id,
        hash: proposal.hash,
        author: proposal.author,
        settled_by: *accounts.voter.address(),
        member,
        sequence,
        approvers: thread.live_approvers(proposal.votes()),
        share,
        to_treasury,
        approved_at: now,
        escrow: thread.escrow.get(),
        treasury: accounts.treasury.balance.get(),
    }
}

fn rejected(accounts: &CastVote, to_treasury: u64, to_thread: u64, now: i64) -> ProposalRejected {
    let (thread, proposal) = (&accounts.thread, &accounts.proposal);
    ProposalRejected {
        version: EVENT_VERSION,
        thread: thread.id,
        hash: proposal.hash,
        author: proposal.author,
        settled_by: *accounts.voter.address(),
        to_treasury,
        to_thread,
        rejected_at: now,
        escrow: thread.escrow.get(),
        token_balance: thread.token_balance.get(),
        treasury: accounts.treasury.balance.get(),
    }
}

fn become_message(accounts: &mut CastVote, sequence: u64, now: i64) -> Result<()> {
    accounts.thread.invariant()?;
    let proposal = &accounts.proposal;
    let message = Message::new(proposal.thread, proposal.author, proposal.hash, sequence, now, proposal.bump);
    content_account::become_message(accounts.proposal.account(), accounts.author.account(), &message)
}

fn close(accounts: &mut CastVote) -> Result<()> {
    accounts.thread.invariant()?;
    accounts.proposal.close(*accounts.author.account())
}
