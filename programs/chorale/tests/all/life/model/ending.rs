//! Votes, and the ends of proposals.

use super::{Decision, Message, Model, Proposal};
use crate::life::layout;
use crate::life::names::{self, thread_id, wallet};
use crate::life::step::{Content, Who};
use chorale_domain::event::Event;
use chorale_domain::id::Amount;

impl Model {
    pub(super) fn vote(&mut self, by: Who, at: Content, approve: bool, events: &mut Vec<Event>) {
        let (place, member) = self.thread(at.thread).seat(by).expect("a co-author");
        let number = member.number;
        let proposal = self.proposals.get_mut(&at).expect("a proposal");
        proposal.votes.insert(number, approve);
        if proposal.by_seat.insert(place, (number, approve)).is_some() {
            self.note("someone voted over the vote of who had the seat before");
        }
        events.push(Event::VoteCast {
            thread: thread_id(at.thread),
            hash: names::hash(at.hash),
            voter: wallet(by),
            member: number,
            approve,
            voted_at: self.now,
        });
        self.settle(by, at, events);
    }

    /// Ends a proposal that the votes decide since someone left.
    pub(super) fn settle_late(&mut self, by: Who, at: Content, events: &mut Vec<Event>) {
        self.settle(by, at, events);
        self.note(match self.messages.contains_key(&at) {
            true => "a departure completed an approval",
            false => "a departure completed a rejection",
        });
    }

    /// Ends a proposal if its votes decide it.
    fn settle(&mut self, by: Who, at: Content, events: &mut Vec<Event>) {
        let decision = self.decision(&self.threads[&at.thread], &self.proposals[&at]);
        match decision {
            Decision::Open => {}
            Decision::Approved => self.approve(by, at, events),
            Decision::Rejected => self.reject(by, at, events),
        }
    }

    fn end(&mut self, at: Content) -> Proposal {
        self.thread(at.thread);
        self.proposals.remove(&at).expect("a proposal")
    }

    /// Ends a proposal whose account goes, with its lamports to the author.
    fn close(&mut self, at: Content) -> Proposal {
        let proposal = self.end(at);
        self.purse(proposal.author).lamports += proposal.lamports;
        self.closed.push(at);
        proposal
    }

    fn approve(&mut self, by: Who, at: Content, events: &mut Vec<Event>) {
        let proposal = self.end(at);
        let (approvers, share, rest) = self.reward(at, &proposal);
        let member = self.welcome(at, proposal.author);
        let (hash, author) = (names::hash(at.hash), proposal.author);
        let sequence = self.thread(at.thread).append(hash, author);
        let lamports = layout::rent(layout::MESSAGE);
        self.purse(author).lamports += proposal.lamports - lamports;
        self.messages.insert(at, Message { author, sequence, approved_at: self.now, lamports });
        events.push(Event::ProposalApproved {
            thread: thread_id(at.thread),
            hash,
            author: wallet(author),
            settled_by: wallet(by),
            member,
            sequence,
            approvers,
            share: Amount(share),
            to_treasury: Amount(rest),
            approved_at: self.now,
            escrow: self.escrow(at.thread),
            treasury: Amount(self.treasury),
        });
    }

    /// Divides a stake among the live approvers; returns their numbers, each one's share, and the treasury's part.
    fn reward(&mut self, at: Content, proposal: &Proposal) -> (Vec<u32>, u64, u64) {
        let live: Vec<_> =
            proposal.live(&self.threads[&at.thread]).filter(|(_, _, approve)| *approve).collect();
        let (share, rest) = (self.rules.split)(proposal.stake, live.len() as u64);
        self.treasury += rest;
        let seats = &mut self.thread(at.thread).seats;
        for (seat, ..) in &live {
            seats.get_mut(seat).expect("a live vote").claimable += share;
        }
        if proposal.stake > u64::MAX / 2 {
            self.note("more than half of all tokens were divided");
        }
        (live.iter().map(|(_, number, _)| *number).collect(), share, rest)
    }

    /// Gives the author a seat, unless there is one already; returns the member number.
    fn welcome(&mut self, at: Content, author: Who) -> u32 {
        let now = self.now;
        if self.threads[&at.thread].is_co_author(author) {
            self.note("the author had become a co-author by other means");
        } else {
            let again = self.thread(at.thread).join(author, now);
            let open = self.open(at.thread).any(|(_, proposal)| !proposal.votes.is_empty());
            if again && open {
                self.note("a seat was given away again while a vote went on");
            }
            if self.threads[&at.thread].seats.len() == super::thread::SEATS {
                self.note("the last seat was taken");
            }
        }
        self.threads[&at.thread].seat(author).expect("a seat").1.number
    }

    fn reject(&mut self, by: Who, at: Content, events: &mut Vec<Event>) {
        let proposal = self.close(at);
        let (approvals, denials) = proposal.count(&self.threads[&at.thread]);
        let cast = (approvals + denials) as u128;
        let part = u128::from(proposal.stake) * approvals as u128 / cast;
        let to_treasury = u64::try_from(part).expect("at most the stake");
        let to_thread = proposal.stake - to_treasury;
        self.treasury += to_treasury;
        self.thread(at.thread).balance += to_thread;
        events.push(Event::ProposalRejected {
            thread: thread_id(at.thread),
            hash: names::hash(at.hash),
            author: wallet(proposal.author),
            settled_by: wallet(by),
            to_treasury: Amount(to_treasury),
            to_thread: Amount(to_thread),
            rejected_at: self.now,
            escrow: self.escrow(at.thread),
            token_balance: Amount(self.threads[&at.thread].balance),
            treasury: Amount(self.treasury),
        });
    }

    pub(super) fn expire(&mut self, by: Who, at: Content, events: &mut Vec<Event>) {
        let proposal = self.close(at);
        self.treasury += proposal.stake;
        if self.now == proposal.expires_at {
            self.note("a proposal expired at the very second");
        }
        events.push(Event::ProposalExpired {
            thread: thread_id(at.thread),
            hash: names::hash(at.hash),
            author: wallet(proposal.author),
            settled_by: wallet(by),
            to_treasury: Amount(proposal.stake),
            expired_at: self.now,
            escrow: self.escrow(at.thread),
            treasury: Amount(self.treasury),
        });
    }

    pub(super) fn cancel(&mut self, by: Who, at: Content, to: Who, events: &mut Vec<Event>) {
        let proposal = self.close(at);
        self.pay(to, proposal.stake);
        if !proposal.votes.is_empty() {
            self.note(match self.threads[&at.thread].archived {
                true => "a proposal with votes was cancelled: archived thread",
                false => "a proposal with votes was cancelled: full thread",
            });
        }
        events.push(Event::ProposalCancelled {
            thread: thread_id(at.thread),
            hash: names::hash(at.hash),
            author: wallet(by),
            refund: Amount(proposal.stake),
            cancelled_at: self.now,
            escrow: self.escrow(at.thread),
        });
    }
}
