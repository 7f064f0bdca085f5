//! Events of one moment, as the store and as the chain say.

use super::Difference;
use chorale_domain::event::{ChainEvent, EventId};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What stands for a side that lacks something.
const NOTHING: &str = "nothing";

/// Every event that only one side has, that the store has twice, or that the two sides tell differently.
pub(super) fn differences(store: &[ChainEvent], chain: &[ChainEvent]) -> Vec<Difference> {
    let (stored, on_chain) = (by_id(store), by_id(chain));
    let mut found = vec![];
    for id in differing(store, chain) {
        let copies = store.iter().filter(|event| event.id == id).count();
        if copies > 1 {
            found.push(difference(id, "", &format!("{copies} times"), "at most once"));
        }
        found.extend(of_one(id, stored.get(&id).copied(), on_chain.get(&id).copied()));
    }
    found
}

/// The events for which that is so.
pub(super) fn differing(store: &[ChainEvent], chain: &[ChainEvent]) -> BTreeSet<EventId> {
    let (stored, on_chain) = (by_id(store), by_id(chain));
    let mut seen = BTreeSet::new();
    let twice = store.iter().map(|event| event.id).filter(|id| !seen.insert(*id)).collect::<Vec<_>>();
    let ids = stored.keys().chain(on_chain.keys()).copied();
    ids.filter(|id| stored.get(id) != on_chain.get(id)).chain(twice).collect()
}

fn by_id(events: &[ChainEvent]) -> BTreeMap<EventId, &ChainEvent> {
    events.iter().map(|event| (event.id, event)).collect()
}

fn of_one(id: EventId, store: Option<&ChainEvent>, chain: Option<&ChainEvent>) -> Vec<Difference> {
    if store == chain {
        return vec![];
    }
    let (Some(store), Some(chain)) = (store, chain) else {
        return vec![difference(id, "", &kind(store), &kind(chain))];
    };
    let (left, right) = (json(store), json(chain));
    let fields: BTreeSet<_> = left.keys().chain(right.keys()).collect();
    let differing = fields.into_iter().filter(|field| left.get(*field) != right.get(*field));
    differing.map(|field| difference(id, field, &text(left.get(field)), &text(right.get(field)))).collect()
}

/// A difference about an event.
pub(super) fn difference(id: EventId, field: &str, store: &str, chain: &str) -> Difference {
    let EventId { signature, instruction, inner } = id;
    Difference {
        entity: format!("event {signature}/{instruction}/{inner}"),
        field: field.into(),
        store: store.into(),
        chain: chain.into(),
    }
}

fn kind(event: Option<&ChainEvent>) -> String {
    event.map_or(NOTHING, |event| event.event.kind()).into()
}

/// Its own fields, with the slot and the version of its schema.
fn json(event: &ChainEvent) -> BTreeMap<String, Value> {
    let fields = match serde_json::to_value(&event.event) {
        Ok(Value::Object(fields)) => fields.into_iter().collect(),
        _ => BTreeMap::new(),
    };
    let place = [("slot".into(), event.slot.into()), ("schema".into(), event.schema.into())];
    fields.into_iter().chain(place).collect()
}

fn text(value: Option<&Value>) -> String {
    match value {
        None => NOTHING.into(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}
