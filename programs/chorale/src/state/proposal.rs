//! A proposal and the states it can be in.

use anchor_lang::address_eq;
use anchor_lang::prelude::*;
use chorale_domain::rule::ApprovalRule;
use chorale_domain::settlement::{Decision, Tally, decide, split_approved, split_rejected};

use crate::error::ChoraleError;
use crate::state::thread::require_hash;
use crate::state::{Active, Approvers, Ballot, LAYOUT_VERSION, LiveVotes, Running, Thread, Treasury};

/// Someone's request to become a co-author with a piece of content. Address: [`crate::seeds::CONTENT`]. Its account
/// lives as long as it is pending: an approved one becomes a [`crate::state::Message`], any other end closes it.
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
    /// Unix seconds; from then on it can only expire.
    pub expires_at: PodI64,
    /// Bump of this account's address.
    pub bump: u8,
    /// The votes.
    pub ballot: Ballot,
    /// Room for later fields.
    pub reserved: [u8; 32],
}

/// The states of a proposal.
pub enum ProposalState<'a> {
    /// Co-authors may vote.
    Pending(Pending<'a>),
    /// The author is a co-author, the hash is in the content log.
    Approved(Approved),
    /// Voted down.
    Rejected(Rejected),
    /// Nobody decided in time.
    Expired(Expired),
    /// Taken back by its author.
    Cancelled(Cancelled),
}

/// A proposal that is open, with what its end changes: its thread and the treasury.
pub struct Pending<'a> {
    proposal: &'a mut Proposal,
    thread: &'a mut Thread,
    treasury: &'a mut Treasury,
}

/// How an approved proposal ended; amounts in base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approved {
    /// The author's member number.
    pub member: u32,
    /// Position in the content log.
    pub sequence: u64,
    /// Added to each approver's claimable amount.
    pub share: u64,
    /// What did not divide.
    pub to_treasury: u64,
    /// Who got a share.
    pub approvers: Approvers,
}

/// Where the stake of a rejected proposal went, in base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// To the treasury.
    pub to_treasury: u64,
    /// To the thread's balance.
    pub to_thread: u64,
}

/// Where the stake of an expired proposal went, in base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expired {
    /// All of it.
    pub to_treasury: u64,
}

/// What goes back to the author of a cancelled proposal, in base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled {
    /// All of the stake.
    pub refund: u64,
}

/// A vote that counted, and where it left the proposal.
pub struct Voted<'a> {
    /// The voter's member number.
    pub member: u32,
    /// Pending, approved or rejected.
    pub state: ProposalState<'a>,
}

impl Proposal {
    /// Fills a fresh account and takes its stake into the thread's escrow. Nobody proposes to their own thread, and
    /// the thread must have a seat and a place in its log at that time.
    pub(crate) fn begin(
        &mut self,
        (author, hash, stake): (Address, [u8; 32], u64),
        (thread, address): (Active<'_>, Address),
        running: &Running<'_>,
        now: i64,
    ) -> Result<()> {
        require_hash(&hash)?;
        running.require_stake(stake)?;
        let Active(thread) = thread;
        require!(thread.seats.of(&author).is_err(), ChoraleError::AlreadyCoAuthor);
        thread.require_room(&author)?;
        thread.hold(stake, now)?;
        (self.version, self.thread, self.author, self.hash) = (LAYOUT_VERSION, address, author, hash);
        self.stake = stake.into();
        self.created_at = now.into();
        self.expires_at = running.expiry(now)?.into();
        thread.invariant()
    }

    /// Refuses a proposal that expires before its author wants.
    pub(crate) fn require_open_until(&self, time: i64) -> Result<()> {
        require!(self.expires_at.get() >= time, ChoraleError::ExpiresTooSoon);
        Ok(())
    }

    /// An account that is a proposal is a pending one; it must be of this thread.
    pub(crate) fn pending<'a>(
        &'a mut self,
        (thread, address): (&'a mut Thread, &Address),
        treasury: &'a mut Treasury,
    ) -> Result<Pending<'a>> {
        require!(address_eq(&self.thread, address), ChoraleError::ProposalNotOfThread);
        Ok(Pending { proposal: self, thread, treasury })
    }
}

