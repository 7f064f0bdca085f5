//! States as facts, so that any two places can be held against each other, line by line.

use chorale_domain::id::{ThreadId, Wallet};
use chorale_domain::proof::log_root;
use chorale_domain::state::{Entities, Entity, EntityKey, ProposalStatus};
use chorale_wire::socket::Room;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// The content log's root as it follows from the messages themselves.
const ROOT: &str = "root recomputed from its messages";

/// One field of one entity.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Fact {
    key: EntityKey,
    field: String,
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.field, self.key)
    }
}

/// Facts with their values.
pub type Facts = BTreeMap<Fact, String>;

/// How much of the state a place holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// All of it.
    Everything,
    /// A room's part.
    Room(Room),
}

impl Scope {
    fn holds(self, fact: &Fact) -> bool {
        match self {
            Self::Everything => true,
            Self::Room(Room::Lobby) => Room::Lobby.holds(&fact.key) && fact.field != ROOT,
            Self::Room(room) => room.holds(&fact.key),
        }
    }
}

/// Something that two places say differently.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// About what.
    pub what: String,
    /// Where it differs from the chain.
    pub place: String,
    /// What the chain says; `None` for nothing.
    pub on_chain: Option<String>,
    /// What that place says; `None` for nothing.
    pub found: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nothing = || "nothing".to_owned();
        let on_chain = self.on_chain.clone().unwrap_or_else(nothing);
        let found = self.found.clone().unwrap_or_else(nothing);
        write!(f, "{}: {on_chain} on chain, {found} in {}", self.what, self.place)
    }
}

/// What the chain can vouch for in `entities`: decided proposals and members who left have no account.
#[must_use]
pub fn facts(entities: &Entities) -> Facts {
    let live = entities.iter().filter(|(_, entity)| is_live(entity));
    live.flat_map(|(key, entity)| fields(*key, entity)).collect()
}

fn is_live(entity: &Entity) -> bool {
    match entity {
        Entity::Proposal(proposal) => proposal.status == ProposalStatus::Pending,
        Entity::Member(member) => member.current,
        _ => true,
    }
}

