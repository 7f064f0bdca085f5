use super::*;
use chorale_domain::content_log::ContentLog;
use chorale_domain::id::{Amount, Hash32};
use chorale_domain::state::{
    LogState, Member, Message, Proposal, ProposalStatus, Thread, ThreadStatus, Treasury, Vote,
};

const THREAD: ThreadId = ThreadId([1; 32]);
const HASH: Hash32 = Hash32([2; 32]);
const ADA: Wallet = Wallet([3; 32]);

fn state() -> Entities {
    let mut log = ContentLog::default();
    log.append(&HASH.0, &ADA.0).unwrap();
    let thread = Thread {
        thread: THREAD,
        creator: ADA,
        approval_bps: 10_000,
        status: ThreadStatus::Active,
        co_authors: 1,
        next_member: 1,
        token_balance: Amount(7),
        escrow: Amount(0),
        open_proposals: 0,
        content_log: LogState::from(&log),
        created_at: 1,
        updated_at: 2,
    };
    let member =
        Member { thread: THREAD, number: 0, wallet: ADA, joined_at: 1, claimable: Amount(3), current: true };
    let message = Message { thread: THREAD, hash: HASH, author: ADA, sequence: 0, approved_at: 2 };
    Entities::from([
        (EntityKey::Treasury, Entity::Treasury(Treasury { balance: Amount(1) })),
        (EntityKey::Thread(THREAD), Entity::Thread(thread)),
        (EntityKey::Member(THREAD, 0), Entity::Member(member)),
        (EntityKey::Message(THREAD, HASH), Entity::Message(message)),
    ])
}

fn whole(entities: &Entities) -> Facts {
    facts(entities).into_iter().chain(recomputed_roots(entities)).collect()
}

fn differences(found: &Entities, scope: Scope) -> Vec<String> {
    let chain = state();
    let on_chain: Facts = facts(&chain).into_iter().chain(claimed_roots(&chain)).collect();
    let found = compare(&on_chain, scope, "the store", &whole(found));
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn the_same_state_has_no_differences() {
    assert_eq!(differences(&state(), Scope::Everything), Vec::<String>::new());
}

#[test]
fn a_difference_says_what_where_and_both_values() {
    let mut found = state();
    found.insert(EntityKey::Treasury, Entity::Treasury(Treasury { balance: Amount(2) }));
    let expected = "balance of treasury: 1 on chain, 2 in the store";
    assert_eq!(differences(&found, Scope::Everything), [expected]);
}

#[test]
fn a_lost_message_shows_in_its_own_facts_and_in_the_root() {
    let mut found = state();
    found.remove(&EntityKey::Message(THREAD, HASH));
    let differences = differences(&found, Scope::Everything);
    assert!(differences.iter().any(|line| line.contains(ROOT)), "{differences:?}");
    assert!(differences.iter().any(|line| line.ends_with("nothing in the store")), "{differences:?}");
}

#[test]
fn an_invented_member_is_a_difference() {
    let mut found = state();
    let Some(Entity::Member(mut member)) = found.get(&EntityKey::Member(THREAD, 0)).cloned() else {
        panic!()
    };
    member.number = 1;
    found.insert(EntityKey::Member(THREAD, 1), Entity::Member(member));
    let differences = differences(&found, Scope::Everything);
    assert!(differences.iter().all(|line| line.contains("nothing on chain")), "{differences:?}");
    assert!(!differences.is_empty());
}

#[test]
fn a_room_answers_for_its_own_part_only() {
    let mut room = state();
    room.remove(&EntityKey::Treasury);
    assert_eq!(differences(&room, Scope::Room(Room::Thread(THREAD))), Vec::<String>::new());
    assert_eq!(differences(&room, Scope::Everything).len(), 1);
}
#[test]
fn votes_count_in_any_order_and_those_of_members_who_left_do_not() {
    let vote = |member| Vote { voter: ADA, member, approve: true };
    let with_votes = |votes: Vec<Vote>| {
        let mut entities = state();
        let mut member = |number, current| {
            let member =
                Member { thread: THREAD, number, wallet: ADA, joined_at: 1, claimable: Amount(0), current };
            entities.insert(EntityKey::Member(THREAD, number), Entity::Member(member));
        };
        (0..2).for_each(|number| member(number, true));
        member(2, false);
        let proposal = Proposal {
            thread: THREAD,
            hash: HASH,
            author: ADA,
            stake: Amount(1),
            status: ProposalStatus::Pending,
            votes,
            created_at: 1,
            expires_at: 2,
            decided_at: None,
        };
        entities.insert(EntityKey::Proposal(THREAD, HASH), Entity::Proposal(proposal));
        facts(&entities)
    };
    assert_eq!(with_votes(vec![vote(1), vote(2), vote(0)]), with_votes(vec![vote(0), vote(1)]));
    assert_ne!(with_votes(vec![vote(1)]), with_votes(vec![vote(0), vote(1)]));
}