impl<'a> Pending<'a> {
    /// A co-author votes for or against a proposal with this stake; the vote that decides settles.
    pub(crate) fn vote(self, voter: &Address, (approve, stake): (bool, u64), now: i64) -> Result<Voted<'a>> {
        self.thread.active()?;
        self.require_open(now)?;
        require!(self.proposal.stake.get() == stake, ChoraleError::StakeDiffers);
        let seat = self.thread.seats.position(voter)?;
        self.proposal.ballot.add(&self.thread.seats, seat, approve)?;
        let member = self.thread.seats.members[seat].number.get();
        self.thread.updated_at = now.into();
        let state = self.decide(now)?;
        Ok(Voted { member, state })
    }

    /// Settles what the votes decide since a co-author left.
    pub(crate) fn settle(self, now: i64) -> Result<ProposalState<'a>> {
        self.thread.active()?;
        self.require_open(now)?;
        match self.decide(now)? {
            ProposalState::Pending(_) => Err(ChoraleError::NotDecided.into()),
            ended => Ok(ended),
        }
    }

    /// Ends a proposal that nobody decided in time: its stake is the treasury's. In threads of every state.
    pub(crate) fn expire(self, now: i64) -> Result<Expired> {
        require!(now >= self.proposal.expires_at.get(), ChoraleError::NotExpired);
        let to_treasury = self.proposal.stake.get();
        self.thread.release(to_treasury, now)?;
        self.treasury.earn(to_treasury)?;
        self.thread.invariant()?;
        Ok(Expired { to_treasury })
    }

    /// The author takes the proposal back: while nobody voted, or once the thread could not take it whatever the
    /// votes. The stake leaves the vault with the refund.
    pub(crate) fn cancel(self, author: &Address, now: i64) -> Result<Cancelled> {
        require!(address_eq(author, &self.proposal.author), ChoraleError::NotProposalAuthor);
        let hopeless = self.thread.is_archived() || self.thread.require_room(author).is_err();
        require!(hopeless || self.proposal.ballot.is_empty(), ChoraleError::VotesCast);
        let refund = self.proposal.stake.get();
        self.thread.release(refund, now)?;
        self.thread.invariant()?;
        Ok(Cancelled { refund })
    }

    fn require_open(&self, now: i64) -> Result<()> {
        require!(now < self.proposal.expires_at.get(), ChoraleError::ProposalExpired);
        Ok(())
    }

    fn decide(self, now: i64) -> Result<ProposalState<'a>> {
        let rule = ApprovalRule::from_bps(self.thread.approval_bps.get())
            .ok_or(ChoraleError::InvalidApprovalRule)?;
        let live = self.proposal.ballot.live(&self.thread.seats);
        match decide(rule, live.tally()) {
            Decision::Open => Ok(ProposalState::Pending(self)),
            Decision::Approved => self.approve(live, now).map(ProposalState::Approved),
            Decision::Rejected => self.reject(live.tally(), now).map(ProposalState::Rejected),
        }
    }

    fn approve(self, live: LiveVotes, now: i64) -> Result<Approved> {
        let (thread, stake) = (self.thread, self.proposal.stake.get());
        thread.release(stake, now)?;
        let split = split_approved(stake, live.tally().approvals);
        // Shares first: the author, seated afterwards, gets one only as an approver.
        let approvers = live.reward(&mut thread.seats, split.share)?;
        let member = thread.seat(self.proposal.author, now)?;
        let sequence = thread.append(&self.proposal.hash, &self.proposal.author, now)?;
        self.treasury.earn(split.treasury)?;
        thread.invariant()?;
        Ok(Approved { member, sequence, share: split.share, to_treasury: split.treasury, approvers })
    }

    fn reject(self, tally: Tally, now: i64) -> Result<Rejected> {
        let stake = self.proposal.stake.get();
        self.thread.release(stake, now)?;
        let split = split_rejected(stake, tally);
        let balance = self.thread.token_balance.checked_add(split.thread);
        self.thread.token_balance = balance.ok_or(ChoraleError::Overflow)?;
        self.treasury.earn(split.treasury)?;
        self.thread.invariant()?;
        Ok(Rejected { to_treasury: split.treasury, to_thread: split.thread })
    }
}
