//! The rules once more, written from the design and not from the program: plain maps, sums that cannot overflow, one
//! list of all messages. What an instruction needs is a set of reasons against it, without an order among them.

mod decision;
mod deployment;
mod ending;
mod log;
mod refusal;
mod thread;
mod writing;

use std::collections::BTreeMap;

use super::names::WALLETS;
use super::step::{Act, Call, Content, HashNo, Step, ThreadNo, Who};
use chorale::state::Settings;
use chorale_domain::event::Event;

pub use decision::{Decision, Rules};
pub use refusal::Reason;
pub use thread::{Seat, Thread};

/// What one signature costs, in lamports.
const FEE: u64 = 5_000;

/// What the chain is expected to hold.
#[derive(Clone)]
pub struct Model {
    pub rules: Rules,
    pub now: i64,
    pub slot: u64,
    pub config: Option<Config>,
    /// Base units that are the system's.
    pub treasury: u64,
    /// Every root ever anchored.
    pub roots: Vec<(u64, HashNo)>,
    pub threads: BTreeMap<ThreadNo, Thread>,
    pub proposals: BTreeMap<Content, Proposal>,
    pub messages: BTreeMap<Content, Message>,
    pub purses: Vec<Purse>,
    /// Base units in the vault.
    pub vault: u64,
    /// Base units of the vault that nobody is owed.
    pub given: u64,
    /// Lamports at addresses of contents that do not exist.
    pub stray: BTreeMap<Content, u64>,
    /// What remarkable things happened, and how often.
    pub notes: BTreeMap<&'static str, u64>,
    /// Contents whose accounts were closed in this transaction.
    closed: Vec<Content>,
}

/// What a wallet has.
#[derive(Clone, Copy)]
pub struct Purse {
    pub lamports: u64,
    pub tokens: u64,
}

/// The deployment's settings and who governs it.
#[derive(Clone)]
pub struct Config {
    pub authority: Who,
    pub pending: Option<Who>,
    pub anchor: Who,
    pub settings: Settings,
    pub paused: bool,
}

/// An open proposal.
#[derive(Clone)]
pub struct Proposal {
    pub author: Who,
    pub stake: u64,
    pub created_at: i64,
    pub expires_at: i64,
    pub lamports: u64,
    /// Everyone who ever voted, by member number.
    pub votes: BTreeMap<u32, bool>,
    /// The vote last cast from each seat, with the member number.
    pub by_seat: BTreeMap<usize, (u32, bool)>,
}

/// A message in a thread's log.
#[derive(Clone)]
pub struct Message {
    pub author: Who,
    pub sequence: u64,
    pub approved_at: i64,
    pub lamports: u64,
}

/// What a step is expected to do.
#[derive(Debug)]
pub enum Prediction {
    /// It goes through and says this.
    Accepted(Vec<Event>),
    /// This call of it is refused, for one of these reasons.
    Refused { call: usize, reasons: Vec<Reason> },
}

impl Model {
    /// Nothing is deployed but the program and the mint.
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            now: 0,
            slot: 0,
            config: None,
            treasury: 0,
            roots: vec![],
            threads: BTreeMap::new(),
            proposals: BTreeMap::new(),
            messages: BTreeMap::new(),
            purses: (0..WALLETS).map(Purse::at_first).collect(),
            vault: 0,
            given: 0,
            stray: BTreeMap::new(),
            notes: BTreeMap::new(),
            closed: vec![],
        }
    }

    /// Takes a step: all of its calls, or none of them.
    pub fn take(&mut self, step: &Step) -> Prediction {
        (self.now, self.slot) = (step.now, step.slot);
        self.closed.clear();
        self.purse(step.payer).lamports -= FEE * step.signers().len() as u64;
        // A single call changes nothing before all reasons against it are known.
        let before = (step.calls.len() > 1).then(|| self.clone());
        let mut events = vec![];
        for (index, call) in step.calls.iter().enumerate() {
            let reasons = self.reasons(call, step);
            if !reasons.is_empty() {
                if let Some(before) = before {
                    *self = before;
                }
                return Prediction::Refused { call: index, reasons };
            }
            self.perform(call, &mut events);
        }
        Prediction::Accepted(events)
    }

    fn perform(&mut self, call: &Call, events: &mut Vec<Event>) {
        let by = call.by;
        match call.act {
            Act::Initialize { settings } => self.initialize(by, settings, events),
            Act::UpdateConfig { settings, anchor } => self.update_config(by, settings, anchor, events),
            Act::ProposeAuthority { pending } => self.propose_authority(by, pending, events),
            Act::AcceptAuthority => self.accept_authority(by, events),
            Act::SetPaused { paused } => self.set_paused(by, paused, events),
            Act::CreateThread { thread, bps } => self.create_thread(by, thread, bps, events),
            Act::Publish { at } => self.publish(by, at, events),
            Act::Propose { at, stake, .. } => self.propose(by, at, stake, events),
            Act::Vote { on, approve, .. } => self.vote(by, on.at, approve, events),
            Act::Settle { on } => self.settle_late(by, on.at, events),
            Act::Expire { on } => self.expire(by, on.at, events),
            Act::Cancel { on, to } => self.cancel(by, on.at, to, events),
            Act::Claim { thread, to } => self.claim(by, thread, to, events),
            Act::Divest { thread, to, .. } => self.divest(by, thread, to, events),
            Act::Archive { thread } => self.archive(by, thread, events),
            Act::AnchorRoot { slot, root } => self.anchor_root(by, slot, root, events),
            Act::WithdrawTreasury { amount, to } => self.withdraw_treasury(by, amount, to, events),
            Act::GiveTokens { amount } => self.give_tokens(by, amount),
            Act::GiveLamports { at, lamports } => self.give_lamports(by, at, lamports),
        }
    }

    pub(super) fn purse(&mut self, who: Who) -> &mut Purse {
        &mut self.purses[usize::from(who)]
    }

    pub(super) fn note(&mut self, what: &'static str) {
        *self.notes.entry(what).or_default() += 1;
    }

    /// Tokens leave the vault.
    fn pay(&mut self, to: Who, amount: u64) {
        self.vault -= amount;
        self.purse(to).tokens += amount;
    }

    /// Base units that are owed to threads, authors, co-authors and the system.
    pub fn owed(&self) -> u128 {
        let stakes: u128 = self.proposals.values().map(|proposal| u128::from(proposal.stake)).sum();
        let threads: u128 = self.threads.values().map(Thread::owed).sum();
        stakes + threads + u128::from(self.treasury)
    }

    /// The open proposals of a thread.
    pub fn open(&self, thread: ThreadNo) -> impl Iterator<Item = (&Content, &Proposal)> {
        self.proposals.iter().filter(move |(at, _)| at.thread == thread)
    }

    /// Whether there is a proposal or a message.
    pub fn is_taken(&self, at: Content) -> bool {
        self.proposals.contains_key(&at) || self.messages.contains_key(&at)
    }
}

impl Purse {
    /// All tokens together are as many as a mint can have: nobody could hold more, and no sum is too large.
    fn at_first(who: Who) -> Self {
        let tokens = match who {
            2 => u64::MAX - 2_000_000_000_000_000,
            3 => 1_000_000_000_000_000,
            4 => 150,
            _ => 1_000_000,
        };
        Self { lamports: 1_000_000_000_000, tokens }
    }
}
