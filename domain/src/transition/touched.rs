//! Which entities an event touches.

use crate::event::Event;
use crate::state::EntityKey::{self as Key, Config, Member, Message, Proposal, Roots, Thread, Treasury};

/// Known from the event alone, so that a follower can load them before it plans.
pub(super) fn entities(event: &Event) -> Vec<Key> {
    match *event {
        Event::ConfigInitialized { .. } => vec![Config, Treasury, Roots],
        Event::ConfigUpdated { .. }
        | Event::AuthorityProposed { .. }
        | Event::AuthorityAccepted { .. }
        | Event::PausedSet { .. } => vec![Config],
        Event::RootAnchored { .. } => vec![Config, Roots],
        Event::TreasuryWithdrawn { .. } => vec![Config, Treasury],
        Event::ThreadCreated { thread, .. } => vec![Config, Thread(thread), Member(thread, 0)],
        Event::MessagePublished { thread, hash, .. } | Event::ProposalCreated { thread, hash, .. } => {
            vec![Config, Thread(thread), Proposal(thread, hash), Message(thread, hash)]
        }
        Event::VoteCast { thread, hash, member, .. } => {
            vec![Thread(thread), Proposal(thread, hash), Member(thread, member)]
        }
        Event::ProposalApproved { .. } => of_an_approval(event),
        Event::ProposalRejected { thread, hash, .. } | Event::ProposalExpired { thread, hash, .. } => {
            vec![Thread(thread), Treasury, Proposal(thread, hash)]
        }
        Event::ProposalCancelled { thread, hash, .. } => vec![Thread(thread), Proposal(thread, hash)],
        Event::Divested { thread, member, .. } => vec![Config, Thread(thread), Member(thread, member)],
        Event::Claimed { thread, member, .. } | Event::ThreadArchived { thread, member, .. } => {
            vec![Thread(thread), Member(thread, member)]
        }
    }
}

fn of_an_approval(event: &Event) -> Vec<Key> {
    let Event::ProposalApproved { thread, hash, member, approvers, .. } = event else {
        return vec![];
    };
    let settled = [Thread(*thread), Treasury, Proposal(*thread, *hash), Message(*thread, *hash)];
    let members = approvers.iter().chain([member]).map(|number| Member(*thread, *number));
    settled.into_iter().chain(members).collect()
}
