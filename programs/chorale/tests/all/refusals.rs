//! Each refusal: the error's name, and that nothing changed.

use crate::harness::*;
use anchor_lang::Event as _;
use anchor_lang::event::EVENT_IX_TAG_LE;
use chorale::address;
use chorale::build::{self, Deployment};
use chorale::event::{EVENT_VERSION, MessagePublished};
use chorale::state::{Settings, Thread};
use chorale_domain::id::{Hash32, ThreadId};
use solana_account::Account;
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Sends and expects the refusal, and that every account of the program stayed as it was.
fn refused(chain: &mut Chain, send: impl FnOnce(&mut Chain) -> Result<Sent, Refused>) -> Refused {
    let before = state(chain);
    let refusal = send(chain).expect_err("this should be refused");
    assert_eq!(state(chain), before, "a refused instruction changed something");
    refusal
}

fn state(chain: &Chain) -> Vec<(Address, Account)> {
    let mut accounts = chain.svm.get_program_accounts(&chorale::ID);
    accounts.sort_by_key(|(address, _)| *address);
    accounts
}

fn settings() -> Settings {
    Settings { min_stake: 1, proposal_ttl: 1, divest_cooldown: 0, min_thread_balance: 0 }
}

fn initialize(chain: &mut Chain, deployment: &Deployment, settings: Settings) -> Result<Sent, Refused> {
    let authority = chain.authority.insecure_clone();
    chain.send(&[build::initialize(deployment, wallet(&authority), settings)], &authority)
}

/// A thread of one co-author, and a wallet that is none.
fn alice_and_bob(chain: &mut Chain) -> (Keypair, Keypair) {
    (chain.thread_of(1, 10_000).remove(0), chain.wallet())
}

#[test]
fn initialize_twice() {
    let mut chain = Chain::new();
    let deployment = chain.deployment;
    let refusal = refused(&mut chain, |chain| initialize(chain, &deployment, settings()));
    assert_eq!(refusal, "Custom(0)", "the system program says the account is in use");
}

#[test]
fn initialize_with_what_is_no_mint_or_of_another_program() {
    let mut chain = Chain::deployed();
    let good = chain.deployment;
    let stranger = Address::new_unique();
    let foreign = Deployment { token_program: stranger, ..good };
    assert_eq!(initialize(&mut chain, &foreign, settings()).unwrap_err(), "UnsupportedTokenProgram");
    chain.svm.set_account(stranger, mint_account(stranger)).unwrap();
    let not_owned = Deployment { mint: stranger, ..good };
    assert_eq!(initialize(&mut chain, &not_owned, settings()).unwrap_err(), "UnsupportedTokenProgram");
    let someone = chain.wallet();
    let token_account = Deployment { mint: chain.token_address(&someone), ..good };
    assert_eq!(initialize(&mut chain, &token_account, settings()).unwrap_err(), "InvalidMint");
}

#[test]
fn initialize_with_times_that_make_no_sense() {
    let mut chain = Chain::deployed();
    let deployment = chain.deployment;
    for bad in [
        Settings { proposal_ttl: 0, ..settings() },
        Settings { proposal_ttl: -1, ..settings() },
        Settings { divest_cooldown: -1, ..settings() },
        Settings { proposal_ttl: Settings::LONGEST + 1, ..settings() },
        Settings { divest_cooldown: i64::MAX, ..settings() },
    ] {
        assert_eq!(initialize(&mut chain, &deployment, bad).unwrap_err(), "InvalidConfig", "{bad:?}");
    }
}

#[test]
fn an_approval_rule_outside_its_range() {
    let mut chain = Chain::new();
    let alice = chain.wallet();
    for bps in [0, 10_001, u16::MAX] {
        assert_eq!(refused(&mut chain, |chain| chain.create_thread(&alice, bps)), "InvalidApprovalRule");
    }
}

#[test]
fn a_thread_id_that_is_taken() {
    let mut chain = Chain::new();
    let (_, bob) = alice_and_bob(&mut chain);
    assert_eq!(refused(&mut chain, |chain| chain.create_thread(&bob, 10_000)), "Custom(0)");
}

