//! A fixed history: the same events whenever and wherever it is made.
//!
//! Each thread has twenty events: it is created, takes messages, a proposal that is approved and one that is turned
//! down (or, every other time, expires), and its founder claims. Fifty threads live at a time.

use chorale_domain::event::{ChainEvent, Event, EventId};
use chorale_domain::id::{Amount, Hash32, Signature, ThreadId, Wallet, sha256};
use chorale_store::IndexedTransaction;
use chorale_wire::socket::Commitment;

/// Events of each thread.
pub const EVENTS_PER_THREAD: u32 = 20;
/// Threads that live at the same time.
const WINDOW: u32 = 50;
const STEPS: u32 = 18;
const STAKE: u64 = 7;
const TTL: i64 = 60;
const BEGINNING: i64 = 1_700_000_000;

/// The transactions of `threads` threads, oldest first, with the one that sets the deployment up before them.
pub struct History {
    threads: u32,
    window: u32,
    step: u32,
    member: u32,
    count: u64,
    treasury: u64,
}

impl History {
    pub fn of(threads: u32) -> Self {
        Self { threads, window: 0, step: 0, member: 0, count: 0, treasury: 0 }
    }

    /// The thread whose turn it is, then the next one's.
    fn turn(&mut self) -> Option<(u32, u32)> {
        let (first, size) =
            (self.window * WINDOW, WINDOW.min(self.threads.checked_sub(self.window * WINDOW)?));
        if size == 0 {
            return None;
        }
        let turn = (first + self.member, self.step);
        self.member = (self.member + 1) % size;
        self.step = (self.step + u32::from(self.member == 0)) % STEPS;
        self.window += u32::from(self.member == 0 && self.step == 0);
        Some(turn)
    }

    fn transaction(&mut self, events: Vec<Event>) -> IndexedTransaction {
        let (signature, slot) = (signature(self.count), self.count / 4);
        self.count += 1;
        let events = (0..).zip(events).map(|(inner, event)| ChainEvent {
            id: EventId { signature, instruction: 0, inner },
            slot,
            schema: 1,
            event,
        });
        IndexedTransaction {
            signature,
            slot,
            block_time: Some(self.now()),
            failed: false,
            commitment: Commitment::Finalized,
            events: events.collect(),
            dead_letter: None,
        }
    }

    fn now(&self) -> i64 {
        BEGINNING + i64::try_from(self.count / 8).unwrap_or(i64::MAX)
    }

    fn events(&mut self, number: u32, step: u32) -> Vec<Event> {
        let thread = Thread { number, now: self.now() };
        match step {
            0 => vec![thread.created()],
            1..=10 => vec![thread.published(step - 1)],
            11 => vec![thread.proposed(0)],
            12 => vec![thread.voted(0, true), thread.approved(self.treasury)],
            13 => vec![thread.claimed()],
            14 | 15 => vec![thread.published(step - 3)],
            16 => vec![thread.proposed(1)],
            _ if number.is_multiple_of(2) => vec![thread.voted(1, false), thread.rejected(self.treasury)],
            _ => {
                self.treasury += STAKE;
                vec![thread.expired(self.treasury), thread.published(13)]
            }
        }
    }
}

impl Iterator for History {
    type Item = IndexedTransaction;

    fn next(&mut self) -> Option<IndexedTransaction> {
        if self.count == 0 {
            return Some(self.transaction(vec![initialized()]));
        }
        let (thread, step) = self.turn()?;
        let events = self.events(thread, step);
        Some(self.transaction(events))
    }
}

/// The id of the thread with this number.
pub fn thread_id(number: u32) -> ThreadId {
    ThreadId(sha256(&[b"thread", &number.to_be_bytes()]))
}

fn signature(count: u64) -> Signature {
    let (left, right) = (sha256(&[b"left", &count.to_be_bytes()]), sha256(&[b"right", &count.to_be_bytes()]));
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&left);
    bytes[32..].copy_from_slice(&right);
    Signature(bytes)
}

