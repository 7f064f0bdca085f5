use anchor_lang::prelude::*;

use crate::content_account;
use crate::error::ChoraleError;
use crate::event::{EVENT_VERSION, ProposalApproved, ProposalExpired, ProposalRejected, emit};
use crate::state::{Approved, Expired, Message, Pending, Proposal, Rejected, Thread, Treasury};

/// A proposal that may end here, and everything its end changes.
#[derive(Accounts)]
pub struct OpenProposal {
    /// The thread.
    #[account(mut)]
    pub thread: Account<Thread>,
    /// The proposal.
    #[account(mut)]
    pub proposal: Account<Proposal>,
    /// CHECK: compared with the proposal; gets back the rent that is no longer needed.
    #[account(mut, unsafe(dup), address = proposal.author @ ChoraleError::NotProposalAuthor)]
    pub author: UncheckedAccount,
    /// Takes its part of the stake.
    #[account(mut, seeds = [b"treasury"], bump)]
    pub treasury: Account<Treasury>,
}

/// Who ends a proposal, when, and what signs the event.
pub(crate) struct Ending<'a> {
    pub(crate) by: Address,
    pub(crate) now: i64,
    pub(crate) event_authority: &'a AccountView,
    pub(crate) event_bump: u8,
}

impl OpenProposal {
    /// The proposal in its only state that has an account.
    pub(crate) fn pending(&mut self) -> Result<Pending<'_>> {
        let address = *self.thread.address();
        self.proposal.pending((&mut self.thread, &address), &mut self.treasury)
    }

    /// The account becomes the message.
    pub(crate) fn approved(&mut self, end: &Approved, ending: &Ending<'_>) -> Result<()> {
        let (thread, proposal) = (&*self.thread, &*self.proposal);
        emit(
            ending.event_authority,
            ending.event_bump,
            ProposalApproved {
                version: EVENT_VERSION,
                thread: thread.id,
                hash: proposal.hash,
                author: proposal.author,
                settled_by: ending.by,
                member: end.member.into(),
                sequence: end.sequence.into(),
                share: end.share.into(),
                to_treasury: end.to_treasury.into(),
                approved_at: ending.now.into(),
                escrow: thread.escrow,
                treasury: self.treasury.balance,
                approvers: end.approvers,
            },
        );
        let message = Message::of(proposal, end.sequence, ending.now);
        content_account::become_message(self.proposal.account(), self.author.account(), &message)
    }

    /// The account closes; its rent goes to the author.
    pub(crate) fn rejected(&mut self, end: Rejected, ending: &Ending<'_>) -> Result<()> {
        let (thread, proposal) = (&*self.thread, &*self.proposal);
        emit(
            ending.event_authority,
            ending.event_bump,
            ProposalRejected {
                version: EVENT_VERSION,
                thread: thread.id,
                hash: proposal.hash,
                author: proposal.author,
                settled_by: ending.by,
                to_treasury: end.to_treasury.into(),
                to_thread: end.to_thread.into(),
                rejected_at: ending.now.into(),
                escrow: thread.escrow,
                token_balance: thread.token_balance,
                treasury: self.treasury.balance,
            },
        );
        self.proposal.close(*self.author.account())
    }

    /// The account closes; its rent goes to the author.
    pub(crate) fn expired(&mut self, end: Expired, ending: &Ending<'_>) -> Result<()> {
        let (thread, proposal) = (&*self.thread, &*self.proposal);
        emit(
            ending.event_authority,
            ending.event_bump,
            ProposalExpired {
                version: EVENT_VERSION,
                thread: thread.id,
                hash: proposal.hash,
                author: proposal.author,
                settled_by: ending.by,
                to_treasury: end.to_treasury.into(),
                expired_at: ending.now.into(),
                escrow: thread.escrow,
                treasury: self.treasury.balance,
            },
        );
        self.proposal.close(*self.author.account())
    }
}