#[test]
fn a_thread_account_that_is_not_the_ids() {
    let mut chain = Chain::new();
    let alice = chain.wallet();
    let mut create = build::create_thread(wallet(&alice), THREAD, 10_000);
    create.accounts[2].pubkey = address::thread(ThreadId([8; 32]));
    assert_eq!(refused(&mut chain, |chain| chain.send(&[create], &alice)), "InvalidSeeds");
}

#[test]
fn publishing_by_someone_who_is_no_co_author() {
    let mut chain = Chain::new();
    let (_, bob) = alice_and_bob(&mut chain);
    assert_eq!(refused(&mut chain, |chain| chain.publish(&bob, hash(1))), "NotCoAuthor");
}

#[test]
fn publishing_the_zero_hash_or_the_same_hash_twice() {
    let mut chain = Chain::new();
    let (alice, _) = alice_and_bob(&mut chain);
    assert_eq!(refused(&mut chain, |chain| chain.publish(&alice, Hash32::ZERO)), "ZeroHash");
    chain.publish(&alice, hash(1)).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.publish(&alice, hash(1))), "Custom(0)");
}

#[test]
fn publishing_without_the_authors_signature() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    let mut publish = build::publish(wallet(&alice), THREAD, hash(1));
    publish.accounts[0].is_signer = false;
    assert_eq!(refused(&mut chain, |chain| chain.send(&[publish], &bob)), "MissingRequiredSignature");
}

#[test]
fn a_look_alike_thread_that_the_program_does_not_own() {
    let mut chain = Chain::new();
    let (_, bob) = alice_and_bob(&mut chain);
    let mut fake = chain.svm.get_account(&address::thread(THREAD)).unwrap();
    let seat = 8 + std::mem::offset_of!(Thread, co_authors);
    fake.data[seat..seat + 32].copy_from_slice(bob.pubkey().as_ref());
    fake.owner = Address::new_unique();
    let look_alike = Address::new_unique();
    chain.svm.set_account(look_alike, fake).unwrap();
    let mut publish = build::publish(wallet(&bob), THREAD, hash(1));
    publish.accounts[2].pubkey = look_alike;
    assert_eq!(refused(&mut chain, |chain| chain.send(&[publish], &bob)), "IllegalOwner");
}

#[test]
fn proposing_as_a_co_author_or_below_the_minimum_or_the_zero_hash() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    assert_eq!(refused(&mut chain, |chain| chain.propose(&alice, hash(1), MIN_STAKE)), "AlreadyCoAuthor");
    assert_eq!(refused(&mut chain, |chain| chain.propose(&bob, hash(1), MIN_STAKE - 1)), "StakeTooLow");
    assert_eq!(refused(&mut chain, |chain| chain.propose(&bob, Hash32::ZERO, MIN_STAKE)), "ZeroHash");
}

#[test]
fn proposing_a_hash_that_is_pending_or_in_the_log() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    let carol = chain.wallet();
    assert_eq!(refused(&mut chain, |chain| chain.propose(&carol, hash(1), MIN_STAKE)), "Custom(0)");
    assert_eq!(refused(&mut chain, |chain| chain.publish(&alice, hash(1))), "Custom(0)");
    chain.vote(&alice, hash(1), &bob, true).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.propose(&carol, hash(1), MIN_STAKE)), "Custom(0)");
}

#[test]
fn staking_more_than_one_has_or_from_anothers_account() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    assert_eq!(refused(&mut chain, |chain| chain.propose(&bob, hash(1), TOKENS + 1)), "Custom(1)");
    let mut propose = build::propose(&chain.deployment, wallet(&bob), THREAD, hash(1), MIN_STAKE);
    propose.accounts[6].pubkey = chain.token_address(&alice);
    assert_eq!(refused(&mut chain, |chain| chain.send(&[propose], &bob)), "Custom(4)", "owner mismatch");
}

