//! The votes on a proposal.

use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};
use chorale_domain::settlement::Tally;

use crate::error::ChoraleError;
use crate::state::{MAX_CO_AUTHORS, Member, Seats};

/// One place for each seat of the thread. A vote is live while the member who cast it has the seat; whoever gets the
/// seat next votes over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Ballot {
    /// By seat.
    pub votes: [Vote; MAX_CO_AUTHORS],
}

/// One co-author's vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Vote {
    /// The voter's member number.
    pub member: PodU32,
    /// 0: no vote yet, 1: denies, 2: approves.
    pub choice: u8,
}

/// `choice` of a vote that denies.
const DENY: u8 = 1;
/// `choice` of a vote that approves.
const APPROVE: u8 = 2;

impl Vote {
    /// Whether it was cast at all.
    #[must_use]
    pub fn is_cast(&self) -> bool {
        self.choice != 0
    }

    /// Whether it approves.
    #[must_use]
    pub fn approves(&self) -> bool {
        self.choice == APPROVE
    }

    /// Whether it is the vote of who has the seat now.
    fn is_of(&self, member: &Member) -> bool {
        self.is_cast() && self.member == member.number
    }
}

impl Ballot {
    /// The votes, in the order of seats. Those of members who left are among them until their seat votes again.
    pub fn cast(&self) -> impl Iterator<Item = &Vote> + Clone {
        self.votes.iter().filter(|vote| vote.is_cast())
    }

    /// Whether nobody voted yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cast().next().is_none()
    }

    /// Adds the vote of who sits there, once.
    pub(crate) fn add(&mut self, seats: &Seats, seat: usize, approve: bool) -> Result<()> {
        let (vote, member) = (&mut self.votes[seat], &seats.members[seat]);
        require!(!vote.is_of(member), ChoraleError::AlreadyVoted);
        *vote = Vote { member: member.number, choice: if approve { APPROVE } else { DENY } };
        Ok(())
    }

    /// Finds the live votes.
    #[must_use]
    pub fn live(&self, seats: &Seats) -> LiveVotes {
        let mut live = LiveVotes { co_authors: seats.len(), approvals: 0, denials: 0 };
        let mut seat = 1;
        for (vote, member) in self.votes.iter().zip(seats.up_to_last()) {
            if vote.member == member.number {
                match vote.choice {
                    APPROVE => live.approvals |= seat,
                    DENY => live.denials |= seat,
                    _ => {}
                }
            }
            seat <<= 1;
        }
        live
    }
}

/// The votes of those who are co-authors now: one bit for each seat, the first seat's the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveVotes {
    co_authors: u32,
    approvals: u64,
    denials: u64,
}

const _: () = assert!(MAX_CO_AUTHORS < u64::BITS as usize);

impl LiveVotes {
    /// How many there are.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let (approvals, denials) = (self.approvals.count_ones(), self.denials.count_ones());
        Tally { co_authors: self.co_authors, approvals, denials }
    }

    /// Gives every co-author who approves `share` base units to claim.
    pub(crate) fn reward(&self, seats: &mut Seats, share: u64) -> Result<Approvers> {
        let mut approvers = Approvers::zeroed();
        let (mut approvals, mut count, mut overflow) = (self.approvals, 0, false);
        for member in seats.up_to_last_mut() {
            if approvals & 1 == 1 {
                let (claimable, over) = member.claimable.get().overflowing_add(share);
                overflow |= over;
                member.claimable = claimable.into();
                // The remainder keeps the compiler from checking the bound once for each approver.
                approvers.members[count % MAX_CO_AUTHORS] = member.number;
                count += 1;
            }
            approvals >>= 1;
        }
        require!(!overflow, ChoraleError::Overflow);
        approvers.count = u8::try_from(count).unwrap_or(u8::MAX);
        Ok(approvers)
    }
}

/// The member numbers of those who approved a proposal and got a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Approvers {
    /// How many.
    pub count: u8,
    /// Their numbers, in the order of their seats; zero from `count` on.
    pub members: [PodU32; MAX_CO_AUTHORS],
}

impl Approvers {
    /// The member numbers.
    #[must_use]
    pub fn numbers(&self) -> &[PodU32] {
        &self.members[..usize::from(self.count).min(MAX_CO_AUTHORS)]
    }
}
