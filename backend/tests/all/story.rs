//! What the chain says, played into the store as the indexer would.

use chorale_domain::content::{ContentHash, content_hash};
use chorale_domain::event::{ChainEvent, Event, EventId};
use chorale_domain::id::{Amount, Signature, ThreadId, Wallet};
use chorale_store::{Batch, IndexedTransaction, Writer};
use chorale_wire::socket::Commitment;
use std::sync::atomic::{AtomicU64, Ordering};

pub const THREAD: ThreadId = ThreadId([1; 32]);
pub const SALT: [u8; 16] = [9; 16];
pub const MINT: Wallet = Wallet([2; 32]);
/// Of every proposal.
pub const STAKE: Amount = Amount(7);

pub fn hash(text: &str) -> ContentHash {
    content_hash(&SALT, text)
}

pub fn initialized() -> Event {
    let authority = Wallet([3; 32]);
    Event::ConfigInitialized {
        authority,
        anchor_authority: authority,
        mint: MINT,
        token_program: Wallet(chorale::address::TOKEN_PROGRAM.to_bytes()),
        decimals: 6,
        min_stake: Amount(5),
        proposal_ttl: 60,
        divest_cooldown: 60,
        min_thread_balance: Amount(1),
    }
}

pub fn created(thread: ThreadId, creator: Wallet) -> Event {
    Event::ThreadCreated { thread, creator, approval_bps: 10_000, created_at: 100 }
}

/// The `sequence`-th message of a thread, `text`.
pub fn published(thread: ThreadId, author: Wallet, sequence: u64, text: &str) -> Event {
    let published_at = 200 + i64::try_from(sequence).unwrap();
    Event::MessagePublished { thread, hash: hash(text), author, sequence, published_at }
}

pub fn proposed(thread: ThreadId, author: Wallet, text: &str) -> Event {
    Event::ProposalCreated {
        thread,
        hash: hash(text),
        author,
        stake: STAKE,
        created_at: 300,
        expires_at: 360,
        escrow: STAKE,
    }
}

pub fn denied(thread: ThreadId, voter: Wallet, text: &str) -> Event {
    Event::VoteCast { thread, hash: hash(text), voter, member: 0, approve: false, voted_at: 310 }
}

pub fn voted(thread: ThreadId, voter: Wallet, member: u32, text: &str) -> Event {
    Event::VoteCast { thread, hash: hash(text), voter, member, approve: true, voted_at: 310 }
}

/// What the approvers get each, and what is left of it.
pub fn approved(
    thread: ThreadId,
    author: Wallet,
    member: u32,
    sequence: u64,
    text: &str,
    (approvers, share, to_treasury): (&[u32], u64, u64),
) -> Event {
    Event::ProposalApproved {
        thread,
        hash: hash(text),
        author,
        settled_by: author,
        member,
        sequence,
        approvers: approvers.to_vec(),
        share: Amount(share),
        to_treasury: Amount(to_treasury),
        approved_at: 310,
        escrow: Amount(0),
        treasury: Amount(to_treasury),
    }
}

/// Leaves a thread that has nothing.
pub fn divested(thread: ThreadId, wallet: Wallet, member: u32) -> Event {
    let (share, claimed, token_balance) = (Amount(0), Amount(0), Amount(0));
    Event::Divested {
        thread,
        wallet,
        member,
        share,
        claimed,
        divested_at: 400,
        token_balance,
        archived: false,
    }
}

pub fn cancelled(thread: ThreadId, author: Wallet, text: &str) -> Event {
    Event::ProposalCancelled {
        thread,
        hash: hash(text),
        author,
        refund: STAKE,
        cancelled_at: 305,
        escrow: Amount(0),
    }
}

pub fn rejected(thread: ThreadId, author: Wallet, text: &str) -> Event {
    Event::ProposalRejected {
        thread,
        hash: hash(text),
        author,
        settled_by: Wallet([5; 32]),
        to_treasury: Amount(0),
        to_thread: STAKE,
        rejected_at: 310,
        escrow: Amount(0),
        token_balance: STAKE,
        treasury: Amount(0),
    }
}

/// Confirms events, each in a transaction of its own, all in one batch; returns the transactions.
pub async fn confirm(writer: &Writer, events: impl IntoIterator<Item = Event>) -> Vec<Signature> {
    let transactions: Vec<_> = events.into_iter().map(transaction).collect();
    let signatures = transactions.iter().map(|transaction| transaction.signature).collect();
    writer.apply(Batch { transactions }).await.expect("the story contradicts itself");
    signatures
}

fn transaction(event: Event) -> IndexedTransaction {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let slot = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut signature = [0; 64];
    signature[..8].copy_from_slice(&slot.to_le_bytes());
    let signature = Signature(signature);
    let id = EventId { signature, instruction: 0, inner: 0 };
    let events = vec![ChainEvent { id, slot, schema: 1, event }];
    let (failed, commitment) = (false, Commitment::Confirmed);
    IndexedTransaction { signature, slot, block_time: None, failed, commitment, events, dead_letter: None }
}
