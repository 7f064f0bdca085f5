//! When a proposal is decided and where its stake goes.

use crate::rule::ApprovalRule;

/// Where a vote stands. Only live votes count: those of members who are co-authors now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tally {
    /// Co-authors of the thread now.
    pub co_authors: u32,
    /// Live votes that approve.
    pub approvals: u32,
    /// Live votes that deny.
    pub denials: u32,
}

/// What a tally means under a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// More votes are needed.
    Open,
    /// The rule's share has approved.
    Approved,
    /// The rule's share can no longer be reached.
    Rejected,
}

/// Decides a proposal from its live votes. Where no co-author is left nobody can decide: it stays open until it
/// expires.
#[must_use]
pub fn decide(rule: ApprovalRule, tally: Tally) -> Decision {
    if tally.co_authors == 0 {
        return Decision::Open;
    }
    let needed = rule.needed(tally.co_authors);
    if tally.approvals >= needed {
        Decision::Approved
    } else if tally.co_authors - tally.denials < needed {
        Decision::Rejected
    } else {
        Decision::Open
    }
}

/// Where the stake of an approved proposal goes, in base units of the token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ApprovedSplit {
    /// Added to each approver's claimable amount.
    pub share: u64,
    /// What does not divide, to the treasury.
    pub treasury: u64,
}

/// Divides an approved proposal's stake equally among its approvers; without any, all of it is the treasury's.
#[must_use]
pub fn split_approved(stake: u64, approvers: u32) -> ApprovedSplit {
    match u64::from(approvers) {
        0 => ApprovedSplit { share: 0, treasury: stake },
        approvers => ApprovedSplit { share: stake / approvers, treasury: stake % approvers },
    }
}

/// Where the stake of a rejected proposal goes, in base units of the token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RejectedSplit {
    /// `floor(stake * approvals / votes cast)`.
    pub treasury: u64,
    /// The rest, to the thread's balance.
    pub thread: u64,
}

/// Divides a rejected proposal's stake between treasury and thread; without votes all of it is the thread's.
#[must_use]
pub fn split_rejected(stake: u64, tally: Tally) -> RejectedSplit {
    let approvals = u64::from(tally.approvals);
    let cast = approvals + u64::from(tally.denials);
    // In two halves, because the chain has no 128-bit division; exact since approvals <= cast.
    let treasury = match cast {
        0 => 0,
        _ => (stake / cast) * approvals + (stake % cast) * approvals / cast,
    };
    RejectedSplit { treasury, thread: stake - treasury }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tally(co_authors: u32, approvals: u32, denials: u32) -> Tally {
        Tally { co_authors, approvals, denials }
    }

    #[test]
    fn unanimity_needs_everyone_and_falls_with_one() {
        let cases = [
            (1, 1, 0, Decision::Approved),
            (1, 0, 1, Decision::Rejected),
            (3, 2, 0, Decision::Open),
            (3, 3, 0, Decision::Approved),
            (3, 2, 1, Decision::Rejected),
            (3, 0, 1, Decision::Rejected),
            (3, 0, 0, Decision::Open),
        ];
        for (n, yes, no, expected) in cases {
            assert_eq!(
                decide(ApprovalRule::UNANIMOUS, tally(n, yes, no)),
                expected,
                "{yes} yes, {no} no of {n}"
            );
        }
    }

    #[test]
    fn a_thread_that_everyone_left_decides_nothing() {
        for bps in [1, 10_000] {
            let rule = ApprovalRule::from_bps(bps).unwrap();
            assert_eq!(decide(rule, tally(0, 0, 0)), Decision::Open);
        }
    }

    #[test]
    fn a_half_is_reached_or_out_of_reach() {
        let half = ApprovalRule::from_bps(5_000).unwrap();
        assert_eq!(decide(half, tally(4, 2, 2)), Decision::Approved);
        assert_eq!(decide(half, tally(4, 1, 2)), Decision::Open);
        assert_eq!(decide(half, tally(4, 1, 3)), Decision::Rejected);
    }

    proptest! {
        #[test]
        fn nothing_is_made_or_lost_on_approval(stake: u64, approvers in 0_u32..=32) {
            let split = split_approved(stake, approvers);
            prop_assert_eq!(u128::from(split.share) * u128::from(approvers) + u128::from(split.treasury), u128::from(stake));
            prop_assert!(approvers == 0 || split.treasury < u64::from(approvers));
        }

        #[test]
        fn nothing_is_made_or_lost_on_rejection(stake: u64, approvals in 0_u32..=32, denials in 0_u32..=32) {
            let split = split_rejected(stake, tally(32, approvals, denials));
            prop_assert_eq!(split.treasury.checked_add(split.thread), Some(stake));
            let cast = u128::from(approvals + denials).max(1);
            prop_assert_eq!(u128::from(split.treasury), u128::from(stake) * u128::from(approvals) / cast);
        }

        #[test]
        fn a_full_vote_is_always_decided(bps in 1_u16..=10_000, n in 1_u32..=32, yes in 0_u32..=32) {
            let yes = yes.min(n);
            let decision = decide(ApprovalRule::from_bps(bps).unwrap(), tally(n, yes, n - yes));
            prop_assert_ne!(decision, Decision::Open);
        }
    }
}
