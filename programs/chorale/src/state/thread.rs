use anchor_lang::address_eq;
use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};
use chorale_domain::content_log::{MAX_COUNT, MAX_PEAKS, leaf_hash, push_leaf};
use chorale_domain::rule::ApprovalRule;
use chorale_domain::settlement::{Decision, Tally, decide, split_approved, split_rejected};

use crate::error::ChoraleError;
use crate::state::{LAYOUT_VERSION, Proposal, Vote};

/// Seats of a thread.
pub const MAX_CO_AUTHORS: usize = 32;

/// A body of writing with owners. Address: [`crate::seeds::THREAD`].
#[account]
pub struct Thread {
    /// See [`LAYOUT_VERSION`].
    pub version: u8,
    /// 32 random bytes of the creator's choice.
    pub id: [u8; 32],
    /// Its first co-author.
    pub creator: Address,
    /// Tokens the thread owns, in base units.
    pub token_balance: PodU64,
    /// Stakes of its open proposals, in base units.
    pub escrow: PodU64,
    /// Messages in the content log.
    pub log_count: PodU64,
    /// The content log's compact range: `log_count.count_ones()` peaks, largest first.
    pub log_peaks: [[u8; 32]; MAX_PEAKS],
    /// Unix seconds.
    pub created_at: PodI64,
    /// Unix seconds.
    pub updated_at: PodI64,
    /// The number the next new member gets.
    pub next_member: PodU32,
    /// Proposals not yet decided.
    pub open_proposals: PodU32,
    /// Share of co-authors that must approve, in basis points.
    pub approval_bps: PodU16,
    /// A [`ThreadStatus`].
    pub status: u8,
    /// Bump of this account's address.
    pub bump: u8,
    /// Seats taken in `co_authors`.
    pub co_author_count: u8,
    /// The co-authors by ascending member number; seats from `co_author_count` on are zero.
    pub co_authors: [Member; MAX_CO_AUTHORS],
    /// Room for later fields.
    pub reserved: [u8; 64],
}

/// One co-author's seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Member {
    /// Who.
    pub wallet: Address,
    /// What can be claimed, in base units.
    pub claimable: PodU64,
    /// Unix seconds.
    pub joined_at: PodI64,
    /// Never given to anyone else in this thread.
    pub number: PodU32,
}

/// Whether a thread takes part. Zero is no status, so that a zeroed account is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ThreadStatus {
    /// Takes messages, proposals and votes.
    Active = 1,
    /// Its last co-author left.
    Archived = 2,
}

/// How a vote left its proposal.
pub(crate) enum Settlement {
    /// More votes are needed.
    Open,
    /// The author has a seat and the hash is in the log.
    Approved {
        /// The author's member number.
        member: u32,
        /// Position in the content log.
        sequence: u64,
        /// Added to each approver's claimable amount.
        share: u64,
        /// What did not divide.
        to_treasury: u64,
    },
    /// Voted down.
    Rejected {
        /// Part of the stake for the treasury.
        to_treasury: u64,
        /// Part of the stake for the thread.
        to_thread: u64,
    },
}

impl Thread {
    /// Fills a fresh account; the creator takes seat and number 0.
    pub(crate) fn begin(
        &mut self,
        id: [u8; 32],
        creator: Address,
        rule: ApprovalRule,
        now: i64,
    ) -> Result<()> {
        self.id = id;
        self.creator = creator;
        self.approval_bps = rule.bps().into();
        self.version = LAYOUT_VERSION;
        self.status = ThreadStatus::Active as u8;
        self.created_at = now.into();
        self.updated_at = now.into();
        self.seat(creator, now).map(|_| ())
    }

