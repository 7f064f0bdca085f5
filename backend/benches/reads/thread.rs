//! The thread that is read: 32 members, 31 of whom joined with a message, and 50 messages with their bodies.

use anyhow::Result;
use chorale_content::{ContentStore, NewContent, Stage, Visibility};
use chorale_domain::content::{ContentHash, content_hash};
use chorale_domain::event::{ChainEvent, Event, EventId};
use chorale_domain::id::{Amount, Signature, ThreadId, Wallet};
use chorale_store::{Batch, IndexedTransaction, Writer};
use chorale_wire::socket::Commitment;

pub const THREAD: ThreadId = ThreadId([1; 32]);
const FIRST: Wallet = Wallet([2; 32]);
const SALT: [u8; 16] = [3; 16];
const STAKE: Amount = Amount(7);
const MEMBERS: u8 = 32;
const MESSAGES: u8 = 50;

/// About 800 bytes of writing.
fn body(number: u8) -> String {
    format!("Message {number}. {}", "What several people own they can prove. ".repeat(20))
}

fn hash(number: u8) -> ContentHash {
    content_hash(&SALT, &body(number))
}

/// Those who join are 1 to 31.
fn author(number: u8) -> Wallet {
    if number == 0 || number >= MEMBERS { FIRST } else { Wallet([100 + number; 32]) }
}

pub async fn upload(content: &ContentStore) -> Result<()> {
    for number in 1..=MESSAGES {
        let (thread, hash, author, salt, body) = (THREAD, hash(number), author(number), SALT, body(number));
        let (created_at, stage, visibility) = (100, Stage::Approved, Visibility::Public);
        content.put(NewContent { thread, hash, author, salt, body, created_at, stage, visibility }).await?;
    }
    Ok(())
}

pub async fn write(writer: &Writer) -> Result<()> {
    let thread = THREAD;
    let mut events =
        vec![initialized(), Event::ThreadCreated { thread, creator: FIRST, approval_bps: 1, created_at: 1 }];
    for number in 1..=MESSAGES {
        if number < MEMBERS {
            events.extend(joined(number));
        } else {
            let (hash, author, sequence) = (hash(number), FIRST, u64::from(number - 1));
            events.push(Event::MessagePublished { thread, hash, author, sequence, published_at: 9 });
        }
    }
    let transactions = (1..).zip(events).map(|(slot, event)| transaction(slot, event)).collect();
    writer.apply(Batch { transactions }).await?;
    Ok(())
}

/// Proposed, approved by the first member, and so a member.
fn joined(number: u8) -> [Event; 3] {
    let (thread, hash, author, stake) = (THREAD, hash(number), author(number), STAKE);
    [
        Event::ProposalCreated { thread, hash, author, stake, created_at: 5, expires_at: 60, escrow: STAKE },
        Event::VoteCast { thread, hash, voter: FIRST, member: 0, approve: true, voted_at: 6 },
        Event::ProposalApproved {
            thread,
            hash,
            author,
            settled_by: FIRST,
            member: number.into(),
            sequence: u64::from(number - 1),
            approvers: vec![0],
            share: STAKE,
            to_treasury: Amount(0),
            approved_at: 6,
            escrow: Amount(0),
            treasury: Amount(0),
        },
    ]
}

fn initialized() -> Event {
    Event::ConfigInitialized {
        authority: FIRST,
        anchor_authority: FIRST,
        mint: Wallet([4; 32]),
        token_program: Wallet(chorale::address::TOKEN_PROGRAM.to_bytes()),
        decimals: 6,
        min_stake: Amount(5),
        proposal_ttl: 55,
        divest_cooldown: 60,
        min_thread_balance: Amount(1),
    }
}

fn transaction(slot: u64, event: Event) -> IndexedTransaction {
    let mut signature = [0; 64];
    signature[..8].copy_from_slice(&slot.to_le_bytes());
    let signature = Signature(signature);
    let id = EventId { signature, instruction: 0, inner: 0 };
    let events = vec![ChainEvent { id, slot, schema: 1, event }];
    let (failed, commitment, block_time, dead_letter) = (false, Commitment::Confirmed, None, None);
    IndexedTransaction { signature, slot, block_time, failed, commitment, events, dead_letter }
}
