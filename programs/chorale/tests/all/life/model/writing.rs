//! What brings something new: threads, messages, proposals, gifts.

use super::{Message, Model, Proposal, Thread};
use crate::life::layout;
use crate::life::names::{self, thread_id, wallet};
use crate::life::step::{Content, ThreadNo, Who};
use chorale_domain::event::Event;
use chorale_domain::id::Amount;
use std::collections::BTreeMap;

impl Model {
    pub(super) fn create_thread(&mut self, by: Who, thread: ThreadNo, bps: u16, events: &mut Vec<Event>) {
        self.purse(by).lamports -= layout::rent(layout::THREAD);
        self.threads.insert(thread, Thread::new(by, bps, self.now));
        events.push(Event::ThreadCreated {
            thread: thread_id(thread),
            creator: wallet(by),
            approval_bps: bps,
            created_at: self.now,
        });
    }

    pub(super) fn publish(&mut self, by: Who, at: Content, events: &mut Vec<Event>) {
        let lamports = self.fund(by, at, layout::MESSAGE);
        let sequence = self.thread(at.thread).append(names::hash(at.hash), by);
        self.messages.insert(at, Message { author: by, sequence, approved_at: self.now, lamports });
        events.push(Event::MessagePublished {
            thread: thread_id(at.thread),
            hash: names::hash(at.hash),
            author: wallet(by),
            sequence,
            published_at: self.now,
        });
    }

    pub(super) fn propose(&mut self, by: Who, at: Content, stake: u64, events: &mut Vec<Event>) {
        let lamports = self.fund(by, at, layout::PROPOSAL);
        self.purse(by).tokens -= stake;
        self.vault += stake;
        self.thread(at.thread);
        let (created_at, expires_at) = (self.now, self.now + self.settings().proposal_ttl);
        let (votes, by_seat) = (BTreeMap::new(), BTreeMap::new());
        let proposal = Proposal { author: by, stake, created_at, expires_at, lamports, votes, by_seat };
        self.proposals.insert(at, proposal);
        events.push(Event::ProposalCreated {
            thread: thread_id(at.thread),
            hash: names::hash(at.hash),
            author: wallet(by),
            stake: Amount(stake),
            created_at,
            expires_at,
            escrow: self.escrow(at.thread),
        });
    }

    /// Tops up what is at an address to the rent of an account; returns what is there then.
    fn fund(&mut self, by: Who, at: Content, bytes: usize) -> u64 {
        let (stray, rent) = (self.stray.remove(&at).unwrap_or(0), layout::rent(bytes));
        if stray > 0 {
            self.note("an account was made where lamports were");
        }
        if self.closed.contains(&at) {
            self.note("a closed account was made again in the same transaction");
        }
        self.purse(by).lamports -= rent.saturating_sub(stray);
        rent.max(stray)
    }

    /// The stakes of a thread's open proposals.
    pub(super) fn escrow(&self, thread: ThreadNo) -> Amount {
        Amount(self.open(thread).map(|(_, proposal)| proposal.stake).sum())
    }

    pub(super) fn give_tokens(&mut self, by: Who, amount: u64) {
        self.purse(by).tokens -= amount;
        self.vault += amount;
        self.given += amount;
    }

    pub(super) fn give_lamports(&mut self, by: Who, at: Content, lamports: u64) {
        self.purse(by).lamports -= lamports;
        let there = match (self.proposals.get_mut(&at), self.messages.get_mut(&at)) {
            (Some(proposal), _) => &mut proposal.lamports,
            (None, Some(message)) => &mut message.lamports,
            (None, None) => self.stray.entry(at).or_default(),
        };
        *there += lamports;
    }
}
