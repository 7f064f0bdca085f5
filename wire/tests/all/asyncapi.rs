//! `docs/asyncapi.json`: the WebSocket protocol in AsyncAPI 3.0, as the types in `chorale_wire::socket` say it.
//!
//! Messages and their descriptions are the variants of [`ClientFrame`] and [`ServerFrame`], so that none can be left
//! out; what is written here is only which answers which.

use crate::examples;
use chorale_wire::socket::{CODES, ClientFrame, PROTOCOL, ServerFrame};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use utoipa::ToSchema;

/// Writes the file anew.
const COMMAND: &str = "CHORALE_ASYNCAPI=write cargo test -p chorale-wire asyncapi";

/// What the client asks, and what answers it.
const REQUESTS: [(&str, &[&str]); 5] = [
    ("authenticate", &["authenticated", "error"]),
    ("subscribe", &["subscribed", "error"]),
    ("unsubscribe", &["unsubscribed", "error"]),
    ("ack", &[]),
    ("ping", &["pong"]),
];

/// What the server sends of itself.
const NOTICES: [(&str, &[&str], &str); 5] = [
    ("greet", &["hello"], "First on every connection."),
    ("tell_state", &["snapshot", "resumed"], "After `subscribed`: where the room's events go on from."),
    ("tell_events", &["event", "retracted", "finalized"], "What happens in the rooms that are followed."),
    ("tell_presence", &["presence"], "Who is in a room, for those who asked."),
    ("say_goodbye", &["error"], "Why the connection ends, before it does."),
];

fn generated() -> Value {
    let (asked, told) = (messages::<ClientFrame>(), messages::<ServerFrame>());
    let messages: Map<_, _> = asked.into_iter().map(with_id).chain(told).map(with_examples).collect();
    let references = messages.keys().map(|name| (name.clone(), reference("components/messages", name)));
    let channel = json!({
        "address": "/v1/ws",
        "description": "Text frames, one JSON object each, told apart by `type`.",
        "messages": references.collect::<Map<_, _>>(),
        "bindings": { "ws": { "method": "GET", "bindingVersion": "0.1.0" } },
    });
    sorted(json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Chorale's WebSocket",
            "version": format!("{PROTOCOL}.0.0"),
            "description": guide(),
        },
        "defaultContentType": "application/json",
        "channels": { "socket": channel },
        "operations": operations(),
        "components": { "messages": messages, "schemas": schemas() },
    }))
}

/// What the module that has the types says of the protocol.
fn guide() -> String {
    let source = include_str!("../../src/socket.rs");
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(str::trim).collect::<Vec<_>>().join("\n")
}

/// A message for each variant, by the word that tells it apart.
fn messages<T: ToSchema>() -> Map<String, Value> {
    let schema = serde_json::to_value(T::schema()).expect("a schema is JSON");
    let variants = schema["oneOf"].as_array().expect("frames are told apart");
    variants.iter().map(|variant| (kind(variant), message(variant.clone()))).collect()
}

fn kind(variant: &Value) -> String {
    let parts = variant["allOf"].as_array().map_or(std::slice::from_ref(variant), Vec::as_slice);
    let mut kinds = parts.iter().filter_map(|part| part["properties"]["type"]["enum"][0].as_str());
    kinds.next_back().unwrap_or_else(|| panic!("no type in {variant}")).to_owned()
}

fn message(mut payload: Value) -> Value {
    let description = payload.as_object_mut().and_then(|payload| payload.remove("description"));
    let description = description.unwrap_or_default().as_str().unwrap_or_default().replace('\n', " ");
    let summary = description.split_inclusive('.').next().unwrap_or_default();
    let name = kind(&payload);
    json!({ "name": name, "summary": summary, "description": description, "payload": payload })
}

/// Requests may carry an id, whatever they ask.
fn with_id((name, mut message): (String, Value)) -> (String, Value) {
    let description = "Of the client's choice, back in the answer.";
    let id = json!({
        "type": "object",
        "properties": { "id": { "type": "integer", "format": "int64", "minimum": 0, "description": description } },
    });
    let payload = message["payload"].take();
    message["payload"] = match payload {
        Value::Object(mut all) if all.contains_key("allOf") => {
            all["allOf"].as_array_mut().expect("it is a list").push(id);
            all.into()
        }
        mut object => {
            object["properties"]["id"] = id["properties"]["id"].clone();
            object
        }
    };
    (name, message)
}

fn with_examples((name, mut message): (String, Value)) -> (String, Value) {
    let examples = examples().into_iter().filter(|example| example["type"] == name.as_str());
    message["examples"] = examples.map(|payload| json!({ "payload": payload })).collect();
    if name == "error" {
        message["x-codes"] = json!(CODES);
    }
    (name, message)
}

