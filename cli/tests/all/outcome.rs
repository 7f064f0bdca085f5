//! Whether a store has what was sent, all of it and nothing twice.

use crate::follower::Follower;
use crate::load::Sent;
use crate::process::{lines, run, said};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The commands' own judgement, then ours: each event is there once.
pub fn check(follower: &Follower, sent: &[Sent]) {
    no_differences(follower);
    each_is_in_once(&lines(&["events", "--store", &follower.store]), sent);
}

/// `chorale verify --chain` finds none.
pub fn no_differences(follower: &Follower) {
    let rpc_url = &follower.chain.facts.rpc_url;
    let verified = run(&["verify", "--store", &follower.store, "--chain", "--rpc-url", rpc_url]);
    let found = String::from_utf8_lossy(&verified.stdout);
    assert!(verified.status.success() && found.is_empty(), "{found}{}\n{}", said(&verified), follower.said());
}

/// By what makes an event the same: its transaction and its place there.
fn each_is_in_once(events: &[Value], sent: &[Sent]) {
    let mut found = BTreeMap::<String, BTreeSet<String>>::new();
    for event in events.iter().filter(|event| event["commitment"] != "retracted") {
        let place = format!("{}/{}", event["instruction"], event["inner"]);
        let new = found.entry(signature(event).to_owned()).or_default().insert(place);
        assert!(new, "an event is in twice: {event}");
    }
    for Sent { signature, events } in sent {
        let signature = signature.to_string();
        let there = found.remove(&signature).map_or(0, |places| places.len());
        assert_eq!(there, *events, "events of transaction {signature}");
    }
    assert_eq!(found.len(), 1, "besides, there is the deployment's set-up: {found:?}");
}

fn signature(event: &Value) -> &str {
    event["signature"].as_str().unwrap_or_else(|| panic!("an event without a signature: {event}"))
}