    /// The seats that are taken.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.co_authors[..usize::from(self.co_author_count).min(MAX_CO_AUTHORS)]
    }

    fn members_mut(&mut self) -> &mut [Member] {
        &mut self.co_authors[..usize::from(self.co_author_count).min(MAX_CO_AUTHORS)]
    }

    /// The seat of a current co-author.
    pub(crate) fn co_author(&self, wallet: &Address) -> Result<&Member> {
        let seat = self.members().iter().find(|member| address_eq(&member.wallet, wallet));
        Ok(seat.ok_or(ChoraleError::NotCoAuthor)?)
    }

    pub(crate) fn require_active(&self) -> Result<()> {
        require!(self.status == ThreadStatus::Active as u8, ChoraleError::ThreadArchived);
        Ok(())
    }

    /// Whether someone may propose: not a co-author, and there must be room for another one and the message.
    pub(crate) fn require_proposable(&self, author: &Address) -> Result<()> {
        require!(self.co_author(author).is_err(), ChoraleError::AlreadyCoAuthor);
        require!(self.members().len() < MAX_CO_AUTHORS, ChoraleError::ThreadFull);
        require!(self.log_count.get() < MAX_COUNT, ChoraleError::ContentLogFull);
        Ok(())
    }

    /// Appends to the content log and returns the sequence number.
    pub(crate) fn append(&mut self, hash: &[u8; 32], author: &Address, now: i64) -> Result<u64> {
        let sequence = self.log_count.get();
        push_leaf(sequence, &mut self.log_peaks, leaf_hash(hash, author.as_array()))
            .map_err(|_| ChoraleError::ContentLogFull)?;
        self.log_count = (sequence + 1).into();
        self.updated_at = now.into();
        Ok(sequence)
    }

    /// Gives a wallet a seat, or finds the one it has, and returns its member number.
    fn seat(&mut self, wallet: Address, now: i64) -> Result<u32> {
        if let Ok(member) = self.co_author(&wallet) {
            return Ok(member.number.get());
        }
        let number = self.next_member.get();
        let seat = usize::from(self.co_author_count);
        let free = self.co_authors.get_mut(seat).ok_or(ChoraleError::ThreadFull)?;
        *free = Member { wallet, claimable: 0.into(), joined_at: now.into(), number: number.into() };
        self.co_author_count += 1;
        self.next_member = number.checked_add(1).ok_or(ChoraleError::Overflow)?.into();
        Ok(number)
    }

    /// A proposal came in: its stake is the thread's to keep until it is decided.
    pub(crate) fn open(&mut self, stake: u64, now: i64) -> Result<()> {
        self.escrow = self.escrow.checked_add(stake).ok_or(ChoraleError::Overflow)?;
        self.open_proposals = self.open_proposals.checked_add(1).ok_or(ChoraleError::Overflow)?;
        self.updated_at = now.into();
        Ok(())
    }

    fn close(&mut self, stake: u64) -> Result<()> {
        self.escrow = self.escrow.checked_sub(stake).ok_or(ChoraleError::Overflow)?;
        self.open_proposals = self.open_proposals.checked_sub(1).ok_or(ChoraleError::Overflow)?;
        Ok(())
    }

    /// Live votes only: those of members who are co-authors now.
    fn tally(&self, votes: &[Vote]) -> Tally {
        let mut tally = Tally { co_authors: u32::from(self.co_author_count), approvals: 0, denials: 0 };
        for vote in votes.iter().filter(|vote| self.is_current(vote.member)) {
            match vote.approves() {
                true => tally.approvals += 1,
                false => tally.denials += 1,
            }
        }
        tally
    }

    /// Member numbers of the co-authors who approve, in the order they voted.
    pub(crate) fn live_approvers(&self, votes: &[Vote]) -> Vec<u32> {
        let live = votes.iter().filter(|vote| vote.approves() && self.is_current(vote.member));
        live.map(|vote| vote.member.get()).collect()
    }

    fn is_current(&self, number: PodU32) -> bool {
        self.members().iter().any(|member| member.number == number)
    }

    /// Decides a proposal from its votes and, once decided, moves its stake out of escrow.
    pub(crate) fn settle(&mut self, proposal: &Proposal, now: i64) -> Result<Settlement> {
        let rule =
            ApprovalRule::from_bps(self.approval_bps.get()).ok_or(ChoraleError::InvalidApprovalRule)?;
        let tally = self.tally(proposal.votes());
        self.updated_at = now.into();
        match decide(rule, tally) {
            Decision::Open => Ok(Settlement::Open),
            Decision::Approved => self.approve(proposal, tally, now),
            Decision::Rejected => self.reject(proposal, tally),
        }
    }

    fn approve(&mut self, proposal: &Proposal, tally: Tally, now: i64) -> Result<Settlement> {
        let stake = proposal.stake.get();
        self.close(stake)?;
        let split = split_approved(stake, tally.approvals);
        // Shares first: the author, seated afterwards, gets one only as an approver.
        self.credit(proposal.votes(), split.share)?;
        let member = self.seat(proposal.author, now)?;
        let sequence = self.append(&proposal.hash, &proposal.author, now)?;
        Ok(Settlement::Approved { member, sequence, share: split.share, to_treasury: split.treasury })
    }

    fn credit(&mut self, votes: &[Vote], share: u64) -> Result<()> {
        for vote in votes.iter().filter(|vote| vote.approves()) {
            if let Some(member) = self.members_mut().iter_mut().find(|member| member.number == vote.member) {
                member.claimable = member.claimable.checked_add(share).ok_or(ChoraleError::Overflow)?;
            }
        }
        Ok(())
    }

    fn reject(&mut self, proposal: &Proposal, tally: Tally) -> Result<Settlement> {
        let stake = proposal.stake.get();
        self.close(stake)?;
        let split = split_rejected(stake, tally);
        self.token_balance = self.token_balance.checked_add(split.thread).ok_or(ChoraleError::Overflow)?;
        Ok(Settlement::Rejected { to_treasury: split.treasury, to_thread: split.thread })
    }

    /// Empties a co-author's claimable amount and returns it with the member number.
    pub(crate) fn claim(&mut self, wallet: &Address, now: i64) -> Result<(u32, u64)> {
        let seat = self.members_mut().iter_mut().find(|member| address_eq(&member.wallet, wallet));
        let member = seat.ok_or(ChoraleError::NotCoAuthor)?;
        let amount = member.claimable.get();
        require!(amount > 0, ChoraleError::NothingToClaim);
        member.claimable = 0.into();
        let number = member.number.get();
        self.updated_at = now.into();
        Ok((number, amount))
    }

    /// What must hold of a thread after every instruction that changed it.
    pub(crate) fn invariant(&self) -> Result<()> {
        let seats = usize::from(self.co_author_count);
        let active = self.status == ThreadStatus::Active as u8;
        let nothing_open = self.open_proposals.get() == 0;
        let sound = seats <= MAX_CO_AUTHORS
            && active == (seats > 0)
            && u32::from(self.co_author_count) <= self.next_member.get()
            && (!nothing_open || self.escrow.get() == 0);
        require!(sound, ChoraleError::InvariantBroken);
        Ok(())
    }
}
