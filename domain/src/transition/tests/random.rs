//! Random lives: rollback is the exact inverse of apply, however far back it goes.

mod deployment;
mod life;
mod proposal;
mod thread;

use super::long_story;
use crate::event::Event;
use crate::state::Entities;
use crate::transition::{Change, Transition};
use life::{Life, Seed};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;

/// Of most lives; some things, such as who comes back after leaving, take their time.
const LONGEST: usize = 100;

/// The canonical bytes of every entity, by key.
type Bytes = Vec<(String, String)>;

fn bytes(entities: &Entities) -> Bytes {
    entities.iter().map(|(key, entity)| (key.to_string(), entity.canonical_json())).collect()
}

fn lives() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(any::<Seed>(), 1..LONGEST).prop_map(|seeds| Life::play(&seeds))
}

/// A life's transitions with the states before them, and the state after all.
fn lived(events: &[Event]) -> (Vec<(Bytes, Transition)>, Entities) {
    let mut entities = Entities::new();
    let step = |event| {
        let transition = plan(event, &entities);
        let before = bytes(&entities);
        transition.apply(&mut entities);
        (before, transition)
    };
    (events.iter().map(step).collect(), entities)
}

/// As followers plan: from the entities that the event names.
fn plan(event: &Event, entities: &Entities) -> Transition {
    let held = |key| Some((key, entities.get(&key)?.clone()));
    let touched = Transition::touches(event).into_iter().filter_map(held).collect();
    Transition::plan(event, &touched).unwrap_or_else(|error| panic!("{event:?}: {error}"))
}

/// Every way in which one entity can be other than the change left it.
fn disturbed(entities: &Entities, change: &Change) -> Vec<Entities> {
    let (mut without, mut back, mut other) = (entities.clone(), entities.clone(), entities.clone());
    without.remove(&change.key);
    if let Some(before) = &change.before {
        back.insert(change.key, before.clone());
    }
    let stranger = entities.iter().find(|(key, _)| **key != change.key);
    other.insert(change.key, stranger.expect("there is always the configuration").1.clone());
    let disturbed = [without, other].into_iter().chain(change.before.is_some().then_some(back));
    disturbed.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn rolling_back_gives_the_same_bytes_as_before_each_event(events in lives()) {
        let mut entities = Entities::new();
        for event in &events {
            let (before, transition) = (bytes(&entities), plan(event, &entities));
            transition.apply(&mut entities);
            transition.rollback(&mut entities);
            prop_assert_eq!(bytes(&entities), before, "{:?}", event);
            transition.apply(&mut entities);
        }
    }

    #[test]
    fn rolling_back_any_number_of_events_gives_the_state_at_their_beginning(
        events in lives(),
        depth in any::<prop::sample::Index>(),
    ) {
        let (past, mut entities) = lived(&events);
        for (before, transition) in past.iter().rev().take(depth.index(past.len()) + 1) {
            transition.rollback(&mut entities);
            prop_assert_eq!(&bytes(&entities), before);
        }
    }

    #[test]
    fn verify_tells_the_state_after_from_every_other(events in lives()) {
        let mut entities = Entities::new();
        for event in &events {
            let transition = plan(event, &entities);
            let nothing_changes = transition.changes().is_empty();
            prop_assert_eq!(transition.verify(&entities), nothing_changes, "before {:?}", event);
            transition.apply(&mut entities);
            prop_assert!(transition.verify(&entities), "after {:?}", event);
            for change in transition.changes() {
                let wrong = disturbed(&entities, change);
                prop_assert!(!wrong.iter().any(|wrong| transition.verify(wrong)), "{} of {:?}", change.key, event);
            }
            transition.rollback(&mut entities);
            prop_assert_eq!(transition.verify(&entities), nothing_changes, "rolled back {:?}", event);
            transition.apply(&mut entities);
        }
    }

    #[test]
    fn a_recorded_transition_is_the_planned_one(events in lives()) {
        for (_, transition) in lived(&events).0 {
            prop_assert_eq!(&Transition::from_changes(transition.changes().to_vec()), &transition);
        }
    }
}

#[test]
fn random_lives_meet_every_type_of_event() {
    let mut runner = TestRunner::deterministic();
    let mut met = BTreeSet::new();
    for _ in 0..48 {
        let life = lives().new_tree(&mut runner).expect("a life").current();
        met.extend(life.iter().map(Event::kind));
    }
    let all: BTreeSet<_> = long_story().iter().map(Event::kind).collect();
    assert_eq!(all.len(), 18, "the long story is to tell of every type");
    assert_eq!(met, all);
}