fn wallet(number: u32, role: u8) -> Wallet {
    Wallet(sha256(&[b"wallet", &number.to_be_bytes(), &[role]]))
}

fn initialized() -> Event {
    Event::ConfigInitialized {
        authority: wallet(0, 9),
        anchor_authority: wallet(0, 9),
        mint: wallet(0, 8),
        token_program: wallet(0, 7),
        decimals: 6,
        min_stake: Amount(1),
        proposal_ttl: TTL,
        divest_cooldown: 60,
        min_thread_balance: Amount(1),
    }
}

/// One thread at one time.
struct Thread {
    number: u32,
    now: i64,
}

impl Thread {
    fn id(&self) -> ThreadId {
        thread_id(self.number)
    }

    fn founder(&self) -> Wallet {
        wallet(self.number, 0)
    }

    fn joiner(&self) -> Wallet {
        wallet(self.number, 1)
    }

    fn proposal(&self, n: u32) -> Hash32 {
        Hash32(sha256(&[b"proposal", &self.number.to_be_bytes(), &n.to_be_bytes()]))
    }

    fn created(&self) -> Event {
        let (thread, creator, created_at) = (self.id(), self.founder(), self.now);
        Event::ThreadCreated { thread, creator, approval_bps: 10_000, created_at }
    }

    fn published(&self, n: u32) -> Event {
        let hash = Hash32(sha256(&[b"message", &self.number.to_be_bytes(), &n.to_be_bytes()]));
        let (thread, author, sequence) = (self.id(), self.founder(), u64::from(n));
        Event::MessagePublished { thread, hash, author, sequence, published_at: self.now }
    }

    fn proposed(&self, n: u32) -> Event {
        Event::ProposalCreated {
            thread: self.id(),
            hash: self.proposal(n),
            author: wallet(self.number, 1 + u8::from(n > 0)),
            stake: Amount(STAKE),
            created_at: self.now,
            expires_at: self.now + TTL,
            escrow: Amount(STAKE),
        }
    }

    fn voted(&self, n: u32, approve: bool) -> Event {
        let (thread, hash, voter) = (self.id(), self.proposal(n), self.founder());
        Event::VoteCast { thread, hash, voter, member: 0, approve, voted_at: self.now }
    }

    fn approved(&self, treasury: u64) -> Event {
        Event::ProposalApproved {
            thread: self.id(),
            hash: self.proposal(0),
            author: self.joiner(),
            settled_by: self.founder(),
            member: 1,
            sequence: 10,
            approvers: vec![0],
            share: Amount(STAKE),
            to_treasury: Amount(0),
            approved_at: self.now,
            escrow: Amount(0),
            treasury: Amount(treasury),
        }
    }

    fn claimed(&self) -> Event {
        let (thread, wallet, amount) = (self.id(), self.founder(), Amount(STAKE));
        Event::Claimed { thread, wallet, member: 0, amount, claimed_at: self.now }
    }

    fn rejected(&self, treasury: u64) -> Event {
        Event::ProposalRejected {
            thread: self.id(),
            hash: self.proposal(1),
            author: wallet(self.number, 2),
            settled_by: self.founder(),
            to_treasury: Amount(0),
            to_thread: Amount(STAKE),
            rejected_at: self.now,
            escrow: Amount(0),
            token_balance: Amount(STAKE),
            treasury: Amount(treasury),
        }
    }

    fn expired(&self, treasury: u64) -> Event {
        Event::ProposalExpired {
            thread: self.id(),
            hash: self.proposal(1),
            author: wallet(self.number, 2),
            settled_by: self.founder(),
            to_treasury: Amount(STAKE),
            // The clock of this history is too slow for anyone to wait that long.
            expired_at: self.now + TTL,
            escrow: Amount(0),
            treasury: Amount(treasury),
        }
    }
}
