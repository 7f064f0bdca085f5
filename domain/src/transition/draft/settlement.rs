//! Proposals that their votes decide. Only votes of co-authors count, and who is one is not among what an event
//! touches: so what is checked is that some part of the votes decides as the event says.

use super::{Draft, Drafted, agree, expect, plus};
use crate::content::ContentHash;
use crate::event::Event;
use crate::id::{Amount, ThreadId, Wallet};
use crate::rule::ApprovalRule;
use crate::settlement::{ApprovedSplit, Decision, Tally, decide, split_approved, split_rejected};
use crate::state::{EntityKey, Message, Proposal, ProposalStatus};
use crate::transition::TransitionError;
use std::collections::BTreeSet;

/// What a decision is made from: the rule, and how many there are to vote.
#[derive(Clone, Copy)]
struct Electorate {
    rule: ApprovalRule,
    co_authors: u32,
}

impl Draft {
    pub(super) fn approve(&mut self, event: &Event) -> Drafted {
        let Event::ProposalApproved {
            thread,
            hash,
            author,
            member,
            sequence,
            ref approvers,
            share,
            to_treasury,
            approved_at,
            escrow,
            treasury,
            ..
        } = *event
        else {
            return Ok(());
        };
        let split = ApprovedSplit { share: share.0, treasury: to_treasury.0 };
        let electorate = self.electorate(thread)?;
        let proposal = self.decided(thread, hash, author, approved_at)?;
        require_approval(proposal, electorate, approvers, split)?;
        self.end(thread, hash, ProposalStatus::Approved, approved_at, escrow)?;
        self.credit(thread, approvers, share)?;
        self.fill_treasury(to_treasury, treasury)?;
        self.append(Message { thread, hash, author, sequence, approved_at })?;
        self.seat(thread, member, author, approved_at)
    }

    pub(super) fn reject(&mut self, event: &Event) -> Drafted {
        let Event::ProposalRejected {
            thread,
            hash,
            author,
            to_treasury,
            to_thread,
            rejected_at,
            escrow,
            token_balance,
            treasury,
            ..
        } = *event
        else {
            return Ok(());
        };
        let electorate = self.electorate(thread)?;
        let proposal = self.decided(thread, hash, author, rejected_at)?;
        require_rejection(proposal, electorate, to_treasury, to_thread)?;
        self.end(thread, hash, ProposalStatus::Rejected, rejected_at, escrow)?;
        self.fill_thread(thread, to_thread, token_balance)?;
        self.fill_treasury(to_treasury, treasury)
    }

    fn electorate(&mut self, thread: ThreadId) -> Result<Electorate, TransitionError> {
        let key = EntityKey::Thread(thread);
        let state = self.active_thread(thread)?;
        let rule = ApprovalRule::from_bps(state.approval_bps);
        let rule = rule.ok_or(TransitionError::OutOfRange { key, field: "approval_bps" })?;
        Ok(Electorate { rule, co_authors: state.co_authors })
    }

    fn decided(
        &mut self,
        thread: ThreadId,
        hash: ContentHash,
        author: Wallet,
        at: i64,
    ) -> Result<&Proposal, TransitionError> {
        let proposal = self.open_proposal(thread, hash, at)?;
        agree(EntityKey::Proposal(thread, hash), "author", proposal.author == author)?;
        Ok(proposal)
    }

    fn credit(&mut self, thread: ThreadId, approvers: &[u32], share: Amount) -> Drafted {
        for number in approvers {
            let key = EntityKey::Member(thread, *number);
            let approver = self.member(key)?;
            agree(key, "current", approver.current)?;
            approver.claimable = plus(key, "claimable", approver.claimable, share)?;
        }
        Ok(())
    }

    fn fill_thread(&mut self, thread: ThreadId, amount: Amount, expected: Amount) -> Drafted {
        let key = EntityKey::Thread(thread);
        let state = self.thread(key)?;
        state.token_balance = plus(key, "token_balance", state.token_balance, amount)?;
        expect(key, "token_balance", expected.0, state.token_balance.0)
    }
}

/// Everyone who gets a share must have voted for the proposal, else a vote was lost on the way; together they must be
/// enough, and share the stake equally.
fn require_approval(
    proposal: &Proposal,
    Electorate { rule, co_authors }: Electorate,
    approvers: &[u32],
    split: ApprovedSplit,
) -> Drafted {
    let key = EntityKey::Proposal(proposal.thread, proposal.hash);
    let approved = |number: &u32| proposal.votes.iter().any(|vote| vote.approve && vote.member == *number);
    let once = approvers.iter().collect::<BTreeSet<_>>().len() == approvers.len();
    agree(key, "votes", once && approvers.iter().all(approved))?;
    let approvals = u32::try_from(approvers.len()).unwrap_or(u32::MAX);
    let tally = Tally { co_authors, approvals, denials: 0 };
    agree(key, "votes", approvals <= co_authors && decide(rule, tally) == Decision::Approved)?;
    agree(key, "stake", split_approved(proposal.stake.0, approvals) == split)
}

/// The stake must be paid out whole, and divided as some of the votes divide it.
fn require_rejection(
    proposal: &Proposal,
    Electorate { rule, co_authors }: Electorate,
    to_treasury: Amount,
    to_thread: Amount,
) -> Drafted {
    let key = EntityKey::Proposal(proposal.thread, proposal.hash);
    let stake = proposal.stake.0;
    agree(key, "stake", to_treasury.0.checked_add(to_thread.0) == Some(stake))?;
    let rejects = |tally| {
        decide(rule, tally) == Decision::Rejected && split_rejected(stake, tally).treasury == to_treasury.0
    };
    agree(key, "votes", possible_tallies(proposal, co_authors).any(rejects))
}

/// What the live votes can come to, whoever left meanwhile.
fn possible_tallies(proposal: &Proposal, co_authors: u32) -> impl Iterator<Item = Tally> {
    let cast = |approve| {
        let votes = proposal.votes.iter().filter(|vote| vote.approve == approve).count();
        u32::try_from(votes).unwrap_or(u32::MAX).min(co_authors)
    };
    let (most_approvals, most_denials) = (cast(true), cast(false));
    (0..=most_approvals).flat_map(move |approvals| {
        let denials = 0..=most_denials.min(co_authors - approvals);
        denials.map(move |denials| Tally { co_authors, approvals, denials })
    })
}
