//! Whether anything passed while nobody was looking: gaps, for those who watch the numbers.

use crate::metrics::Metrics;

/// What is known of the stretch up to the tip.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sight {
    /// Nothing: something may have passed.
    Blind,
    /// Something has passed and is not all in yet.
    Filling,
    /// Everything was in a moment ago.
    Clear,
}

impl Sight {
    /// The chain could not be seen for a while.
    #[must_use]
    pub(crate) fn lost(self) -> Self {
        if self == Self::Clear { Self::Blind } else { self }
    }

    /// There are transactions that are not in. After a look at the chain a moment ago, that is how it should be.
    #[must_use]
    pub(crate) fn missing(self, metrics: &Metrics) -> Self {
        if self == Self::Blind { Self::behind(self, metrics) } else { self }
    }

    /// There is more than can be new.
    #[must_use]
    pub(crate) fn behind(self, metrics: &Metrics) -> Self {
        if self != Self::Filling {
            metrics.gap_found();
        }
        Self::Filling
    }

    /// Everything is in.
    #[must_use]
    pub(crate) fn clear(self, metrics: &Metrics) -> Self {
        if self == Self::Filling {
            metrics.gap_filled();
        }
        Self::Clear
    }
}
