//! A thread and the states it can be in.

use anchor_lang::address_eq;
use anchor_lang::prelude::*;
use chorale_domain::content_log::{MAX_COUNT, MAX_PEAKS, leaf_hash, push_leaf};
use chorale_domain::rule::ApprovalRule;
use chorale_domain::settlement::divest_share;

use crate::error::ChoraleError;
use crate::state::{Config, LAYOUT_VERSION, MAX_CO_AUTHORS, Member, Seats};

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
    /// 1: takes messages, proposals and votes. 2: archived. See [`ThreadState`].
    pub status: u8,
    /// Bump of this account's address.
    pub bump: u8,
    /// The co-authors.
    pub seats: Seats,
    /// Room for later fields.
    pub reserved: [u8; 64],
}

/// `status` of a thread that takes part. Zero is no status, so that a zeroed account is none.
const ACTIVE: u8 = 1;
/// `status` of a thread that is read only.
const ARCHIVED: u8 = 2;

/// The states of a thread.
pub enum ThreadState<'a> {
    /// Takes messages, proposals and votes.
    Active(Active<'a>),
    /// Its last co-author left, or archived it: takes nothing more, and what is in it can still be taken out.
    Archived,
}

/// A thread that takes messages, proposals and votes.
pub struct Active<'a>(pub(super) &'a mut Thread);

/// A co-author who left, in base units of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// The member number.
    pub member: u32,
    /// Their part of the thread's balance.
    pub share: u64,
    /// What they had not claimed yet.
    pub claimed: u64,
    /// Whether nobody is left, so that the thread is archived now if it was not before.
    pub archived: bool,
}

