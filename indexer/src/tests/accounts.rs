use crate::accounts::{AccountsError, ProgramState, kept, thread};
use anchor_lang::Discriminator;
use anchor_lang::prelude::Address;
use bytemuck::{Zeroable, bytes_of};
use chorale::state as program;
use chorale_domain::ContentLog;
use chorale_domain::id::{Amount, Hash32, ThreadId, Wallet};
use chorale_domain::state::{
    AnchoredRoot, Entities, Entity, EntityKey, LogState, Member, Message, Proposal, ProposalStatus, Roots,
    Thread, ThreadStatus, Treasury, Vote,
};

const THREAD: ThreadId = ThreadId([1; 32]);
const HASH: Hash32 = Hash32([2; 32]);
const OPEN: Hash32 = Hash32([3; 32]);
const ADA: Wallet = Wallet([4; 32]);
const BOB: Wallet = Wallet([5; 32]);

fn address(wallet: Wallet) -> Address {
    Address::new_from_array(wallet.0)
}

macro_rules! data {
    ($account:expr) => {{
        let account = $account;
        fn discriminator<T: Discriminator>(_: &T) -> &'static [u8] {
            T::DISCRIMINATOR
        }
        [discriminator(&account), bytes_of(&account)].concat()
    }};
}

/// Two members, of whom number 1 left, so that Bob sits there as number 2.
fn seats() -> program::Seats {
    let mut members = [program::Member::zeroed(); program::MAX_CO_AUTHORS];
    let seat = |number: u32, wallet, claimable: u64| program::Member {
        wallet: address(wallet),
        claimable: claimable.into(),
        joined_at: 100.into(),
        number: number.into(),
    };
    (members[0], members[1]) = (seat(0, ADA, 9), seat(2, BOB, 0));
    program::Seats { count: 2, used: 2, members }
}

fn log() -> ContentLog {
    let mut log = ContentLog::default();
    log.append(&HASH.0, &ADA.0).unwrap();
    log
}

/// The thread's account, with a balance.
fn thread_account(balance: u64) -> Vec<u8> {
    let mut log_peaks = [[0; 32]; chorale_domain::content_log::MAX_PEAKS];
    log_peaks[0] = log().peaks()[0];
    data!(program::Thread {
        version: program::LAYOUT_VERSION,
        id: THREAD.0,
        creator: address(ADA),
        token_balance: balance.into(),
        escrow: 7.into(),
        log_count: 1.into(),
        log_peaks,
        created_at: 100.into(),
        updated_at: 110.into(),
        next_member: 3.into(),
        open_proposals: 1.into(),
        approval_bps: 10_000.into(),
        status: 1,
        bump: 255,
        seats: seats(),
        reserved: [0; 64],
    })
}

fn message_account() -> Vec<u8> {
    let mut message = program::Message::zeroed();
    message.thread = chorale::address::thread(THREAD);
    (message.author, message.hash, message.approved_at) = (address(ADA), HASH.0, 110.into());
    data!(message)
}

/// Open, with votes of Bob, of Ada and of the member who had Bob's seat before and is gone.
fn proposal_account() -> Vec<u8> {
    let mut proposal = program::Proposal::zeroed();
    proposal.thread = chorale::address::thread(THREAD);
    (proposal.author, proposal.hash, proposal.stake) = (address(BOB), OPEN.0, 7.into());
    (proposal.created_at, proposal.expires_at) = (105.into(), 165.into());
    let vote = |member: u32, choice| program::Vote { member: member.into(), choice };
    proposal.ballot.votes[0] = vote(0, 2);
    proposal.ballot.votes[1] = vote(1, 1);
    data!(proposal)
}

fn roots_account() -> Vec<u8> {
    let mut roots = program::Roots::zeroed();
    (roots.count, roots.next) = (1, 1);
    roots.ring[0] = program::AnchoredRoot { slot: 50.into(), root: [8; 32] };
    data!(roots)
}

fn treasury_account(balance: u64) -> Vec<u8> {
    let mut treasury = program::Treasury::zeroed();
    (treasury.balance, treasury.held) = (balance.into(), 33.into());
    data!(treasury)
}

/// Everything the program has.
fn accounts() -> Vec<Vec<u8>> {
    let config = data!(program::Config::zeroed());
    let treasury = treasury_account(6);
    vec![proposal_account(), roots_account(), message_account(), config, thread_account(8), treasury]
}

fn read(accounts: &[Vec<u8>]) -> Result<ProgramState, AccountsError> {
    ProgramState::read(accounts.iter().map(Vec::as_slice))
}

