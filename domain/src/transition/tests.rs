//! A small story, event by event, and what cannot follow.

mod fields;
mod leaving;
mod random;
mod story;

use super::{Transition, TransitionError};
use crate::event::Event;
use crate::id::{Amount, Hash32};
use crate::proof::log_root;
use crate::state::{Entities, Entity, EntityKey, MAX_CO_AUTHORS, Proposal, ProposalStatus, ThreadStatus};
use story::*;

fn play(events: &[Event]) -> Entities {
    let mut entities = Entities::new();
    for event in events {
        let transition =
            Transition::plan(event, &entities).unwrap_or_else(|error| panic!("{event:?}: {error}"));
        transition.apply(&mut entities);
        assert!(transition.verify(&entities));
    }
    entities
}

#[test]
fn an_approved_author_is_a_co_author_and_the_approver_can_claim() {
    let entities = play(&story()[..5]);
    let Entity::Thread(thread) = &entities[&EntityKey::Thread(THREAD)] else { panic!() };
    assert_eq!((thread.co_authors, thread.next_member, thread.open_proposals), (2, 2, 0));
    assert_eq!(thread.content_log.root, log_root(&[(FIRST, BOB)]));
    let Entity::Member(alice) = &entities[&EntityKey::Member(THREAD, 0)] else { panic!() };
    assert_eq!(alice.claimable, Amount(7));
    let Entity::Member(bob) = &entities[&EntityKey::Member(THREAD, 1)] else { panic!() };
    assert_eq!((bob.wallet, bob.current), (BOB, true));
}

#[test]
fn a_rejected_stake_goes_to_the_thread_and_a_claim_empties() {
    let entities = play(&story());
    let Entity::Thread(thread) = &entities[&EntityKey::Thread(THREAD)] else { panic!() };
    assert_eq!((thread.token_balance, thread.escrow), (Amount(7), Amount(0)));
    let Entity::Member(alice) = &entities[&EntityKey::Member(THREAD, 0)] else { panic!() };
    assert_eq!(alice.claimable, Amount(0));
}

#[test]
fn rollback_is_the_exact_inverse_of_apply_for_every_event() {
    let mut entities = Entities::new();
    let mut past = Vec::new();
    for event in long_story() {
        let transition = Transition::plan(&event, &entities).unwrap();
        past.push((entities.clone(), transition.clone()));
        transition.apply(&mut entities);
    }
    for (before, transition) in past.into_iter().rev() {
        transition.rollback(&mut entities);
        assert_eq!(entities, before);
    }
    assert!(entities.is_empty());
}

#[test]
fn the_entities_an_event_names_are_enough_to_plan_it() {
    let mut entities = Entities::new();
    for event in long_story() {
        let touched: Entities = Transition::touches(&event)
            .into_iter()
            .filter_map(|key| entities.get(&key).map(|entity| (key, entity.clone())))
            .collect();
        let transition = Transition::plan(&event, &entities).unwrap();
        assert_eq!(Transition::plan(&event, &touched).as_ref(), Ok(&transition), "{event:?}");
        transition.apply(&mut entities);
    }
}

#[test]
fn events_that_cannot_follow_are_refused() {
    let entities = play(&story()[..4]);
    let plan = |event: &Event| Transition::plan(event, &entities).map(|_| ());
    assert_eq!(plan(&created()), Err(TransitionError::Exists(EntityKey::Thread(THREAD))));
    assert_eq!(
        plan(&voted(SECOND, true)),
        Err(TransitionError::Missing(EntityKey::Proposal(THREAD, SECOND)))
    );
    let twice = TransitionError::Contradiction { key: EntityKey::Proposal(THREAD, FIRST), field: "votes" };
    assert_eq!(plan(&voted(FIRST, false)), Err(twice));
    assert_eq!(plan(&proposed(FIRST, 14)), Err(TransitionError::Exists(EntityKey::Proposal(THREAD, FIRST))));
    let wrong =
        TransitionError::Differs { key: EntityKey::Treasury, field: "balance", expected: 9, actual: 0 };
    assert_eq!(plan(&approved(9)), Err(wrong));
}

/// Plans `event` after the first `n` events of the story, with what the test changes of it.
fn altered(n: usize, event: Event, alter: impl FnOnce(&mut Event)) -> Result<(), TransitionError> {
    let entities = play(&story()[..n]);
    let mut event = event;
    Transition::plan(&event, &entities).expect("unaltered it follows");
    alter(&mut event);
    Transition::plan(&event, &entities).map(|_| ())
}

fn contradicts(field: &'static str, refusal: &Result<(), TransitionError>) {
    let contradiction =
        matches!(refusal, Err(TransitionError::Contradiction { field: found, .. }) if *found == field);
    assert!(contradiction, "expected a contradiction in {field}, not {refusal:?}");
}

#[test]
fn a_settlement_must_fit_the_proposal_its_votes_and_its_stake() {
    let approval = |alter: fn(&mut Event)| altered(4, approved(0), alter);
    contradicts(
        "author",
        &approval(|event| {
            if let Event::ProposalApproved { author, .. } = event {
                *author = ALICE;
            }
        }),
    );
    contradicts(
        "votes",
        &approval(|event| {
            if let Event::ProposalApproved { approvers, .. } = event {
                approvers.push(5);
            }
        }),
    );
    contradicts(
        "stake",
        &approval(|event| {
            if let Event::ProposalApproved { share, .. } = event {
                share.0 += 1;
            }
        }),
    );
    contradicts(
        "stake",
        &altered(7, rejected(), |event| {
            if let Event::ProposalRejected { to_thread, .. } = event {
                to_thread.0 -= 1;
            }
        }),
    );
}

#[test]
fn a_vote_or_claim_must_be_that_members() {
    contradicts(
        "wallet",
        &altered(3, voted(FIRST, true), |event| {
            if let Event::VoteCast { voter, .. } = event {
                *voter = BOB;
            }
        }),
    );
    let claim = story().pop().unwrap();
    contradicts(
        "wallet",
        &altered(8, claim.clone(), |event| {
            if let Event::Claimed { wallet, .. } = event {
                *wallet = BOB;
            }
        }),
    );
    let less = altered(8, claim, |event| {
        if let Event::Claimed { amount, .. } = event {
            amount.0 -= 1;
        }
    });
    assert!(matches!(less, Err(TransitionError::Differs { field: "claimable", .. })), "{less:?}");
}
