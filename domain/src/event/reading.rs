//! What every event tells whatever its type.

use super::Event;
use crate::content::ContentHash;
use crate::id::{Amount, ThreadId, Wallet};

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

    /// The treasury's total after a settlement or a withdrawal, `None` for what does not move it.
    #[must_use]
    pub fn treasury_after(&self) -> Option<Amount> {
        match self {
            Self::ProposalApproved { treasury, .. }
            | Self::ProposalRejected { treasury, .. }
            | Self::ProposalExpired { treasury, .. }
            | Self::TreasuryWithdrawn { treasury, .. } => Some(*treasury),
            _ => None,
        }
    }

    /// The treasury's total before a settlement or a withdrawal, from the event's own words: `None` also where they
    /// do not add up.
    #[must_use]
    pub fn treasury_before(&self) -> Option<Amount> {
        match self {
            Self::ProposalApproved { to_treasury, treasury, .. }
            | Self::ProposalRejected { to_treasury, treasury, .. }
            | Self::ProposalExpired { to_treasury, treasury, .. } => treasury.0.checked_sub(to_treasury.0),
            Self::TreasuryWithdrawn { amount, treasury, .. } => treasury.0.checked_add(amount.0),
            _ => None,
        }
        .map(Amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn withdrawn(amount: u64, treasury: u64) -> Event {
        let (authority, destination) = (Wallet([1; 32]), Wallet([2; 32]));
        let (amount, treasury) = (Amount(amount), Amount(treasury));
        Event::TreasuryWithdrawn { authority, destination, amount, withdrawn_at: 3, treasury }
    }

    fn expired(to_treasury: u64, treasury: u64) -> Event {
        Event::ProposalExpired {
            thread: ThreadId([1; 32]),
            hash: ContentHash::ZERO,
            author: Wallet([2; 32]),
            settled_by: Wallet([3; 32]),
            to_treasury: Amount(to_treasury),
            expired_at: 4,
            escrow: Amount(0),
            treasury: Amount(treasury),
        }
    }

    #[test]
    fn a_move_of_the_treasury_tells_its_total_before_and_after() {
        let told = |event: Event| (event.treasury_before().map(|a| a.0), event.treasury_after().map(|a| a.0));
        assert_eq!(told(expired(3, 10)), (Some(7), Some(10)));
        assert_eq!(told(withdrawn(3, 10)), (Some(13), Some(10)));
        assert_eq!(told(expired(11, 10)), (None, Some(10)));
        assert_eq!(told(withdrawn(1, u64::MAX)), (None, Some(u64::MAX)));
        let paused = Event::PausedSet { authority: Wallet([1; 32]), paused: true, set_at: 1 };
        assert_eq!(told(paused), (None, None));
    }
}
