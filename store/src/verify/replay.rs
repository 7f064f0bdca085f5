//! What one event did to the states, worked out again and compared with what the history says.

use super::changes::{adopt, compare, row_place, sequence, version};
use super::examination::{Examination, place};
use super::page::{self, Page};
use super::row::TextRow;
use super::states::{Known, State};
use super::{derive, hole};
use crate::database::Transaction;
use crate::error::StoreError;
use crate::stopped;
use chorale_domain::event::Event;
use chorale_domain::state::{Entities, EntityKey};
use chorale_domain::transition::Transition;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A state that an event leaves, at its version.
struct After {
    key: EntityKey,
    version: i64,
    change_type: &'static str,
    state: State,
}

/// What came of working an event out.
enum Outcome {
    Changes(Vec<After>),
    /// It cannot follow.
    Impossible(String),
    /// Something it builds on cannot be read.
    Unknown,
}

/// An event that is worked out, with the events whose rows that was built on without examining them.
struct Worked {
    outcome: Outcome,
    built_on: BTreeSet<i64>,
    /// The versions that were taken as they are.
    taken: Vec<(EntityKey, i64)>,
}

/// Works an event out and compares what it changed with `stored`.
pub(crate) async fn event(
    examination: &mut Examination,
    tx: &mut Transaction,
    event: (&TextRow, &Event),
    stored: Vec<TextRow>,
    page: &Page,
) -> Result<(), StoreError> {
    let mut worked = work(examination, tx, event).await?;
    let mut derived = rows(&worked.outcome, event, page);
    if !agrees(&worked.outcome, &derived, &stored) && examination.go_back(tx, &worked.built_on).await? {
        Transition::touches(event.1).iter().for_each(|key| examination.states.forget(key));
        worked = work(examination, tx, event).await?;
        derived = rows(&worked.outcome, event, page);
    }
    if !agrees(&worked.outcome, &derived, &stored)
        && hole::is_before(tx, &worked.taken, &derived, &stored).await?
    {
        worked.outcome = Outcome::Unknown;
    }
    match worked.outcome {
        Outcome::Changes(after) => {
            compare(examination, tx, event.0, derived, stored).await?;
            for After { key, version, state, .. } in after {
                examination.states.put(key, Known { version, state, read_from: None });
            }
        }
        Outcome::Impossible(why) => {
            examination.findings.add(&place(event.0), "event_data", event.1.kind(), &why);
            adopt(examination, &stored);
        }
        Outcome::Unknown => adopt(examination, &stored),
    }
    Ok(())
}

async fn work(
    examination: &mut Examination,
    tx: &mut Transaction,
    event: (&TextRow, &Event),
) -> Result<Worked, StoreError> {
    match event.0.number("retracts") {
        None => happened(examination, tx, event).await,
        Some(target) => taken_back(examination, tx, target, sequence(event.0)).await,
    }
}

/// The rows of the history that an event should have written.
fn rows(outcome: &Outcome, event: (&TextRow, &Event), page: &Page) -> Vec<TextRow> {
    let Outcome::Changes(after) = outcome else { return vec![] };
    let live = event.0.get("retracts").is_none() && !page.retracted.contains(&sequence(event.0));
    let derived = after.iter().map(|after| {
        let version =
            derive::version(event, after.key, after.version, after.change_type, after.state.entity());
        version.with("live", &i64::from(live))
    });
    derived.collect()
}

/// Whether the states are those that are stored.
fn agrees(outcome: &Outcome, derived: &[TextRow], stored: &[TextRow]) -> bool {
    let found = |derived: &TextRow| {
        let row = stored.iter().find(|row| row_place(row) == row_place(derived));
        row.is_some_and(|row| row.get("state_data") == derived.get("state_data"))
    };
    let follows = !matches!(outcome, Outcome::Impossible(_));
    follows && derived.len() == stored.len() && derived.iter().all(found)
}

