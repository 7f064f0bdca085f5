//! Who leaves, how threads end, and proposals that nobody decides.

use super::*;

/// The state after the long story's events up to those of `chapter`, and the first `n` of these.
fn before(chapter: &[Event], n: usize) -> Entities {
    let story = long_story();
    let start = story.windows(chapter.len()).position(|window| window == chapter).unwrap();
    play(&story[..start + n])
}

fn plan(event: &Event, entities: &Entities) -> Result<(), TransitionError> {
    Transition::plan(event, entities).map(|_| ())
}

fn proposal(entities: &Entities) -> &Proposal {
    let Entity::Proposal(proposal) = &entities[&EntityKey::Proposal(THREAD, THIRD)] else { panic!() };
    proposal
}

#[test]
fn a_departure_can_complete_a_decision() {
    let entities = before(&leaving(), 4);
    assert_eq!(proposal(&entities).status, ProposalStatus::Approved);
    assert_eq!(proposal(&entities).decided_at, Some(173));
    let Entity::Thread(thread) = &entities[&EntityKey::Thread(THREAD)] else { panic!() };
    assert_eq!((thread.co_authors, thread.next_member, thread.token_balance), (2, 3, Amount(4)));
    let Entity::Member(bob) = &entities[&EntityKey::Member(THREAD, 1)] else { panic!() };
    assert!(!bob.current);
}

#[test]
fn before_the_departure_there_is_no_decision() {
    contradicts("votes", &plan(&settled(), &before(&leaving(), 2)));
}

#[test]
fn the_last_one_to_leave_archives_the_thread() {
    let entities = before(&leaving(), leaving().len());
    let Entity::Thread(thread) = &entities[&EntityKey::Thread(THREAD)] else { panic!() };
    assert_eq!((thread.status, thread.co_authors), (ThreadStatus::Archived, 0));
    assert_eq!(thread.token_balance, Amount(1), "the thread keeps what it must");
    let mut late = carols(300);
    let Event::ProposalCreated { hash, .. } = &mut late else { panic!() };
    *hash = Hash32([24; 32]);
    contradicts("status", &plan(&late, &entities));
}

#[test]
fn who_left_has_no_say_no_claim_and_no_second_part() {
    let entities = before(&leaving(), 3);
    let bob =
        Event::VoteCast { thread: THREAD, hash: THIRD, voter: BOB, member: 1, approve: true, voted_at: 173 };
    contradicts("current", &plan(&bob, &entities));
    contradicts("current", &plan(&divested(BOB, 1, (2, 0), 2), &entities));
}

#[test]
fn who_comes_back_gets_a_new_number() {
    let mut entities = before(&leaving(), 3);
    let key = EntityKey::Proposal(THREAD, THIRD);
    let Some(Entity::Proposal(proposal)) = entities.get_mut(&key) else { panic!() };
    proposal.author = BOB;
    let number = |number| {
        let mut event = settled();
        let Event::ProposalApproved { author, member, .. } = &mut event else { panic!() };
        (*author, *member) = (BOB, number);
        event
    };
    assert!(matches!(
        plan(&number(1), &entities),
        Err(TransitionError::Differs { field: "next_member", .. })
    ));
    assert_eq!(plan(&number(2), &entities), Ok(()));
}

#[test]
fn nobody_leaves_before_the_cooldown_is_over() {
    let mut entities = before(&leaving(), 2);
    let Some(Entity::Config(config)) = entities.get_mut(&EntityKey::Config) else { panic!() };
    config.divest_cooldown = 71;
    contradicts("joined_at", &plan(&divested(BOB, 1, (3, 0), 4), &entities));
}

#[test]
fn without_the_configuration_an_equal_part_is_the_most() {
    let mut entities = before(&leaving(), 2);
    entities.remove(&EntityKey::Config);
    assert_eq!(plan(&divested(BOB, 1, (2, 0), 5), &entities), Ok(()));
    contradicts("share", &plan(&divested(BOB, 1, (4, 0), 3), &entities));
}

