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

/// What a co-author leaves with, in base units of the token: an equal part of the thread's balance, as far as the
/// thread keeps `min_thread_balance` (or all it has, where that is less). Nothing where nobody can leave.
#[must_use]
pub fn divest_share(balance: u64, co_authors: u32, min_thread_balance: u64) -> u64 {
    let part = balance.checked_div(u64::from(co_authors)).unwrap_or(0);
    part.min(balance.saturating_sub(min_thread_balance))
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

    #[test]
    fn an_approved_stake_is_the_approvers_in_equal_shares_and_the_remainder_the_treasurys() {
        let cases = [
            (1_000, 3, 333, 1),
            (1_000, 4, 250, 0),
            (2, 3, 0, 2),
            (0, 3, 0, 0),
            (1_000, 0, 0, 1_000),
            (u64::MAX, 2, u64::MAX / 2, 1),
        ];
        for (stake, approvers, share, treasury) in cases {
            let split = split_approved(stake, approvers);
            assert_eq!(split, ApprovedSplit { share, treasury }, "{stake} among {approvers}");
        }
    }

    #[test]
    fn a_rejected_stake_is_the_treasurys_as_far_as_it_was_approved() {
        let cases = [
            (1_000, 0, 0, 0),
            (1_000, 0, 3, 0),
            (1_000, 1, 2, 333),
            (1_001, 2, 1, 667),
            (999, 3, 0, 999),
            (u64::MAX, 0, 0, 0),
            (u64::MAX, 31, 1, u64::MAX / 32 * 31 + 30),
        ];
        for (stake, approvals, denials, treasury) in cases {
            let split = split_rejected(stake, tally(32, approvals, denials));
            let expected = RejectedSplit { treasury, thread: stake - treasury };
            assert_eq!(split, expected, "{approvals} for, {denials} against {stake}");
        }
    }

    #[test]
    fn a_leaver_gets_an_equal_part_but_never_what_the_thread_must_keep() {
        let cases = [
            (100, 4, 0, 25),
            (103, 4, 0, 25),
            (100, 4, 75, 25),
            (100, 4, 76, 24),
            (100, 1, 10, 90),
            (100, 1, 100, 0),
            (100, 1, u64::MAX, 0),
            (0, 1, 0, 0),
            (u64::MAX, 1, 0, u64::MAX),
            (100, 0, 0, 0),
        ];
        for (balance, n, min, expected) in cases {
            assert_eq!(divest_share(balance, n, min), expected, "{balance} among {n}, keeping {min}");
        }
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