fn member(number: u32, wallet: Wallet, claimable: u64, current: bool) -> (EntityKey, Entity) {
    let claimable = Amount(claimable);
    let member = Member { thread: THREAD, number, wallet, joined_at: 100, claimable, current };
    (EntityKey::Member(THREAD, number), Entity::Member(member))
}

fn the_thread() -> (EntityKey, Entity) {
    let thread = Thread {
        thread: THREAD,
        creator: ADA,
        approval_bps: 10_000,
        status: ThreadStatus::Active,
        co_authors: 2,
        next_member: 3,
        token_balance: Amount(8),
        escrow: Amount(7),
        open_proposals: 1,
        content_log: LogState::from(&log()),
        created_at: 100,
        updated_at: 110,
    };
    (EntityKey::Thread(THREAD), Entity::Thread(thread))
}

fn proposal(hash: Hash32, status: ProposalStatus, votes: Vec<Vote>) -> (EntityKey, Entity) {
    let proposal = Proposal {
        thread: THREAD,
        hash,
        author: BOB,
        stake: Amount(7),
        status,
        votes,
        created_at: 105,
        expires_at: 165,
        decided_at: None,
    };
    (EntityKey::Proposal(THREAD, hash), Entity::Proposal(proposal))
}

/// What a follower of the events holds where the chain has [`accounts`], but for the configuration.
fn derived() -> Entities {
    let vote = |member, voter, approve| Vote { voter, member, approve };
    let gone = Wallet([6; 32]);
    let message = Message { thread: THREAD, hash: HASH, author: ADA, sequence: 0, approved_at: 110 };
    let roots = vec![AnchoredRoot { slot: 50, root: Hash32([8; 32]), anchored_at: 103 }];
    Entities::from([
        (EntityKey::Treasury, Entity::Treasury(Treasury { balance: Amount(6) })),
        (EntityKey::Roots, Entity::Roots(Roots { roots })),
        the_thread(),
        member(0, ADA, 9, true),
        member(1, gone, 0, false),
        member(2, BOB, 0, true),
        (EntityKey::Message(THREAD, HASH), Entity::Message(message)),
        proposal(HASH, ProposalStatus::Approved, vec![vote(0, ADA, true)]),
        proposal(OPEN, ProposalStatus::Pending, vec![vote(1, gone, false), vote(0, ADA, true)]),
    ])
}

#[test]
fn accounts_show_what_is_derived_from_the_events_but_for_what_the_chain_does_not_keep() {
    let state = read(&accounts()).unwrap();
    assert_eq!(state.held, 33);
    let mut on_chain = kept(&state.entities);
    assert!(matches!(on_chain.remove(&EntityKey::Config), Some(Entity::Config(_))));
    assert_eq!(on_chain, kept(&derived()));
}

#[test]
fn what_the_chain_does_not_keep_is_left_out() {
    let kept = kept(&derived());
    assert!(!kept.contains_key(&EntityKey::Proposal(THREAD, HASH)), "a decided proposal");
    assert!(!kept.contains_key(&EntityKey::Member(THREAD, 1)), "a member who left");
    let Some(Entity::Proposal(open)) = kept.get(&EntityKey::Proposal(THREAD, OPEN)) else {
        panic!("no proposal")
    };
    assert_eq!(open.votes, [Vote { voter: ADA, member: 0, approve: true }]);
}

#[test]
fn a_threads_account_is_the_thread_with_its_members() {
    let found = thread(&thread_account(8)).unwrap();
    assert_eq!(found, Entities::from([the_thread(), member(0, ADA, 9, true), member(2, BOB, 0, true)]));
    assert_eq!(thread(&treasury_account(6)), None);
    assert_eq!(thread(&[]), None);
}

#[test]
fn an_account_of_no_known_type_is_named_by_its_length() {
    let error = read(&[accounts(), vec![vec![7; 21]]].concat()).unwrap_err();
    assert_eq!(error, AccountsError::Unknown { bytes: 21 });
}

#[test]
fn a_program_that_is_not_set_up_has_no_state() {
    assert_eq!(read(&[]), Err(AccountsError::Missing("configuration")));
}

#[test]
fn a_message_whose_thread_is_missing_is_no_state() {
    let mut accounts = accounts();
    accounts.remove(4);
    let address = chorale::address::thread(THREAD).to_string();
    assert_eq!(read(&accounts), Err(AccountsError::Orphan(address)));
}
