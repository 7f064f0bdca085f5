//! When a proposal is decided.

use super::{Model, Proposal, Thread};

/// What votes mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    Open,
    Approved,
    Rejected,
}

/// The formulas that a test can get wrong on purpose, to see that the difference is found.
#[derive(Clone, Copy)]
pub struct Rules {
    /// What each of so many approvers gets of a stake, and what is left.
    pub split: fn(u64, u64) -> (u64, u64),
    /// Whether a time has come.
    pub has_come: fn(i64, i64) -> bool,
    /// Whether so many of so many are the share in basis points.
    pub suffices: fn(usize, usize, u16) -> bool,
}

impl Rules {
    /// The design's.
    pub const DESIGN: Self = Self {
        split: |stake, approvers| (stake / approvers, stake % approvers),
        has_come: |time, now| now >= time,
        suffices: |some, all, bps| some as u128 * 10_000 >= all as u128 * u128::from(bps),
    };
}

impl Proposal {
    /// The votes of those who are co-authors now, by seat, with the member number.
    pub fn live<'a>(&'a self, thread: &'a Thread) -> impl Iterator<Item = (usize, u32, bool)> + 'a {
        thread.seats.iter().filter_map(|(seat, member)| {
            let approve = self.votes.get(&member.number)?;
            Some((*seat, member.number, *approve))
        })
    }

    /// Live approvals and denials.
    pub(super) fn count(&self, thread: &Thread) -> (usize, usize) {
        let approvals = self.live(thread).filter(|(_, _, approve)| *approve).count();
        (approvals, self.live(thread).count() - approvals)
    }
}

impl Model {
    /// What the votes say.
    pub fn decision(&self, thread: &Thread, proposal: &Proposal) -> Decision {
        let (approvals, denials) = proposal.count(thread);
        let all = thread.seats.len();
        if all == 0 {
            return Decision::Open;
        }
        let suffices = |some| (self.rules.suffices)(some, all, thread.bps);
        match (suffices(approvals), suffices(all - denials)) {
            (true, _) => Decision::Approved,
            (false, false) => Decision::Rejected,
            (false, true) => Decision::Open,
        }
    }

    /// Whether a proposal can only expire by now.
    pub fn is_expired(&self, proposal: &Proposal) -> bool {
        (self.rules.has_come)(proposal.expires_at, self.now)
    }
}
