//! Asking to become a co-author.

use super::*;
use chorale_domain::content_log::MAX_COUNT;

#[test]
fn a_proposal_holds_its_stake_in_escrow() {
    let mut world = World::new(UNANIMOUS);
    let proposal = world.propose(wallet(2), hash(5), 250, START + 1).unwrap();
    assert_eq!((proposal.version, proposal.thread), (LAYOUT_VERSION, thread_address()));
    assert_eq!((proposal.author, proposal.hash, proposal.stake.get()), (wallet(2), hash(5), 250));
    assert_eq!(proposal.created_at.get(), START + 1);
    assert_eq!(proposal.expires_at.get(), START + 1 + PROPOSAL_TTL);
    assert!(proposal.ballot.is_empty());
    world.propose(wallet(3), hash(6), 100, START + 2).unwrap();
    assert_eq!((world.thread.escrow.get(), world.thread.open_proposals.get()), (350, 2));
    assert_eq!(world.thread.updated_at.get(), START + 2);
    world.assert_conserved();
}

#[test]
fn a_change_of_the_settings_leaves_the_expiry_of_open_proposals() {
    let mut world = World::new(UNANIMOUS);
    let mut proposal = world.propose(wallet(2), hash(5), 250, START).unwrap();
    world.config.proposal_ttl = 1.into();
    world.vote(&mut proposal, 1, false, START + PROPOSAL_TTL - 1).unwrap().rejected();
}

#[test]
fn what_cannot_be_proposed_is_refused_by_name() {
    let refuse = |world: &mut World, author, content, stake, expected| {
        let refused = refusal(world.propose(wallet(author), content, stake, START));
        assert_eq!(refused, expected);
        assert_eq!(world.thread.open_proposals.get(), 0);
    };
    let mut world = World::with(2, UNANIMOUS);
    refuse(&mut world, 3, [0; 32], MIN_STAKE, ChoraleError::ZeroHash);
    refuse(&mut world, 3, hash(5), MIN_STAKE - 1, ChoraleError::StakeTooLow);
    refuse(&mut world, 2, hash(5), MIN_STAKE, ChoraleError::AlreadyCoAuthor);
    world.config.paused = 1;
    refuse(&mut world, 3, hash(5), MIN_STAKE, ChoraleError::Paused);
    world.config.paused = 0;
    world.leave(2);
    world.leave(1);
    refuse(&mut world, 3, hash(5), MIN_STAKE, ChoraleError::ThreadArchived);
}

#[test]
fn a_hash_is_zero_only_where_all_of_it_is() {
    for at in 0..32 {
        let mut almost_zero = [0; 32];
        almost_zero[at] = 1;
        let proposal = World::new(UNANIMOUS).propose(wallet(2), almost_zero, MIN_STAKE, START);
        assert!(proposal.is_ok(), "byte {at}");
    }
}

#[test]
fn a_thread_with_32_co_authors_takes_no_proposal() {
    assert!(World::with(31, UNANIMOUS).propose(wallet(33), hash(5), MIN_STAKE, START).is_ok());
    let mut full = World::with(32, UNANIMOUS);
    let refused = refusal(full.propose(wallet(33), hash(5), MIN_STAKE, START));
    assert_eq!(refused, ChoraleError::ThreadFull);
    full.leave(7);
    assert!(full.propose(wallet(33), hash(5), MIN_STAKE, START).is_ok(), "a seat became free");
}

#[test]
fn a_thread_whose_log_is_full_takes_no_proposal() {
    let mut world = World::new(UNANIMOUS);
    world.fill_log(MAX_COUNT);
    let refused = refusal(world.propose(wallet(2), hash(5), MIN_STAKE, START));
    assert_eq!(refused, ChoraleError::ContentLogFull);
    world.fill_log(MAX_COUNT - 1);
    assert!(world.propose(wallet(2), hash(5), MIN_STAKE, START).is_ok());
}

#[test]
fn who_left_may_ask_again() {
    let mut world = World::with(2, UNANIMOUS);
    world.leave(2);
    assert!(world.propose(wallet(2), hash(5), MIN_STAKE, START).is_ok());
}

#[test]
fn the_largest_stake_is_taken_once() {
    let mut world = World::new(UNANIMOUS);
    world.propose(wallet(2), hash(5), u64::MAX, START).unwrap();
    assert_eq!(world.thread.escrow.get(), u64::MAX);
    let refused = refusal(world.propose(wallet(3), hash(6), MIN_STAKE, START));
    assert_eq!(refused, ChoraleError::Overflow);
    world.assert_conserved();
}

#[test]
fn a_proposal_that_would_expire_after_the_end_of_time_is_refused() {
    let mut world = World::new(UNANIMOUS);
    let refused = refusal(world.propose(wallet(2), hash(5), MIN_STAKE, i64::MAX));
    assert_eq!(refused, ChoraleError::Overflow);
}

#[test]
fn proposals_are_counted_as_far_as_numbers_go() {
    let mut world = World::new(UNANIMOUS);
    world.thread.open_proposals = u32::MAX.into();
    let refused = refusal(world.propose(wallet(2), hash(5), MIN_STAKE, START));
    assert_eq!(refused, ChoraleError::Overflow);
}

#[test]
fn a_proposal_of_another_thread_is_refused() {
    let mut world = World::new(UNANIMOUS);
    let mut proposal = world.propose(wallet(2), hash(5), MIN_STAKE, START).unwrap();
    proposal.thread = Address::from([0xab; 32]);
    let refused = refusal(world.vote(&mut proposal, 1, true, START));
    assert_eq!(refused, ChoraleError::ProposalNotOfThread);
}

#[test]
fn a_proposal_stays_open_as_long_as_its_author_wants() {
    let mut world = World::new(UNANIMOUS);
    let proposal = world.propose(wallet(2), hash(5), 250, START).unwrap();
    assert_eq!(proposal.require_open_until(START + PROPOSAL_TTL), Ok(()));
    let refused = proposal.require_open_until(START + PROPOSAL_TTL + 1);
    assert_eq!(refused, Err(ChoraleError::ExpiresTooSoon.into()));
}