fn examples() -> Vec<Value> {
    let value = |frame| serde_json::to_value(frame).expect("frames are JSON");
    let requests =
        examples::requests().into_iter().map(|request| serde_json::to_value(request).expect("as well"));
    requests.chain(examples::frames().into_iter().map(value)).collect()
}

fn operations() -> Map<String, Value> {
    let of_channel = |names: &[&str]| -> Value {
        names.iter().map(|name| reference("channels/socket/messages", name)).collect()
    };
    let channel = reference("channels", "socket");
    let requests = REQUESTS.map(|(name, answers)| {
        let mut operation =
            json!({ "action": "receive", "channel": channel, "messages": of_channel(&[name]) });
        if !answers.is_empty() {
            operation["reply"] = json!({ "channel": channel, "messages": of_channel(answers) });
        }
        (name.to_owned(), operation)
    });
    let notices = NOTICES.map(|(name, messages, summary)| {
        let messages = of_channel(messages);
        let operation =
            json!({ "action": "send", "channel": channel, "messages": messages, "summary": summary });
        (name.to_owned(), operation)
    });
    requests.into_iter().chain(notices).collect()
}

/// Everything the messages refer to.
fn schemas() -> Map<String, Value> {
    let mut schemas = vec![];
    ClientFrame::schemas(&mut schemas);
    ServerFrame::schemas(&mut schemas);
    let value = |schema| serde_json::to_value(schema).expect("a schema is JSON");
    schemas.into_iter().map(|(name, schema)| (name, value(schema))).collect()
}

fn reference(place: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/{place}/{name}") })
}

/// By key, whatever order a map keeps in this build.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().collect();
            entries.sort_by(|(left, _), (right, _)| left.cmp(right));
            entries.into_iter().map(|(key, value)| (key, sorted(value))).collect()
        }
        Value::Array(list) => list.into_iter().map(sorted).collect(),
        other => other,
    }
}

/// Asked when the tests run: clones that share their build output share this binary too.
fn file() -> PathBuf {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo test says which folder this is");
    PathBuf::from(folder).join("../docs/asyncapi.json")
}

#[test]
fn the_committed_asyncapi_document_says_what_the_types_say() {
    let fresh = serde_json::to_string_pretty(&generated()).expect("it is JSON") + "\n";
    if std::env::var("CHORALE_ASYNCAPI").is_ok_and(|wish| wish == "write") {
        std::fs::write(file(), &fresh).expect("docs/asyncapi.json can be written");
    }
    let committed = std::fs::read_to_string(file()).unwrap_or_default();
    let line = fresh.lines().zip(committed.lines()).take_while(|(fresh, old)| fresh == old).count();
    assert!(committed == fresh, "docs/asyncapi.json is stale from line {} on. Run: {COMMAND}", line + 1);
}

#[test]
fn every_asyncapi_message_is_told_of_in_an_operation_and_has_a_summary_and_an_example() {
    let document = generated();
    let operations = document["operations"].to_string();
    for (name, message) in document["components"]["messages"].as_object().expect("there are messages") {
        assert!(operations.contains(&format!("messages/{name}\"")), "no operation has {name}: add it here");
        assert!(message["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{name}: no summary");
        assert!(!message["examples"].as_array().expect("a list").is_empty(), "add an example of {name}");
    }
}

/// The document's examples are frames: read by the types, they say the same again.
#[test]
fn every_asyncapi_example_is_a_frame() {
    fn again<T: Serialize + DeserializeOwned>(payload: &Value) -> Value {
        let frame: T = serde_json::from_value(payload.clone()).unwrap_or_else(|e| panic!("{e}: {payload}"));
        serde_json::to_value(frame).expect("frames are JSON")
    }
    let (document, asked) = (generated(), REQUESTS.map(|(name, _)| name));
    for (name, message) in document["components"]["messages"].as_object().expect("there are messages") {
        for example in message["examples"].as_array().expect("a list") {
            let payload = &example["payload"];
            let is_request = asked.contains(&name.as_str());
            let same = if is_request {
                again::<chorale_wire::socket::Request>(payload)
            } else {
                again::<ServerFrame>(payload)
            };
            assert_eq!(same, *payload, "{name}");
        }
    }
}

#[test]
fn every_reference_in_the_asyncapi_document_leads_somewhere() {
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
                map.values().for_each(|value| references(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let (document, mut found) = (generated(), BTreeSet::new());
    references(&document, &mut found);
    assert!(found.len() > 10, "{found:?}");
    for reference in found {
        let target = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
        assert!(target.is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn every_code_of_the_socket_is_in_the_asyncapi_document() {
    let document = generated();
    let told = document["components"]["messages"]["error"]["x-codes"].to_string();
    let known = document["components"]["schemas"]["Code"].to_string();
    for code in CODES {
        let word = serde_json::to_string(&code).expect("a code is a word");
        assert!(told.contains(&word) && known.contains(&word), "{word}");
    }
}
