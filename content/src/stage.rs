//! Where a body stands, as it is stored.

use chorale_wire::http::ContentStatus;
use serde::{Deserialize, Serialize};

/// Where a body stands. The chain decides; this is the copy that searches filter by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The chain has nothing to do with it, or no more: its uploader's alone.
    Draft,
    /// Someone asks to join with it. Also what every undecided body was called before drafts had a word of their
    /// own, so whoever reads one that is another's asks the chain.
    #[serde(rename = "pending")]
    Proposed,
    /// In the thread's content log.
    Approved,
    /// Voted down.
    Rejected,
    /// Body and salt are gone for good.
    Erased,
}

impl Stage {
    /// All whose bodies are there.
    pub(crate) const WRITTEN: [Self; 4] = [Self::Draft, Self::Proposed, Self::Approved, Self::Rejected];

    /// What it is called in a payload.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Proposed => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Erased => "erased",
        }
    }

    /// What clients are told: to them a draft and a proposal are both pending.
    #[must_use]
    pub fn status(self) -> ContentStatus {
        match self {
            Self::Draft | Self::Proposed => ContentStatus::Pending,
            Self::Approved => ContentStatus::Approved,
            Self::Rejected => ContentStatus::Rejected,
            Self::Erased => ContentStatus::Erased,
        }
    }

    /// Those that clients know by this status.
    pub(crate) fn with(status: ContentStatus) -> &'static [Self] {
        match status {
            ContentStatus::Pending => &[Self::Draft, Self::Proposed],
            ContentStatus::Approved => &[Self::Approved],
            ContentStatus::Rejected => &[Self::Rejected],
            ContentStatus::Erased => &[Self::Erased],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_and_a_payload_call_a_stage_the_same() {
        for stage in Stage::WRITTEN.into_iter().chain([Stage::Erased]) {
            assert_eq!(serde_json::to_value(stage).unwrap(), stage.word());
            assert!(Stage::with(stage.status()).contains(&stage), "{stage:?}");
        }
    }
}