#[test]
fn only_an_empty_handed_sole_co_author_archives() {
    let archived =
        |member, wallet| Event::ThreadArchived { thread: THREAD, wallet, member, archived_at: 172 };
    let two = plan(&archived(0, ALICE), &before(&leaving(), 2));
    assert!(matches!(two, Err(TransitionError::Differs { field: "co_authors", .. })), "{two:?}");
    let open = plan(&archived(0, ALICE), &before(&leaving(), 3));
    assert!(matches!(open, Err(TransitionError::Differs { field: "open_proposals", .. })), "{open:?}");
}

#[test]
fn a_proposal_is_open_until_the_second_it_expires_and_not_a_second_longer() {
    let entities = before(&undecided(), 3);
    contradicts("expires_at", &plan(&expired(165), &entities));
    assert_eq!(plan(&expired(166), &entities), Ok(()));
    assert_eq!(plan(&alices_vote(165), &entities), Ok(()));
    contradicts("expires_at", &plan(&alices_vote(166), &entities));
}

#[test]
fn a_proposal_with_votes_is_taken_back_only_when_the_thread_can_take_nobody() {
    let mut entities = before(&leaving(), 2);
    contradicts("votes", &plan(&cancelled(172), &entities));
    let Some(Entity::Thread(thread)) = entities.get_mut(&EntityKey::Thread(THREAD)) else { panic!() };
    thread.co_authors = MAX_CO_AUTHORS;
    assert_eq!(plan(&cancelled(172), &entities), Ok(()));
}

#[test]
fn a_hash_that_was_not_decided_may_come_again_and_one_that_was_approved_may_not() {
    assert_eq!(proposal(&before(&undecided(), 2)).status, ProposalStatus::Cancelled);
    assert_eq!(proposal(&before(&undecided(), 4)).status, ProposalStatus::Expired);
    let again = plan(&carols(175), &before(&leaving(), 5));
    assert_eq!(again, Err(TransitionError::Exists(EntityKey::Message(THREAD, THIRD))));
}

#[test]
fn nothing_new_comes_during_a_pause_and_votes_go_on() {
    let mut entities = before(&leaving(), 1);
    let Some(Entity::Config(config)) = entities.get_mut(&EntityKey::Config) else { panic!() };
    config.paused = true;
    assert_eq!(plan(&alices_vote(171), &entities), Ok(()));
    contradicts("paused", &plan(&carols(170), &before(&governance(), 1)));
}

#[test]
fn an_invitation_that_was_taken_back_cannot_be_accepted() {
    let mut entities = before(&governance(), 2);
    let taken_back = Event::AuthorityProposed { authority: OWNER, pending: None, proposed_at: 105 };
    Transition::plan(&taken_back, &entities).unwrap().apply(&mut entities);
    contradicts("pending_authority", &plan(&governance()[2], &entities));
}

#[test]
fn the_last_roots_are_kept_and_their_slots_grow() {
    let mut entities = before(&governance(), 5);
    for slot in 1..=40 {
        Transition::plan(&anchored(slot), &entities).unwrap().apply(&mut entities);
    }
    let Entity::Roots(roots) = &entities[&EntityKey::Roots] else { panic!() };
    let slots: Vec<_> = roots.roots.iter().map(|root| root.slot).collect();
    assert_eq!(slots, (9..=40).collect::<Vec<_>>());
    contradicts("slot", &plan(&anchored(40), &entities));
}

#[test]
fn a_root_that_one_too_many_pushed_out_comes_back_with_its_rollback() {
    let mut entities = before(&governance(), 5);
    for slot in 1..=32 {
        Transition::plan(&anchored(slot), &entities).unwrap().apply(&mut entities);
    }
    let full = entities.clone();
    let transition = Transition::plan(&anchored(33), &entities).unwrap();
    transition.apply(&mut entities);
    transition.rollback(&mut entities);
    assert_eq!(entities, full);
}