#[test]
fn a_vault_mint_or_token_program_that_is_not_the_deployments() {
    let mut chain = Chain::new();
    let (_, bob) = alice_and_bob(&mut chain);
    let propose = build::propose(&chain.deployment, wallet(&bob), THREAD, hash(1), MIN_STAKE);
    let stranger = chain.wallet();
    let other_account = chain.token_address(&stranger);
    for (index, account, error) in [
        (5, other_account, "WrongMint"),
        (7, other_account, "InvalidSeeds"),
        (8, address::SYSTEM_PROGRAM, "UnsupportedTokenProgram"),
    ] {
        let mut altered = propose.clone();
        altered.accounts[index].pubkey = account;
        assert_eq!(refused(&mut chain, |chain| chain.send(&[altered], &bob)), error, "account {index}");
    }
}

#[test]
fn claiming_with_a_vault_mint_or_token_program_that_is_not_the_deployments() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let alice = &co_authors[0];
    let claim = build::claim(&chain.deployment, wallet(alice), THREAD);
    let other_account = chain.token_address(&co_authors[1]);
    for (index, account, error) in [
        (4, other_account, "WrongMint"),
        (5, address::vault(), "Custom(2040)"),
        (6, other_account, "InvalidSeeds"),
        (7, address::SYSTEM_PROGRAM, "UnsupportedTokenProgram"),
    ] {
        let mut altered = claim.clone();
        altered.accounts[index].pubkey = account;
        assert_eq!(refused(&mut chain, |chain| chain.send(&[altered], alice)), error, "account {index}");
    }
}

#[test]
fn a_full_thread_takes_no_proposals() {
    let mut chain = Chain::new();
    chain.thread_of(32, 1);
    let late = chain.wallet();
    assert_eq!(refused(&mut chain, |chain| chain.propose(&late, hash(1), MIN_STAKE)), "ThreadFull");
}

#[test]
fn the_last_seat_can_be_given_once_only() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(31, 1);
    let (first, second) = (chain.wallet(), chain.wallet());
    chain.propose(&first, hash(1), MIN_STAKE).unwrap();
    chain.propose(&second, hash(2), MIN_STAKE).unwrap();
    chain.vote(&co_authors[0], hash(1), &first, true).unwrap();
    let refusal = refused(&mut chain, |chain| chain.vote(&co_authors[0], hash(2), &second, true));
    assert_eq!(refusal, "ThreadFull");
}

#[test]
fn voting_by_a_stranger_or_the_author() {
    let mut chain = Chain::new();
    let (_, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    let mallory = chain.wallet();
    assert_eq!(refused(&mut chain, |chain| chain.vote(&mallory, hash(1), &bob, true)), "NotCoAuthor");
    assert_eq!(refused(&mut chain, |chain| chain.vote(&bob, hash(1), &bob, true)), "NotCoAuthor");
}

#[test]
fn a_second_vote() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let bob = chain.wallet();
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    chain.vote(&co_authors[0], hash(1), &bob, true).unwrap();
    for approve in [true, false] {
        let refusal = refused(&mut chain, |chain| chain.vote(&co_authors[0], hash(1), &bob, approve));
        assert_eq!(refusal, "AlreadyVoted");
    }
}

#[test]
fn a_vote_at_the_very_second_of_expiry_or_later() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    let end = chain.time() + TTL;
    for now in [end, end + 1] {
        chain.set_time(now);
        assert_eq!(refused(&mut chain, |chain| chain.vote(&alice, hash(1), &bob, true)), "ProposalExpired");
    }
    chain.set_time(end - 1);
    chain.vote(&alice, hash(1), &bob, true).expect("one second before the end a vote counts");
}

#[test]
fn a_vote_after_the_decision() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(3, 3_000);
    let bob = chain.wallet();
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    chain.vote(&co_authors[0], hash(1), &bob, true).unwrap();
    let refusal = refused(&mut chain, |chain| chain.vote(&co_authors[1], hash(1), &bob, true));
    assert_eq!(refusal, "AccountDataTooSmall", "the proposal's account is a message's record now");
}

#[test]
fn a_vote_with_anothers_proposal_or_rent_receiver() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    let thief = chain.wallet();
    let refusal = refused(&mut chain, |chain| chain.vote(&alice, hash(1), &thief, false));
    assert_eq!(refusal, "NotProposalAuthor");

    let other = ThreadId([9; 32]);
    chain.send(&[build::create_thread(wallet(&thief), other, 10_000)], &thief).unwrap();
    let mut vote = build::vote(wallet(&thief), THREAD, hash(1), wallet(&bob), true);
    vote.accounts[1].pubkey = address::thread(other);
    assert_eq!(refused(&mut chain, |chain| chain.send(&[vote], &thief)), "ProposalNotOfThread");
}