impl Left {
    /// All that is paid out, in base units; refused where it is less than who leaves asks for, since the settings or
    /// the number of co-authors may have changed.
    pub(crate) fn payout(&self, at_least: u64) -> Result<u64> {
        let payout = self.share.checked_add(self.claimed).ok_or(ChoraleError::Overflow)?;
        require!(payout >= at_least, ChoraleError::PayoutTooLow);
        Ok(payout)
    }
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
        self.status = ACTIVE;
        self.created_at = now.into();
        self.updated_at = now.into();
        self.seat(creator, now)?;
        self.invariant()
    }

    /// The state it is in.
    pub(crate) fn state(&mut self) -> Result<ThreadState<'_>> {
        match self.status {
            ACTIVE => Ok(ThreadState::Active(Active(self))),
            ARCHIVED => Ok(ThreadState::Archived),
            _ => Err(ChoraleError::InvariantBroken.into()),
        }
    }

    /// The thread if it takes part.
    pub(crate) fn active(&mut self) -> Result<Active<'_>> {
        match self.state()? {
            ThreadState::Active(active) => Ok(active),
            ThreadState::Archived => Err(ChoraleError::ThreadArchived.into()),
        }
    }

    /// The co-authors, in the order of their seats.
    pub fn members(&self) -> impl Iterator<Item = &Member> + Clone {
        self.seats.taken()
    }

    /// Whether it is read only.
    #[must_use]
    pub fn is_archived(&self) -> bool {
        self.status == ARCHIVED
    }

    /// Empties a co-author's claimable amount and returns it with the member number. In every state.
    pub(crate) fn claim(&mut self, wallet: &Address, now: i64) -> Result<(u32, u64)> {
        let seat = self.seats.position(wallet)?;
        let member = &mut self.seats.members[seat];
        let amount = member.claimable.get();
        require!(amount > 0, ChoraleError::NothingToClaim);
        member.claimable = 0.into();
        let number = member.number.get();
        self.updated_at = now.into();
        self.invariant()?;
        Ok((number, amount))
    }

    /// A co-author leaves with an equal part of the balance and what is claimable. In every state; the last one to
    /// leave archives the thread.
    pub(crate) fn leave(&mut self, wallet: &Address, rules: &Config, now: i64) -> Result<Left> {
        let seat = self.seats.position(wallet)?;
        rules.require_cooled_down(self.seats.members[seat].joined_at.get(), now)?;
        let share = divest_share(self.token_balance.get(), self.seats.len(), rules.min_thread_balance.get());
        self.token_balance = self.token_balance.checked_sub(share).ok_or(ChoraleError::Overflow)?;
        let member = self.seats.leave(seat);
        let archived = self.seats.is_empty();
        if archived {
            self.status = ARCHIVED;
        }
        self.updated_at = now.into();
        self.invariant()?;
        Ok(Left { member: member.number.get(), share, claimed: member.claimable.get(), archived })
    }

    /// Appends to the content log and returns the sequence number.
    pub(super) fn append(&mut self, hash: &[u8; 32], author: &Address, now: i64) -> Result<u64> {
        let sequence = self.log_count.get();
        push_leaf(sequence, &mut self.log_peaks, leaf_hash(hash, author.as_array()))
            .map_err(|_| ChoraleError::ContentLogFull)?;
        self.log_count = (sequence + 1).into();
        self.updated_at = now.into();
        Ok(sequence)
    }

    /// Gives a wallet a seat, or finds the one it has, and returns its member number.
    pub(super) fn seat(&mut self, wallet: Address, now: i64) -> Result<u32> {
        if let Ok(member) = self.seats.of(&wallet) {
            return Ok(member.number.get());
        }
        let number = self.next_member.get();
        let member = Member { wallet, claimable: 0.into(), joined_at: now.into(), number: number.into() };
        self.seats.take(member)?;
        self.next_member = number.checked_add(1).ok_or(ChoraleError::Overflow)?.into();
        Ok(number)
    }

    /// Whether the thread could take a message of this author, who is or would become a co-author.
    pub(super) fn require_room(&self, author: &Address) -> Result<()> {
        require!(!self.seats.is_full() || self.seats.of(author).is_ok(), ChoraleError::ThreadFull);
        require!(self.log_count.get() < MAX_COUNT, ChoraleError::ContentLogFull);
        Ok(())
    }

    /// A stake came in with a proposal.
    pub(super) fn hold(&mut self, stake: u64, now: i64) -> Result<()> {
        self.escrow = self.escrow.checked_add(stake).ok_or(ChoraleError::Overflow)?;
        self.open_proposals = self.open_proposals.checked_add(1).ok_or(ChoraleError::Overflow)?;
        self.updated_at = now.into();
        Ok(())
    }

    /// A proposal ended: its stake is no longer held for it.
    pub(super) fn release(&mut self, stake: u64, now: i64) -> Result<()> {
        self.escrow = self.escrow.checked_sub(stake).ok_or(ChoraleError::Overflow)?;
        self.open_proposals = self.open_proposals.checked_sub(1).ok_or(ChoraleError::Overflow)?;
        self.updated_at = now.into();
        Ok(())
    }

    /// What must hold of a thread after every change.
    pub(crate) fn invariant(&self) -> Result<()> {
        let seats = self.seats.len();
        let sound = self.seats.count <= self.seats.used
            && usize::from(self.seats.used) <= MAX_CO_AUTHORS
            && (self.status == ARCHIVED || (self.status == ACTIVE && seats > 0))
            && seats <= self.next_member.get()
            && self.log_count.get() <= MAX_COUNT
            && (self.open_proposals.get() > 0 || self.escrow.get() == 0);
        require!(sound, ChoraleError::InvariantBroken);
        Ok(())
    }
}

impl Active<'_> {
    /// A co-author adds a message; returns its sequence number.
    pub(crate) fn publish(self, hash: &[u8; 32], author: &Address, now: i64) -> Result<u64> {
        require_hash(hash)?;
        self.0.seats.position(author)?;
        let sequence = self.0.append(hash, author, now)?;
        self.0.invariant()?;
        Ok(sequence)
    }

    /// The sole co-author ends the thread and stays to take out what is theirs; returns the member number.
    pub(crate) fn archive(self, wallet: &Address, now: i64) -> Result<u32> {
        let member = self.0.seats.of(wallet)?.number.get();
        require!(self.0.seats.len() == 1, ChoraleError::NotSoleCoAuthor);
        require!(self.0.open_proposals.get() == 0, ChoraleError::ProposalsOpen);
        self.0.status = ARCHIVED;
        self.0.updated_at = now.into();
        self.0.invariant()?;
        Ok(member)
    }
}

/// The all-zero hash marks "nothing" and names no content.
pub(crate) fn require_hash(hash: &[u8; 32]) -> Result<()> {
    // As an address, whose comparison costs a tenth of that of arrays.
    require!(!address_eq(&Address::new_from_array(*hash), &Address::default()), ChoraleError::ZeroHash);
    Ok(())
}
