//! Where a piece of content stands on the chain, as far as the store knows.

use chorale_content::Stage;
use chorale_domain::content::ContentHash;
use chorale_domain::id::ThreadId;
use chorale_domain::state::{Entity, EntityKey, ProposalStatus};
use chorale_store::{Store, StoreError};

/// What the chain says of a hash in a thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// Nothing: a body with that hash is its uploader's draft.
    Unheard,
    /// It was proposed, and not decided in time or taken back: a body with that hash is a draft again.
    Dropped {
        /// Since when, Unix seconds of the chain's clock.
        at: i64,
    },
    /// Someone asks to join with it.
    Proposed,
    /// It was proposed, and is out.
    Rejected,
    /// It is in the thread's content log.
    Approved,
}

impl Standing {
    /// Asks the store.
    pub(crate) async fn of(store: &Store, thread: ThreadId, hash: ContentHash) -> Result<Self, StoreError> {
        if store.entity(&EntityKey::Message(thread, hash)).await?.is_some() {
            return Ok(Self::Approved);
        }
        let proposal = store.entity(&EntityKey::Proposal(thread, hash)).await?.map(|found| found.entity);
        Ok(match proposal {
            Some(Entity::Proposal(proposal)) => match proposal.status {
                ProposalStatus::Pending => Self::Proposed,
                ProposalStatus::Approved => Self::Approved,
                ProposalStatus::Rejected => Self::Rejected,
                ProposalStatus::Expired | ProposalStatus::Cancelled => {
                    Self::Dropped { at: proposal.decided_at.unwrap_or(proposal.expires_at) }
                }
            },
            _ => Self::Unheard,
        })
    }

    /// Whether a body with that hash is its uploader's alone.
    pub(crate) fn is_draft(self) -> bool {
        matches!(self, Self::Unheard | Self::Dropped { .. })
    }

    /// Where a body with that hash stands.
    pub(crate) fn stage(self) -> Stage {
        match self {
            Self::Unheard | Self::Dropped { .. } => Stage::Draft,
            Self::Proposed => Stage::Proposed,
            Self::Rejected => Stage::Rejected,
            Self::Approved => Stage::Approved,
        }
    }
}
