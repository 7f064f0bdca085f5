//! What every event tells whatever its type.

use super::Event;
use crate::content::ContentHash;
use crate::id::{ThreadId, Wallet};

impl Event {
    /// The event's type as stored and sent: the same word JSON carries as `type`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ConfigInitialized { .. } => "config_initialized",
            Self::ThreadCreated { .. } => "thread_created",
            Self::MessagePublished { .. } => "message_published",
            Self::ProposalCreated { .. } => "proposal_created",
            Self::VoteCast { .. } => "vote_cast",
            Self::ProposalApproved { .. } => "proposal_approved",
            Self::ProposalRejected { .. } => "proposal_rejected",
            Self::Claimed { .. } => "claimed",
            Self::ConfigUpdated { .. } => "config_updated",
            Self::AuthorityProposed { .. } => "authority_proposed",
            Self::AuthorityAccepted { .. } => "authority_accepted",
            Self::PausedSet { .. } => "paused_set",
            Self::ProposalExpired { .. } => "proposal_expired",
            Self::ProposalCancelled { .. } => "proposal_cancelled",
            Self::Divested { .. } => "divested",
            Self::ThreadArchived { .. } => "thread_archived",
            Self::RootAnchored { .. } => "root_anchored",
            Self::TreasuryWithdrawn { .. } => "treasury_withdrawn",
        }
    }

    /// The thread it belongs to, `None` for those of the whole deployment.
    #[must_use]
    pub fn thread(&self) -> Option<ThreadId> {
        match self {
            Self::ConfigInitialized { .. }
            | Self::ConfigUpdated { .. }
            | Self::AuthorityProposed { .. }
            | Self::AuthorityAccepted { .. }
            | Self::PausedSet { .. }
            | Self::RootAnchored { .. }
            | Self::TreasuryWithdrawn { .. } => None,
            Self::ThreadCreated { thread, .. }
            | Self::MessagePublished { thread, .. }
            | Self::ProposalCreated { thread, .. }
            | Self::VoteCast { thread, .. }
            | Self::ProposalApproved { thread, .. }
            | Self::ProposalRejected { thread, .. }
            | Self::ProposalExpired { thread, .. }
            | Self::ProposalCancelled { thread, .. }
            | Self::Claimed { thread, .. }
            | Self::Divested { thread, .. }
            | Self::ThreadArchived { thread, .. } => Some(*thread),
        }
    }

    /// The content it is about.
    #[must_use]
    pub fn hash(&self) -> Option<ContentHash> {
        match self {
            Self::MessagePublished { hash, .. }
            | Self::ProposalCreated { hash, .. }
            | Self::VoteCast { hash, .. }
            | Self::ProposalApproved { hash, .. }
            | Self::ProposalRejected { hash, .. }
            | Self::ProposalExpired { hash, .. }
            | Self::ProposalCancelled { hash, .. } => Some(*hash),
            Self::ConfigInitialized { .. }
            | Self::ConfigUpdated { .. }
            | Self::AuthorityProposed { .. }
            | Self::AuthorityAccepted { .. }
            | Self::PausedSet { .. }
            | Self::RootAnchored { .. }
            | Self::TreasuryWithdrawn { .. }
            | Self::ThreadCreated { .. }
            | Self::Claimed { .. }
            | Self::Divested { .. }
            | Self::ThreadArchived { .. } => None,
        }
    }

    /// Whose doing it is.
    #[must_use]
    pub fn actor(&self) -> Wallet {
        match self {
            Self::ConfigInitialized { authority: actor, .. }
            | Self::ConfigUpdated { authority: actor, .. }
            | Self::AuthorityProposed { authority: actor, .. }
            | Self::AuthorityAccepted { authority: actor, .. }
            | Self::PausedSet { authority: actor, .. }
            | Self::RootAnchored { authority: actor, .. }
            | Self::TreasuryWithdrawn { authority: actor, .. }
            | Self::ThreadCreated { creator: actor, .. }
            | Self::MessagePublished { author: actor, .. }
            | Self::ProposalCreated { author: actor, .. }
            | Self::VoteCast { voter: actor, .. }
            | Self::ProposalApproved { settled_by: actor, .. }
            | Self::ProposalRejected { settled_by: actor, .. }
            | Self::ProposalExpired { settled_by: actor, .. }
            | Self::ProposalCancelled { author: actor, .. }
            | Self::Claimed { wallet: actor, .. }
            | Self::Divested { wallet: actor, .. }
            | Self::ThreadArchived { wallet: actor, .. } => *actor,
        }
    }
}