fn fields(key: EntityKey, entity: &Entity) -> Vec<(Fact, String)> {
    let Ok(Value::Object(fields)) = serde_json::to_value(entity) else {
        return vec![];
    };
    let named = fields.into_iter().filter(|(field, _)| field != "entity_type");
    named.map(|(field, value)| (Fact { key, field }, text(value))).collect()
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// The root that each thread of `entities` has by its messages.
#[must_use]
pub fn recomputed_roots(entities: &Entities) -> Facts {
    threads(entities)
        .map(|thread| (root_of(thread), log_root(&messages(entities, thread)).to_string()))
        .collect()
}

/// The root that each thread of `entities` says it has: what the recomputed ones must come to.
#[must_use]
pub fn claimed_roots(entities: &Entities) -> Facts {
    let roots = entities.values().filter_map(|entity| match entity {
        Entity::Thread(thread) => Some((root_of(thread.thread), thread.content_log.root.to_string())),
        _ => None,
    });
    roots.collect()
}

fn root_of(thread: ThreadId) -> Fact {
    Fact { key: EntityKey::Thread(thread), field: ROOT.into() }
}

fn threads(entities: &Entities) -> impl Iterator<Item = ThreadId> {
    entities.keys().filter_map(|key| match key {
        EntityKey::Thread(thread) => Some(*thread),
        _ => None,
    })
}

fn messages(entities: &Entities, thread: ThreadId) -> Vec<(chorale_domain::ContentHash, Wallet)> {
    let mut messages: Vec<_> = entities
        .values()
        .filter_map(|entity| match entity {
            Entity::Message(message) if message.thread == thread => Some(message),
            _ => None,
        })
        .collect();
    messages.sort_by_key(|message| message.sequence);
    messages.iter().map(|message| (message.hash, message.author)).collect()
}

/// Every fact of `scope` that `found`, at `place`, says differently from the chain.
#[must_use]
pub fn compare(on_chain: &Facts, scope: Scope, place: &str, found: &Facts) -> Vec<Difference> {
    let expected = on_chain.keys().filter(|fact| scope.holds(fact));
    let additional = found.keys().filter(|fact| !on_chain.contains_key(fact));
    expected
        .chain(additional)
        .filter(|fact| on_chain.get(fact) != found.get(fact))
        .map(|fact| Difference {
            what: fact.to_string(),
            place: place.into(),
            on_chain: on_chain.get(fact).cloned(),
            found: found.get(fact).cloned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chorale_domain::content_log::ContentLog;
    use chorale_domain::id::{Amount, Hash32};
    use chorale_domain::state::{LogState, Member, Message, Thread, ThreadStatus, Treasury};

    const THREAD: ThreadId = ThreadId([1; 32]);
    const HASH: Hash32 = Hash32([2; 32]);
    const ADA: Wallet = Wallet([3; 32]);

    fn state() -> Entities {
        let mut log = ContentLog::default();
        log.append(&HASH.0, &ADA.0).unwrap();
        let thread = Thread {
            thread: THREAD,
            creator: ADA,
            approval_bps: 10_000,
            status: ThreadStatus::Active,
            co_authors: 1,
            next_member: 1,
            token_balance: Amount(7),
            escrow: Amount(0),
            open_proposals: 0,
            content_log: LogState::from(&log),
            created_at: 1,
            updated_at: 2,
        };
        let member = Member {
            thread: THREAD,
            number: 0,
            wallet: ADA,
            joined_at: 1,
            claimable: Amount(3),
            current: true,
        };
        let message = Message { thread: THREAD, hash: HASH, author: ADA, sequence: 0, approved_at: 2 };
        Entities::from([
            (EntityKey::Treasury, Entity::Treasury(Treasury { balance: Amount(1) })),
            (EntityKey::Thread(THREAD), Entity::Thread(thread)),
            (EntityKey::Member(THREAD, 0), Entity::Member(member)),
            (EntityKey::Message(THREAD, HASH), Entity::Message(message)),
        ])
    }

    fn whole(entities: &Entities) -> Facts {
        facts(entities).into_iter().chain(recomputed_roots(entities)).collect()
    }

    fn differences(found: &Entities, scope: Scope) -> Vec<String> {
        let chain = state();
        let on_chain: Facts = facts(&chain).into_iter().chain(claimed_roots(&chain)).collect();
        let found = compare(&on_chain, scope, "the store", &whole(found));
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_same_state_has_no_differences() {
        assert_eq!(differences(&state(), Scope::Everything), Vec::<String>::new());
    }

    #[test]
    fn a_difference_says_what_where_and_both_values() {
        let mut found = state();
        found.insert(EntityKey::Treasury, Entity::Treasury(Treasury { balance: Amount(2) }));
        let expected = "balance of treasury: 1 on chain, 2 in the store";
        assert_eq!(differences(&found, Scope::Everything), [expected]);
    }

    #[test]
    fn a_lost_message_shows_in_its_own_facts_and_in_the_root() {
        let mut found = state();
        found.remove(&EntityKey::Message(THREAD, HASH));
        let differences = differences(&found, Scope::Everything);
        assert!(differences.iter().any(|line| line.contains(ROOT)), "{differences:?}");
        assert!(differences.iter().any(|line| line.ends_with("nothing in the store")), "{differences:?}");
    }

    #[test]
    fn an_invented_member_is_a_difference() {
        let mut found = state();
        let Some(Entity::Member(mut member)) = found.get(&EntityKey::Member(THREAD, 0)).cloned() else {
            panic!()
        };
        member.number = 1;
        found.insert(EntityKey::Member(THREAD, 1), Entity::Member(member));
        let differences = differences(&found, Scope::Everything);
        assert!(differences.iter().all(|line| line.contains("nothing on chain")), "{differences:?}");
        assert!(!differences.is_empty());
    }

    #[test]
    fn a_room_answers_for_its_own_part_only() {
        let mut room = state();
        room.remove(&EntityKey::Treasury);
        assert_eq!(differences(&room, Scope::Room(Room::Thread(THREAD))), Vec::<String>::new());
        assert_eq!(differences(&room, Scope::Everything).len(), 1);
    }
}