#[test]
fn claiming_nothing_or_as_a_stranger_or_twice() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let stranger = chain.wallet();
    assert_eq!(refused(&mut chain, |chain| chain.claim(&stranger)), "NotCoAuthor");
    assert_eq!(refused(&mut chain, |chain| chain.claim(&co_authors[1])), "NothingToClaim");
    chain.claim(&co_authors[0]).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.claim(&co_authors[0])), "NothingToClaim");
}

#[test]
fn a_paused_deployment_takes_nothing_new_but_still_decides_and_pays() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(2, 10_000);
    let bob = chain.wallet();
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    pause(&mut chain);
    let alice = &co_authors[0];
    let create = build::create_thread(wallet(alice), ThreadId([9; 32]), 10_000);
    assert_eq!(refused(&mut chain, |chain| chain.send(&[create], alice)), "Paused");
    assert_eq!(refused(&mut chain, |chain| chain.publish(alice, hash(2))), "Paused");
    assert_eq!(refused(&mut chain, |chain| chain.propose(&bob, hash(2), MIN_STAKE)), "Paused");
    chain.vote(alice, hash(1), &bob, true).expect("a pause must not let open proposals run out");
    chain.claim(alice).expect("what is claimable stays claimable");
}

/// Sets the flag in the account itself: the instruction that does it comes with the whole program.
fn pause(chain: &mut Chain) {
    let mut config = chain.svm.get_account(&address::config()).unwrap();
    config.data[8 + std::mem::offset_of!(chorale::state::Config, paused)] = 1;
    chain.svm.set_account(address::config(), config).unwrap();
}

#[test]
fn an_archived_thread_takes_nothing_more() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), MIN_STAKE).unwrap();
    let mut thread = chain.svm.get_account(&address::thread(THREAD)).unwrap();
    thread.data[8 + std::mem::offset_of!(Thread, status)] = 2;
    chain.svm.set_account(address::thread(THREAD), thread).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.publish(&alice, hash(2))), "ThreadArchived");
    assert_eq!(refused(&mut chain, |chain| chain.propose(&bob, hash(2), MIN_STAKE)), "ThreadArchived");
    assert_eq!(refused(&mut chain, |chain| chain.vote(&alice, hash(1), &bob, true)), "ThreadArchived");
}

/// What the program itself would say of a message, as someone else would have to send it.
fn forged_event(author: &Keypair, signer: Address, is_signer: bool) -> Instruction {
    let event = MessagePublished {
        version: EVENT_VERSION,
        thread: THREAD.0,
        hash: [1; 32],
        author: author.pubkey(),
        sequence: 0,
        published_at: 0,
    };
    let data = [EVENT_IX_TAG_LE, &event.data()].concat();
    Instruction {
        program_id: chorale::ID,
        accounts: vec![AccountMeta::new_readonly(signer, is_signer)],
        data,
    }
}

#[test]
fn an_event_that_the_program_did_not_emit() {
    let mut chain = Chain::new();
    let (alice, _) = alice_and_bob(&mut chain);
    let unsigned = forged_event(&alice, address::event_authority(), false);
    let refusal = refused(&mut chain, |chain| chain.send(&[unsigned], &alice));
    assert_eq!(refusal, "MissingRequiredSignature");
    let own_signature = forged_event(&alice, alice.pubkey(), true);
    let refusal = refused(&mut chain, |chain| chain.send(&[own_signature], &alice));
    assert_eq!(refusal, "InvalidSeeds", "only the event authority signs events");
}

#[test]
fn instruction_data_that_is_cut_short_or_unknown() {
    let mut chain = Chain::new();
    let (alice, _) = alice_and_bob(&mut chain);
    for length in [0, 7, 8, 39] {
        let mut publish = build::publish(wallet(&alice), THREAD, hash(1));
        publish.data.truncate(length);
        refused(&mut chain, |chain| chain.send(&[publish], &alice));
    }
}
