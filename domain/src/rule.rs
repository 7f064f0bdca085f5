//! How many approvals a proposal needs.

/// All of a whole, in basis points.
pub const UNANIMOUS_BPS: u16 = 10_000;

/// The share of current co-authors that must approve, in basis points; chosen when a thread is created.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ApprovalRule(u16);

impl ApprovalRule {
    /// Every co-author must approve: the default.
    pub const UNANIMOUS: Self = Self(UNANIMOUS_BPS);

    /// A rule from basis points, `None` outside 1..=10,000.
    #[must_use]
    pub fn from_bps(bps: u16) -> Option<Self> {
        (1..=UNANIMOUS_BPS).contains(&bps).then_some(Self(bps))
    }

    /// The rule in basis points.
    #[must_use]
    pub fn bps(self) -> u16 {
        self.0
    }

    /// Approvals needed among `co_authors`: the share rounded up, and at least one.
    #[must_use]
    pub fn needed(self, co_authors: u32) -> u32 {
        let whole = u64::from(UNANIMOUS_BPS);
        let needed = (u64::from(co_authors) * u64::from(self.0)).div_ceil(whole).max(1);
        #[expect(clippy::cast_possible_truncation, reason = "at most co_authors or 1, which fit a u32")]
        let needed = needed as u32;
        needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_up() {
        let cases = [
            (10_000, 1, 1),
            (10_000, 32, 32),
            (5_000, 1, 1),
            (5_000, 3, 2),
            (5_000, 4, 2),
            (5_001, 4, 3),
            (1, 32, 1),
            (1, 0, 1),
            (10_000, 0, 1),
            (9_999, 32, 32),
            (3_125, 32, 10),
            (3_126, 32, 11),
            (10_000, u32::MAX, u32::MAX),
        ];
        for (bps, co_authors, expected) in cases {
            assert_eq!(
                ApprovalRule::from_bps(bps).unwrap().needed(co_authors),
                expected,
                "{bps} of {co_authors}"
            );
        }
    }

    #[test]
    fn a_rule_of_nothing_or_more_than_all_is_refused() {
        for bps in [0, 10_001, u16::MAX] {
            assert_eq!(ApprovalRule::from_bps(bps), None, "{bps}");
        }
    }

    #[test]
    fn a_rule_is_the_basis_points_it_was_made_of() {
        for bps in 1..=10_000 {
            assert_eq!(ApprovalRule::from_bps(bps).unwrap().bps(), bps);
        }
        assert_eq!(ApprovalRule::UNANIMOUS.bps(), 10_000);
    }
}
