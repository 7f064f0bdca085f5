use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};

use crate::error::ChoraleError;
use crate::state::{LAYOUT_VERSION, MAX_CO_AUTHORS, Thread};

/// Someone's request to become a co-author with a piece of content. Address: [`crate::seeds::CONTENT`]; once
/// approved the account becomes a [`crate::state::Message`], any other end closes it. A proposal is pending as
/// long as its account is a `Proposal`.
#[account]
pub struct Proposal {
    /// See [`LAYOUT_VERSION`].
    pub version: u8,
    /// The thread's address.
    pub thread: Address,
    /// Who asks, staked and paid the rent.
    pub author: Address,
    /// Hash of the content.
    pub hash: [u8; 32],
    /// In base units, part of the thread's escrow.
    pub stake: PodU64,
    /// Unix seconds.
    pub created_at: PodI64,
    /// Unix seconds; from then on votes are refused.
    pub expires_at: PodI64,
    /// Bump of this account's address.
    pub bump: u8,
    /// Votes in `votes`.
    pub vote_count: u8,
    /// In the order they were cast; votes of members who left may be dropped to make room.
    pub votes: [Vote; MAX_CO_AUTHORS],
    /// Room for later fields.
    pub reserved: [u8; 32],
}

/// One co-author's vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Vote {
    /// The voter's member number.
    pub member: PodU32,
    /// 1 approves, 0 denies.
    pub approve: u8,
}

impl Vote {
    /// Whether it approves.
    #[must_use]
    pub fn approves(&self) -> bool {
        self.approve == 1
    }
}

impl Proposal {
    /// Fills a fresh account.
    pub(crate) fn begin(&mut self, thread: Address, author: Address, hash: [u8; 32], stake: u64) {
        self.thread = thread;
        self.author = author;
        self.hash = hash;
        self.stake = stake.into();
        self.version = LAYOUT_VERSION;
    }

    /// Sets its life: from `now` for `ttl` seconds.
    pub(crate) fn schedule(&mut self, now: i64, ttl: i64) -> Result<()> {
        self.created_at = now.into();
        self.expires_at = now.checked_add(ttl).ok_or(ChoraleError::Overflow)?.into();
        Ok(())
    }

    /// The votes cast.
    #[must_use]
    pub fn votes(&self) -> &[Vote] {
        &self.votes[..usize::from(self.vote_count).min(MAX_CO_AUTHORS)]
    }

    /// Adds a co-author's vote, once each and before the end.
    pub(crate) fn vote(&mut self, thread: &Thread, member: PodU32, approve: bool, now: i64) -> Result<()> {
        require!(now < self.expires_at.get(), ChoraleError::ProposalExpired);
        require!(self.votes().iter().all(|vote| vote.member != member), ChoraleError::AlreadyVoted);
        if usize::from(self.vote_count) == MAX_CO_AUTHORS {
            self.drop_votes_of_leavers(thread);
        }
        // There are no more co-authors than places, so with the leavers' votes gone one is free.
        let free = self.votes.get_mut(usize::from(self.vote_count)).ok_or(ChoraleError::InvariantBroken)?;
        *free = Vote { member, approve: u8::from(approve) };
        self.vote_count += 1;
        Ok(())
    }

    fn drop_votes_of_leavers(&mut self, thread: &Thread) {
        let mut kept = 0;
        for index in 0..MAX_CO_AUTHORS {
            let vote = self.votes[index];
            if thread.members().iter().any(|member| member.number == vote.member) {
                self.votes[kept] = vote;
                kept += 1;
            }
        }
        self.vote_count = u8::try_from(kept).unwrap_or(u8::MAX);
    }
}
