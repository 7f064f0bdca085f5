//! The problems a route can answer with. A handler names its own in `x-problems`; what any request can meet is added
//! here, by what the operation takes.

use super::SESSION;
use chorale_wire::Code;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The statuses that a problem comes with, where a route names its code.
fn statuses(code: Code) -> &'static [u16] {
    match code {
        Code::MalformedRequest | Code::MalformedFrame | Code::UnknownMessageType => &[400],
        Code::NotSignedIn | Code::SessionExpired | Code::BadNonce | Code::BadMessage | Code::BadSignature => {
            &[401]
        }
        Code::NotFound
        | Code::UnknownThread
        | Code::UnknownProposal
        | Code::UnknownMessage
        | Code::UnknownEntity
        | Code::UnknownContent
        | Code::UnknownRoom
        | Code::UnknownSession
        | Code::NoFaucet => &[404],
        Code::ScopeMissing | Code::NotYours | Code::NotTheAuthor => &[403],
        Code::BodyMissing | Code::IdempotencyInProgress => &[409],
        Code::ContentErased | Code::CursorTooOld => &[410],
        Code::TooLarge => &[413],
        Code::EmptyBody
        | Code::HashMismatch
        | Code::IdempotencyMismatch
        | Code::NotPrepared
        | Code::UnsignedTransaction
        | Code::ProgramRefused => &[422],
        Code::RateLimited | Code::SlowConsumer => &[429],
        Code::ChainUnavailable | Code::Overloaded => &[503],
        Code::NoMeaning => &[422, 503],
        Code::Internal => &[500, 503],
    }
}

/// Writes the refusals into an operation's responses.
pub(super) fn describe(operation: &mut Value) {
    for (status, codes) in of(operation) {
        operation["responses"][status.to_string()] = response(status, &codes);
    }
    if let Some(operation) = operation.as_object_mut() {
        operation.shift_remove("x-problems");
    }
}

fn of(operation: &Value) -> BTreeMap<u16, BTreeSet<String>> {
    let own = serde_json::from_value::<Vec<Code>>(operation["x-problems"].clone()).unwrap_or_default();
    let mut all: Vec<_> =
        [Code::MalformedRequest, Code::Internal, Code::Overloaded].into_iter().chain(own).collect();
    // Too late, or in a type that no route takes.
    let mut at = vec![(408, Code::MalformedRequest)];
    if !operation["security"].is_null() {
        all.extend([Code::NotSignedIn, Code::SessionExpired]);
    }
    if needs_more(operation) {
        all.push(Code::ScopeMissing);
    }
    if is_named(operation) {
        all.extend([Code::IdempotencyMismatch, Code::IdempotencyInProgress]);
    }
    if !operation["requestBody"].is_null() {
        all.push(Code::TooLarge);
        at.push((415, Code::MalformedRequest));
    }
    at.extend(all.into_iter().flat_map(|code| statuses(code).iter().map(move |status| (*status, code))));
    let mut found = BTreeMap::<_, BTreeSet<_>>::new();
    for (status, code) in at {
        found.entry(status).or_default().insert(name(code));
    }
    found
}

/// Whether some sessions may not do it.
fn needs_more(operation: &Value) -> bool {
    let ways = operation["security"].as_array().into_iter().flatten();
    ways.flat_map(|way| way[SESSION].as_array().into_iter().flatten()).next().is_some()
}

/// Whether it is a write that may be named, to be sent twice: see `idempotency`.
pub(super) fn is_named(operation: &Value) -> bool {
    !operation["requestBody"].is_null() && needs_more(operation)
}

fn name(code: Code) -> String {
    json!(code).as_str().unwrap_or_default().to_owned()
}

fn response(status: u16, codes: &BTreeSet<String>) -> Value {
    let which = json!({ "properties": { "status": { "const": status }, "code": { "enum": codes } } });
    let schema = json!({ "allOf": [{ "$ref": "#/components/schemas/Problem" }, which] });
    let words: Vec<_> = codes.iter().map(|code| format!("`{code}`")).collect();
    json!({
        "description": words.join(", "),
        "content": { "application/problem+json": { "schema": schema } },
    })
}
