//! A small history of one deployment, as the indexer would hand it over.

use crate::{Batch, Clock, IndexedTransaction, Location, Writer};
use chorale_domain::content::ContentHash;
use chorale_domain::event::{ChainEvent, Event, EventId};
use chorale_domain::id::{Amount, Hash32, Signature, ThreadId, Wallet};
use chorale_testing::engines;
use chorale_wire::socket::Commitment;
use std::path::Path;
use std::sync::Arc;
use tempfile::tempdir;

pub(super) const THREAD: ThreadId = ThreadId([1; 32]);
pub(super) const OTHER_THREAD: ThreadId = ThreadId([2; 32]);
pub(super) const ALICE: Wallet = Wallet([10; 32]);
pub(super) const BOB: Wallet = Wallet([11; 32]);
pub(super) const APPROVED: ContentHash = Hash32([20; 32]);
pub(super) const REJECTED: ContentHash = Hash32([21; 32]);
pub(super) const PENDING: ContentHash = Hash32([22; 32]);
pub(super) const EXPIRED: ContentHash = Hash32([23; 32]);

/// A clock that stands still.
pub(super) fn clock(now: i64) -> Clock {
    Arc::new(move || now)
}

/// Runs a test on each engine, with a place for a store of its own.
pub(super) async fn on_each_engine(test: impl AsyncFn(Location)) {
    let folder = tempdir().unwrap();
    for (engine, place) in engines(folder.path(), "store.db") {
        println!("on {engine}");
        test(place.parse().unwrap()).await;
    }
}

pub(super) async fn write_at(location: &Location) -> Writer {
    Writer::open(location, clock(1_000)).await.unwrap()
}

/// A store on SQLite, where the engine makes no difference.
pub(super) async fn open(folder: &Path) -> Writer {
    write_at(&folder.join("store.db").into()).await
}

/// A confirmed transaction in slot `100 + n`, its events as inner instructions 0, 1, 2 ... of its instruction 0.
pub(super) fn transaction(n: u8, events: Vec<Event>) -> IndexedTransaction {
    let (signature, slot) = (Signature([n; 64]), 100 + u64::from(n));
    let events = (0..).zip(events).map(|(inner, event)| ChainEvent {
        id: EventId { signature, instruction: 0, inner },
        slot,
        schema: 1,
        event,
    });
    IndexedTransaction {
        signature,
        slot,
        block_time: Some(1_700_000_000 + i64::from(n)),
        failed: false,
        commitment: Commitment::Confirmed,
        events: events.collect(),
        dead_letter: None,
    }
}

pub(super) fn finalized(transactions: &[IndexedTransaction]) -> Vec<IndexedTransaction> {
    let commitment = Commitment::Finalized;
    transactions.iter().map(|transaction| IndexedTransaction { commitment, ..transaction.clone() }).collect()
}

pub(super) fn batch(transactions: &[IndexedTransaction]) -> Batch {
    Batch { transactions: transactions.to_vec() }
}

/// Applies each transaction as a batch of its own.
pub(super) async fn apply_each(writer: &Writer, transactions: &[IndexedTransaction]) {
    for transaction in transactions {
        let one = batch(std::slice::from_ref(transaction));
        writer.apply(one).await.unwrap();
    }
}

pub(super) fn created(thread: ThreadId) -> Event {
    Event::ThreadCreated { thread, creator: ALICE, approval_bps: 10_000, created_at: 100 }
}

pub(super) fn published(thread: ThreadId, sequence: u64) -> Event {
    let hash = Hash32([100 + u8::try_from(sequence).unwrap(); 32]);
    Event::MessagePublished { thread, hash, author: ALICE, sequence, published_at: 110 }
}

pub(super) fn proposed(hash: ContentHash, created_at: i64) -> Event {
    // The only one that is made while another is open.
    let (author, stake, escrow) = (BOB, Amount(7), Amount(if hash == EXPIRED { 14 } else { 7 }));
    let expires_at = created_at + 60;
    Event::ProposalCreated { thread: THREAD, hash, author, stake, created_at, expires_at, escrow }
}

fn voted(hash: ContentHash, approve: bool) -> Event {
    Event::VoteCast { thread: THREAD, hash, voter: ALICE, member: 0, approve, voted_at: 130 }
}

/// Bob's vote on the proposal that Alice's then turns down.
fn bobs_vote() -> Event {
    let (thread, hash) = (THREAD, REJECTED);
    Event::VoteCast { thread, hash, voter: BOB, member: 1, approve: true, voted_at: 129 }
}

fn initialized() -> Event {
    Event::ConfigInitialized {
        authority: ALICE,
        anchor_authority: ALICE,
        mint: Wallet([2; 32]),
        token_program: Wallet([4; 32]),
        decimals: 6,
        min_stake: Amount(5),
        proposal_ttl: 60,
        divest_cooldown: 60,
        min_thread_balance: Amount(1),
    }
}

fn approved() -> Event {
    Event::ProposalApproved {
        thread: THREAD,
        hash: APPROVED,
        author: BOB,
        settled_by: ALICE,
        member: 1,
        sequence: 1,
        approvers: vec![0],
        share: Amount(7),
        to_treasury: Amount(0),
        approved_at: 130,
        escrow: Amount(0),
        treasury: Amount(0),
    }
}

fn rejected() -> Event {
    Event::ProposalRejected {
        thread: THREAD,
        hash: REJECTED,
        author: BOB,
        settled_by: ALICE,
        to_treasury: Amount(3),
        to_thread: Amount(4),
        rejected_at: 130,
        escrow: Amount(0),
        token_balance: Amount(4),
        treasury: Amount(3),
    }
}

fn expired() -> Event {
    Event::ProposalExpired {
        thread: THREAD,
        hash: EXPIRED,
        author: BOB,
        settled_by: ALICE,
        to_treasury: Amount(7),
        expired_at: 190,
        escrow: Amount(7),
        treasury: Amount(10),
    }
}

fn anchored() -> Event {
    Event::RootAnchored { authority: ALICE, slot: 90, root: Hash32([30; 32]), anchored_at: 191 }
}

fn divested() -> Event {
    Event::Divested {
        thread: THREAD,
        wallet: BOB,
        member: 1,
        share: Amount(2),
        claimed: Amount(0),
        divested_at: 192,
        token_balance: Amount(2),
        archived: false,
    }
}

/// Two threads; a message, an approved, a rejected, a pending and an expired proposal, a claim, a root, a departure;
/// one dead letter.
pub(super) fn story() -> Vec<IndexedTransaction> {
    let claimed =
        Event::Claimed { thread: THREAD, wallet: ALICE, member: 0, amount: Amount(7), claimed_at: 140 };
    let dead = IndexedTransaction { dead_letter: Some("unknown event".into()), ..transaction(8, vec![]) };
    vec![
        transaction(1, vec![initialized()]),
        transaction(2, vec![created(THREAD), created(OTHER_THREAD)]),
        transaction(3, vec![published(THREAD, 0)]),
        transaction(4, vec![proposed(APPROVED, 120)]),
        transaction(5, vec![voted(APPROVED, true), approved()]),
        transaction(6, vec![proposed(REJECTED, 121)]),
        transaction(7, vec![bobs_vote(), voted(REJECTED, false), rejected()]),
        dead,
        transaction(9, vec![claimed, proposed(PENDING, 122)]),
        transaction(10, vec![proposed(EXPIRED, 123)]),
        transaction(11, vec![expired(), anchored()]),
        transaction(12, vec![divested()]),
    ]
}

/// Events in [`story`].
pub(super) const EVENTS: i64 = 17;
