use anchor_lang::prelude::*;
use wincode::{SchemaRead, SchemaWrite};

use super::now;
use super::open_proposal::Ending;
use crate::event::{EVENT_VERSION, VoteCast, emit};
use crate::state::{ProposalState, Voted};

/// A co-author votes on a proposal. The vote that decides it settles it at once. Votes go on while the deployment
/// is paused: proposals expire all the same, and a pause must not cost anyone a stake.
#[event_cpi]
#[derive(Accounts)]
pub struct CastVote {
    /// A current co-author.
    pub voter: Signer,
    /// The proposal, its thread, its author and the treasury.
    pub open: Nested<crate::instructions::open_proposal::OpenProposal>,
}

/// What is voted.
#[derive(Clone, Copy, Debug, SchemaRead, SchemaWrite)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct VoteArgs {
    /// Approve or deny.
    pub approve: bool,
    /// The stake the vote is meant for, in base units: its author can cancel an unvoted proposal and propose the same
    /// hash again with another.
    pub stake: u64,
}

/// See [`CastVote`].
pub fn handle(ctx: &mut Context<CastVote>, args: VoteArgs) -> Result<()> {
    let (accounts, event_bump) = (&mut ctx.accounts, ctx.bumps.event_authority);
    let (voter, now, event_authority) =
        (*accounts.voter.address(), now()?, accounts.event_authority.account());
    let (thread, hash) = (accounts.open.thread.id, accounts.open.proposal.hash);
    let Voted { member, state } = accounts.open.pending()?.vote(&voter, (args.approve, args.stake), now)?;
    emit(
        event_authority,
        event_bump,
        VoteCast {
            version: EVENT_VERSION,
            thread,
            hash,
            voter,
            member: member.into(),
            approve: args.approve.into(),
            voted_at: now.into(),
        },
    );
    let ending = Ending { by: voter, now, event_authority, event_bump };
    match state {
        ProposalState::Approved(end) => accounts.open.approved(&end, &ending),
        ProposalState::Rejected(end) => accounts.open.rejected(end, &ending),
        _ => Ok(()),
    }
}