/// Works out what an event changes.
async fn happened(
    examination: &mut Examination,
    tx: &mut Transaction,
    (row, event): (&TextRow, &Event),
) -> Result<Worked, StoreError> {
    let mut known = HashMap::new();
    for key in Transition::touches(event) {
        known.insert(
            key,
            examination
                .states
                .get(tx, key, sequence(row).saturating_sub(1), &examination.corrections)
                .await?,
        );
    }
    let built_on = known.values().filter_map(|known| known.read_from).collect();
    let taken = known.iter().filter(|(_, known)| examination.is_taken(known));
    let taken = taken.map(|(key, known)| (*key, known.version)).collect();
    let outcome = plan(examination, (row, event), &known);
    Ok(Worked { outcome, built_on, taken })
}

fn plan(
    examination: &Examination,
    (row, event): (&TextRow, &Event),
    known: &HashMap<EntityKey, Known>,
) -> Outcome {
    if known.values().any(|known| known.state == State::Unknown) {
        return Outcome::Unknown;
    }
    let entities: Entities =
        known.iter().filter_map(|(key, known)| Some((*key, known.state.entity()?.clone()))).collect();
    let planned = if examination.context.is_stopped(row.get("thread"), sequence(row)) {
        stopped::plan(event, entities.get(&EntityKey::Treasury))
    } else {
        Transition::plan(event, &entities)
    };
    match planned {
        Ok(transition) => Outcome::Changes(changes(&transition, known)),
        Err(error) => Outcome::Impossible(format!("an event that can follow: {error}")),
    }
}

fn changes(transition: &Transition, known: &HashMap<EntityKey, Known>) -> Vec<After> {
    let after = transition.changes().iter().map(|change| After {
        key: change.key,
        version: known.get(&change.key).map_or(0, |known| known.version).saturating_add(1),
        change_type: if change.before.is_none() { "create" } else { "update" },
        state: State::Is(change.after.clone()),
    });
    after.collect()
}

/// Works out what a retraction of the event `target` leaves: each entity that it changed as it was before.
async fn taken_back(
    examination: &mut Examination,
    tx: &mut Transaction,
    target: i64,
    sequence: i64,
) -> Result<Worked, StoreError> {
    let (mut after, mut built_on, mut taken) = (vec![], BTreeSet::from([target]), vec![]);
    let Some(changed) = changed_by(examination, tx, target).await? else {
        return Ok(Worked { outcome: Outcome::Unknown, built_on, taken });
    };
    for (key, changed) in changed {
        let before = version_of(examination, tx, key, changed.saturating_sub(1)).await?;
        built_on.extend(before.as_ref().and_then(|row| row.number("event_sequence")));
        // Only the first version has none before it.
        let without = if changed > 1 { State::Unknown } else { State::Nothing };
        let state = before.as_ref().map_or(without, State::of);
        let known =
            examination.states.get(tx, key, sequence.saturating_sub(1), &examination.corrections).await?;
        built_on.extend(known.read_from);
        if examination.is_taken(&known) {
            taken.push((key, known.version));
        }
        after.push(After { key, version: known.version.saturating_add(1), change_type: "retract", state });
    }
    let unknown = after.iter().any(|after| after.state == State::Unknown);
    let outcome = if unknown { Outcome::Unknown } else { Outcome::Changes(after) };
    Ok(Worked { outcome, built_on, taken })
}

/// The entities that an event changed, each with the version it gave them, as they should be stored. `None` if two
/// versions of one say so: it cannot be told here which of them is of another event.
async fn changed_by(
    examination: &Examination,
    tx: &mut Transaction,
    event: i64,
) -> Result<Option<BTreeMap<EntityKey, i64>>, StoreError> {
    let stored = page::changes(tx, event).await?;
    let right = stored
        .iter()
        .filter(|row| examination.corrections.get(row.text("entity_id"), version(row)).is_none());
    let corrected = examination.corrections.of_event(event);
    let mut changed = BTreeMap::new();
    for row in right.chain(corrected) {
        let Ok(key) = row.text("entity_id").parse() else { continue };
        if changed.insert(key, version(row)).is_some_and(|other| other != version(row)) {
            return Ok(None);
        }
    }
    Ok(Some(changed))
}

/// The row of an entity at one of its versions, as it should be.
async fn version_of(
    examination: &Examination,
    tx: &mut Transaction,
    key: EntityKey,
    version: i64,
) -> Result<Option<TextRow>, StoreError> {
    let id = key.to_string();
    match examination.corrections.get(&id, version) {
        Some(corrected) => Ok(corrected.cloned()),
        None => page::version(tx, &id, version).await,
    }
}
