//! States as facts, so that any two places can be held against each other, line by line.

use chorale_domain::id::{ThreadId, Wallet};
use chorale_domain::proof::log_root;
use chorale_domain::state::{AnchoredRoot, Entities, Entity, EntityKey};
use chorale_indexer::accounts::kept;
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
            Self::Room(Room::Lobby) => Room::Lobby.covers(&fact.key) && fact.field != ROOT,
            Self::Room(room) => room.covers(&fact.key),
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

/// What the chain can vouch for in `entities`.
#[must_use]
pub fn facts(entities: &Entities) -> Facts {
    kept(entities).iter().flat_map(|(key, entity)| told(*key, entity)).collect()
}

fn told(key: EntityKey, entity: &Entity) -> Vec<(Fact, String)> {
    match entity {
        Entity::Roots(roots) => roots.roots.iter().map(|anchored| root_fact(key, anchored)).collect(),
        _ => fields(key, entity),
    }
}

fn root_fact(key: EntityKey, anchored: &AnchoredRoot) -> (Fact, String) {
    (Fact { key, field: format!("root of slot {}", anchored.slot) }, anchored.root.to_string())
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
mod tests;
