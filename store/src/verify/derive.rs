//! Rows as they follow from other rows.

use super::row::{EVENTS, HISTORY, STATES, TextRow};
use super::states::{State, checksum_of};
use crate::HANDSHAKE;
use crate::chain::EventRow;
use crate::entity::{ordinal, owner, status};
use chorale_domain::event::Event;
use chorale_domain::id::Hash32;
use chorale_domain::state::{Entity, EntityKey};

/// The part of an event's row that its hash is over, if every column is of its kind.
fn hashed(row: &TextRow) -> Option<EventRow> {
    let text = |column: &str| row.get(column).map(str::to_owned);
    Some(EventRow {
        sequence: row.number("sequence")?,
        signature: text("signature")?,
        instruction: row.number("instruction")?,
        inner: row.number("inner_instruction")?,
        slot: row.number("slot")?,
        block_time: nullable(row, "block_time")?,
        event_type: text("event_type")?,
        schema: row.number("schema_version")?,
        data: text("event_data")?,
        thread: text("thread"),
        causation: text("causation_id"),
        correlation: text("correlation_id")?,
        handshake: text("handshake")?,
        retracts: nullable(row, "retracts")?,
    })
}

/// A number or NULL; `None` for anything else.
fn nullable(row: &TextRow, column: &str) -> Option<Option<i64>> {
    row.get(column).map(str::parse).transpose().ok()
}

/// The hash an event's row should have after the row with the hash `previous`.
pub(crate) fn hash(row: &TextRow, previous: &str) -> Option<String> {
    let previous: Hash32 = previous.parse().ok()?;
    Some(hashed(row)?.hash(previous).to_string())
}

/// Whether an event's row has the hash of what it holds.
pub(crate) fn is_whole(row: &TextRow) -> bool {
    hash(row, row.text("previous_hash")).as_deref() == row.get("hash")
}

/// What an event's row says happened.
pub(crate) fn event(row: &TextRow) -> Option<Event> {
    serde_json::from_str(row.get("event_data")?).ok()
}

/// An event's row with every column as the others have it that says the same; `previous` is the row before.
pub(crate) fn columns(row: &TextRow, event: &Event, previous: Option<&TextRow>) -> TextRow {
    let mut derived = row.clone().with("event_type", &event.kind()).with("handshake", &HANDSHAKE);
    let data = serde_jcs::to_string(event).expect("events have only text, integers and lists");
    derived.set("event_data", Some(data));
    derived.set("thread", event.thread().map(|thread| thread.to_string()));
    derived.set("correlation_id", row.get("signature").map(str::to_owned));
    if let Some(previous) = previous {
        derived.set("causation_id", cause(row, previous));
    }
    derived
}

/// The event before, if it is of the same transaction.
fn cause(row: &TextRow, previous: &TextRow) -> Option<String> {
    let same = previous.get("signature") == row.get("signature");
    let happened = [row, previous].iter().all(|row| row.get("retracts").is_none());
    let place = ["signature", "instruction", "inner_instruction"].map(|column| previous.text(column));
    (same && happened).then(|| place.join("/"))
}

/// The row of `state_history` for an entity that an event changed; `state` is `None` if it left nothing.
pub(crate) fn version(
    event: (&TextRow, &Event),
    key: EntityKey,
    version: i64,
    change_type: &str,
    state: Option<&Entity>,
) -> TextRow {
    let (row, event) = event;
    let data = state.map(Entity::canonical_json);
    let mut derived = TextRow::empty(&HISTORY)
        .with("entity_id", &key)
        .with("state_version", &version)
        .with("change_type", &change_type)
        .with("change_reason", &event.kind())
        .with("changed_by", &event.actor())
        .with("live", &i64::from(change_type != "retract"));
    derived.set("checksum", data.as_deref().map(checksum_of));
    derived.set("state_data", data);
    for (column, from) in [("event_sequence", "sequence"), ("slot", "slot"), ("changed_at", "recorded_at")] {
        derived.set(column, row.get(from).map(str::to_owned));
    }
    derived
}

/// The row of `canonical_state` for the last row of an entity's history and the time of the one that created it.
/// `None` if there should be none, or if the history is too corrupt to say.
pub(crate) fn current(last: &TextRow, created_at: Option<&str>) -> Option<TextRow> {
    let key: EntityKey = last.get("entity_id")?.parse().ok()?;
    let State::Is(entity) = State::of(last) else { return None };
    let mut derived = TextRow::empty(&STATES)
        .with("entity_type", &key.kind())
        .with("ordinal", &ordinal(&entity))
        .with("handshake", &HANDSHAKE);
    derived.set("thread", key.thread().map(|thread| thread.to_string()));
    derived.set("status", status(&entity).map(str::to_owned));
    derived.set("wallet", owner(&entity));
    derived.set("created_at", created_at.map(str::to_owned));
    for column in ["entity_id", "state_version", "state_data", "checksum", "event_sequence", "slot"] {
        derived.set(column, last.get(column).map(str::to_owned));
    }
    for (column, from) in [("updated_by", "changed_by"), ("updated_at", "changed_at")] {
        derived.set(column, last.get(from).map(str::to_owned));
    }
    Some(derived)
}

/// The row that takes back what `row` says: of a retraction, that is what it repeats.
pub(crate) fn repeated(row: &TextRow, twin: &TextRow) -> TextRow {
    const REPEATED: [&str; 9] = [
        "signature",
        "instruction",
        "inner_instruction",
        "slot",
        "block_time",
        "event_type",
        "schema_version",
        "event_data",
        "thread",
    ];
    debug_assert_eq!(row.table, &EVENTS);
    let mut derived = row.clone();
    for column in REPEATED {
        derived.set(column, twin.get(column).map(str::to_owned));
    }
    derived
}
