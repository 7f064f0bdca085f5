//! Which fields of an event a follower must believe, and which it can check.

use super::{long_story, play};
use crate::event::Event;
use crate::transition::Transition;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Fields that bring something new, or tell when or by whose transaction it came: any value can follow. Everything
/// else is determined by the state.
const NEW: [(&str, &[&str]); 18] = [
    ("authority_accepted", &["accepted_at"]),
    ("authority_proposed", &["pending", "proposed_at"]),
    ("claimed", &["claimed_at"]),
    (
        "config_initialized",
        &[
            "anchor_authority",
            "authority",
            "decimals",
            "divest_cooldown",
            "min_stake",
            "min_thread_balance",
            "mint",
            "proposal_ttl",
            "token_program",
        ],
    ),
    (
        "config_updated",
        &[
            "anchor_authority",
            "divest_cooldown",
            "min_stake",
            "min_thread_balance",
            "proposal_ttl",
            "updated_at",
        ],
    ),
    ("divested", &["divested_at"]),
    ("message_published", &["author", "hash", "published_at"]),
    ("paused_set", &["paused", "set_at"]),
    ("proposal_approved", &["approved_at", "settled_by"]),
    ("proposal_cancelled", &["cancelled_at"]),
    ("proposal_created", &["author", "hash"]),
    ("proposal_expired", &["expired_at", "settled_by"]),
    ("proposal_rejected", &["rejected_at", "settled_by"]),
    ("root_anchored", &["anchored_at", "root", "slot"]),
    ("thread_archived", &["archived_at"]),
    ("thread_created", &["approval_bps", "created_at", "creator", "thread"]),
    ("treasury_withdrawn", &["destination", "withdrawn_at"]),
    ("vote_cast", &["approve", "voted_at"]),
];

/// Another value of the same shape: one less or more, another wallet, thread or hash.
fn changed(value: &Value) -> Value {
    match value {
        Value::Bool(value) => json!(!value),
        Value::Number(number) if number.as_u64() == Some(10_000) => json!(9_999),
        Value::Number(number) => json!(number.as_i64().unwrap() + 1),
        Value::Array(_) => json!([]),
        Value::String(text) => match text.parse::<u64>() {
            Ok(amount) if text.len() < 20 => json!((amount + 1).to_string()),
            _ if text.len() == 64 => json!("99".repeat(32)),
            _ => json!("9".repeat(43)),
        },
        Value::Null | Value::Object(_) => panic!("no event has {value} as a field"),
    }
}

fn altered(event: &Event, field: &str) -> Event {
    let mut json = serde_json::to_value(event).unwrap();
    let value = changed(&json[field]);
    json[field] = value;
    serde_json::from_value(json).unwrap_or_else(|error| panic!("{field} of {event:?}: {error}"))
}

fn fields(event: &Event) -> Vec<String> {
    let Value::Object(json) = serde_json::to_value(event).unwrap() else { panic!() };
    json.into_iter().map(|(field, _)| field).filter(|field| field != "type").collect()
}

#[test]
fn whatever_the_state_determines_of_an_event_is_checked() {
    let story = long_story();
    let mut believed = BTreeMap::<_, BTreeSet<String>>::new();
    for (index, event) in story.iter().enumerate() {
        let entities = play(&story[..index]);
        let follows = |field: &String| Transition::plan(&altered(event, field), &entities).is_ok();
        believed.entry(event.kind()).or_default().extend(fields(event).into_iter().filter(follows));
    }
    let new = NEW.map(|(kind, fields)| (kind, fields.iter().map(|&field| field.to_owned()).collect()));
    assert_eq!(believed, BTreeMap::from(new));
}
