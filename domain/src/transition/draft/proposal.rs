//! Proposals: made, voted on, expired, taken back.

use super::{Draft, Drafted, agree, expect, minus, plus};
use crate::content::ContentHash;
use crate::content_log::MAX_COUNT;
use crate::event::Event;
use crate::id::{Amount, ThreadId, Wallet};
use crate::state::{Entity, EntityKey, MAX_CO_AUTHORS, Proposal, ProposalStatus, Thread, ThreadStatus, Vote};
use crate::transition::TransitionError;

impl Draft {
    pub(super) fn propose(&mut self, event: &Event) -> Drafted {
        let Event::ProposalCreated { thread, hash, author, stake, created_at, expires_at, escrow } = *event
        else {
            return Ok(());
        };
        self.require_running()?;
        self.require_free(thread, hash)?;
        self.require_terms(EntityKey::Proposal(thread, hash), stake, created_at, expires_at)?;
        self.hold(thread, stake, escrow, created_at)?;
        let proposal = Proposal {
            thread,
            hash,
            author,
            stake,
            status: ProposalStatus::Pending,
            votes: vec![],
            created_at,
            expires_at,
            decided_at: None,
        };
        // Over an earlier one with the same hash, if there was one.
        self.entities.insert(EntityKey::Proposal(thread, hash), Entity::Proposal(proposal));
        Ok(())
    }

    /// What the configuration asks of a proposal.
    fn require_terms(&self, key: EntityKey, stake: Amount, created_at: i64, expires_at: i64) -> Drafted {
        let Some(config) = self.known_config() else { return Ok(()) };
        agree(key, "stake", stake >= config.min_stake)?;
        agree(key, "expires_at", created_at.checked_add(config.proposal_ttl) == Some(expires_at))
    }

    fn hold(&mut self, thread: ThreadId, stake: Amount, escrow: Amount, at: i64) -> Drafted {
        let key = EntityKey::Thread(thread);
        let state = self.active_thread(thread)?;
        agree(key, "co_authors", state.co_authors < MAX_CO_AUTHORS)?;
        state.escrow = plus(key, "escrow", state.escrow, stake)?;
        expect(key, "escrow", escrow.0, state.escrow.0)?;
        state.open_proposals += 1;
        state.updated_at = at;
        Ok(())
    }

    pub(super) fn vote(&mut self, event: &Event) -> Drafted {
        let Event::VoteCast { thread, hash, voter, member, approve, voted_at } = *event else {
            return Ok(());
        };
        self.require_member(thread, member, voter)?;
        let proposal = self.open_proposal(thread, hash, voted_at)?;
        let first = proposal.votes.iter().all(|vote| vote.member != member);
        agree(EntityKey::Proposal(thread, hash), "votes", first)?;
        proposal.votes.push(Vote { voter, member, approve });
        self.active_thread(thread)?.updated_at = voted_at;
        Ok(())
    }

    pub(super) fn expire(&mut self, event: &Event) -> Drafted {
        let Event::ProposalExpired {
            thread, hash, author, to_treasury, expired_at, escrow, treasury, ..
        } = *event
        else {
            return Ok(());
        };
        self.require_proposal(thread, hash, author, to_treasury)?;
        let key = EntityKey::Proposal(thread, hash);
        agree(key, "expires_at", expired_at >= self.proposal(key)?.expires_at)?;
        self.end(thread, hash, ProposalStatus::Expired, expired_at, escrow)?;
        self.fill_treasury(to_treasury, treasury)
    }

    pub(super) fn cancel(&mut self, event: &Event) -> Drafted {
        let Event::ProposalCancelled { thread, hash, author, refund, cancelled_at, escrow } = *event else {
            return Ok(());
        };
        self.require_proposal(thread, hash, author, refund)?;
        let hopeless = takes_nobody(self.thread(EntityKey::Thread(thread))?);
        let key = EntityKey::Proposal(thread, hash);
        agree(key, "votes", hopeless || self.proposal(key)?.votes.is_empty())?;
        self.end(thread, hash, ProposalStatus::Cancelled, cancelled_at, escrow)
    }

    /// The proposal, which must be pending and not past its end.
    pub(super) fn open_proposal(
        &mut self,
        thread: ThreadId,
        hash: ContentHash,
        at: i64,
    ) -> Result<&mut Proposal, TransitionError> {
        let key = EntityKey::Proposal(thread, hash);
        let proposal = self.proposal(key)?;
        agree(key, "status", proposal.status == ProposalStatus::Pending)?;
        agree(key, "expires_at", at < proposal.expires_at)?;
        Ok(proposal)
    }

    /// The proposal must be that author's, and its whole stake is what is paid out.
    fn require_proposal(
        &mut self,
        thread: ThreadId,
        hash: ContentHash,
        author: Wallet,
        paid_out: Amount,
    ) -> Drafted {
        let key = EntityKey::Proposal(thread, hash);
        let proposal = self.proposal(key)?;
        agree(key, "author", proposal.author == author)?;
        agree(key, "stake", proposal.stake == paid_out)
    }

    /// Ends a pending proposal and takes its stake out of the thread's escrow.
    pub(super) fn end(
        &mut self,
        thread: ThreadId,
        hash: ContentHash,
        status: ProposalStatus,
        at: i64,
        escrow: Amount,
    ) -> Drafted {
        let key = EntityKey::Proposal(thread, hash);
        let proposal = self.proposal(key)?;
        agree(key, "status", proposal.status == ProposalStatus::Pending)?;
        proposal.status = status;
        proposal.decided_at = Some(at);
        let stake = proposal.stake;
        self.release(thread, stake, escrow, at)
    }

    fn release(&mut self, thread: ThreadId, stake: Amount, escrow: Amount, at: i64) -> Drafted {
        let key = EntityKey::Thread(thread);
        let state = self.thread(key)?;
        state.escrow = minus(key, "escrow", state.escrow, stake)?;
        expect(key, "escrow", escrow.0, state.escrow.0)?;
        let open = state.open_proposals.checked_sub(1);
        state.open_proposals = open.ok_or(TransitionError::OutOfRange { key, field: "open_proposals" })?;
        state.updated_at = at;
        Ok(())
    }
}

/// Whether the thread can take no new co-author's message whatever the votes.
fn takes_nobody(thread: &Thread) -> bool {
    thread.status == ThreadStatus::Archived
        || thread.co_authors >= MAX_CO_AUTHORS
        || thread.content_log.count >= MAX_COUNT
}
