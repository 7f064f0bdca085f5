//! The part of a derived state that the chain's accounts can vouch for.
//!
//! Left out is what has no account, or no place in one: decided proposals (their accounts are closed, or have become
//! messages), members who left, the votes of such members, the order in which votes were cast, and when a root was
//! posted.

use chorale_domain::id::ThreadId;
use chorale_domain::state::{Entities, Entity, EntityKey, Proposal, ProposalStatus, Roots};

/// The state as accounts would show it: equal to [`ProgramState::entities`](super::ProgramState::entities), taken
/// through this too, where nothing differs.
#[must_use]
pub fn kept(entities: &Entities) -> Entities {
    let is_current = |thread, number| {
        let voter = entities.get(&EntityKey::Member(thread, number));
        matches!(voter, Some(Entity::Member(member)) if member.current)
    };
    let kept = entities.iter().map(|(key, entity)| (*key, kept_of(entity, is_current)));
    kept.filter_map(|(key, entity)| Some((key, entity?))).collect()
}

/// One entity as accounts would show it, `None` if they do not; `is_current` tells whether a member, by number, is a
/// co-author of a thread now.
#[must_use]
pub fn kept_of(entity: &Entity, is_current: impl Fn(ThreadId, u32) -> bool) -> Option<Entity> {
    match entity {
        Entity::Proposal(proposal) => {
            let is_pending = proposal.status == ProposalStatus::Pending;
            is_pending.then(|| Entity::Proposal(with_live_votes(proposal, is_current)))
        }
        Entity::Member(member) => member.current.then(|| entity.clone()),
        Entity::Roots(roots) => Some(Entity::Roots(without_times(roots))),
        Entity::Config(_) | Entity::Treasury(_) | Entity::Thread(_) | Entity::Message(_) => {
            Some(entity.clone())
        }
    }
}

/// The chain keeps votes by seat, and forgets those of members who left once somebody else votes in their seat.
fn with_live_votes(proposal: &Proposal, is_current: impl Fn(ThreadId, u32) -> bool) -> Proposal {
    let mut proposal = proposal.clone();
    proposal.votes.retain(|vote| is_current(proposal.thread, vote.member));
    proposal.votes.sort_by_key(|vote| vote.member);
    proposal
}

fn without_times(roots: &Roots) -> Roots {
    let mut roots = roots.clone();
    roots.roots.iter_mut().for_each(|anchored| anchored.anchored_at = 0);
    roots
}
