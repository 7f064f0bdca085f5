//! A thread and its seats.

use std::collections::BTreeMap;

use super::{Model, log};
use crate::life::names::{thread_id, wallet};
use crate::life::step::{ThreadNo, Who};
use chorale_domain::event::Event;
use chorale_domain::id::{Amount, Hash32};

/// Seats of a thread.
pub const SEATS: usize = 32;

/// A thread.
#[derive(Clone)]
pub struct Thread {
    pub creator: Who,
    pub bps: u16,
    pub balance: u64,
    pub leaves: Vec<[u8; 32]>,
    pub peaks: Vec<[u8; 32]>,
    pub created_at: i64,
    pub updated_at: i64,
    pub next_member: u32,
    pub archived: bool,
    pub seats: BTreeMap<usize, Seat>,
    /// Seats that someone left.
    left: Vec<usize>,
}

/// A co-author.
#[derive(Clone, Copy)]
pub struct Seat {
    pub who: Who,
    pub number: u32,
    pub joined_at: i64,
    pub claimable: u64,
}

impl Thread {
    pub(super) fn new(creator: Who, bps: u16, now: i64) -> Self {
        let mut thread = Self {
            creator,
            bps,
            balance: 0,
            leaves: vec![],
            peaks: vec![],
            created_at: now,
            updated_at: now,
            next_member: 0,
            archived: false,
            seats: BTreeMap::new(),
            left: vec![],
        };
        thread.join(creator, now);
        thread
    }

    /// Where someone sits, with what is theirs.
    pub fn seat(&self, who: Who) -> Option<(usize, &Seat)> {
        self.seats.iter().map(|(seat, member)| (*seat, member)).find(|(_, member)| member.who == who)
    }

    pub fn is_co_author(&self, who: Who) -> bool {
        self.seat(who).is_some()
    }

    /// Whether someone has a seat or could get one.
    pub fn has_room(&self, who: Who) -> bool {
        self.seats.len() < SEATS || self.is_co_author(who)
    }

    /// Gives someone the first free seat, and a number that nobody had; says whether someone left that seat before.
    pub(super) fn join(&mut self, who: Who, now: i64) -> bool {
        let free =
            (0..SEATS).find(|seat| !self.seats.contains_key(seat)).expect("the caller checked for room");
        let number = self.next_member;
        self.next_member += 1;
        self.seats.insert(free, Seat { who, number, joined_at: now, claimable: 0 });
        self.left.contains(&free)
    }

    pub(super) fn append(&mut self, hash: Hash32, author: Who) -> u64 {
        let sequence = self.leaves.len() as u64;
        self.leaves.push(log::leaf(hash, wallet(author)));
        self.peaks = log::peaks(&self.leaves);
        sequence
    }

    /// The same after someone left, as far as votes are concerned.
    pub fn without(&self, seat: usize) -> Self {
        let mut seats = self.seats.clone();
        seats.remove(&seat);
        Self { seats, leaves: vec![], peaks: vec![], left: vec![], ..*self }
    }

    /// The root of its log.
    pub fn root(&self) -> Hash32 {
        Hash32(log::root(&self.leaves))
    }

    /// Base units that are its own or its co-authors' to claim.
    pub(super) fn owed(&self) -> u128 {
        let claimable: u128 = self.seats.values().map(|member| u128::from(member.claimable)).sum();
        u128::from(self.balance) + claimable
    }

    /// What one of its co-authors may take along.
    pub fn share(&self, kept: u64) -> u64 {
        let equal = self.balance / self.seats.len() as u64;
        equal.min(self.balance.saturating_sub(kept))
    }
}

impl Model {
    pub(super) fn thread(&mut self, thread: ThreadNo) -> &mut Thread {
        let now = self.now;
        let thread = self.threads.get_mut(&thread).expect("the reasons against it were none");
        thread.updated_at = now;
        thread
    }

    pub(super) fn claim(&mut self, by: Who, thread: ThreadNo, to: Who, events: &mut Vec<Event>) {
        let place = self.threads[&thread].seat(by).expect("a co-author").0;
        let member = self.thread(thread).seats.get_mut(&place).expect("a seat");
        let (number, amount) = (member.number, core::mem::take(&mut member.claimable));
        self.pay(to, amount);
        events.push(Event::Claimed {
            thread: thread_id(thread),
            wallet: wallet(by),
            member: number,
            amount: Amount(amount),
            claimed_at: self.now,
        });
    }

    pub(super) fn divest(&mut self, by: Who, number: ThreadNo, to: Who, events: &mut Vec<Event>) {
        let kept = self.settings().min_thread_balance;
        let thread = self.thread(number);
        let place = thread.seat(by).expect("a co-author").0;
        let share = thread.share(kept);
        let member = thread.seats.remove(&place).expect("a seat");
        thread.left.push(place);
        thread.balance -= share;
        thread.archived |= thread.seats.is_empty();
        let (archived, balance) = (thread.seats.is_empty(), thread.balance);
        self.pay(to, share + member.claimable);
        self.note_departure(number, archived);
        events.push(Event::Divested {
            thread: thread_id(number),
            wallet: wallet(by),
            member: member.number,
            share: Amount(share),
            claimed: Amount(member.claimable),
            divested_at: self.now,
            token_balance: Amount(balance),
            archived,
        });
    }

    fn note_departure(&mut self, thread: ThreadNo, last: bool) {
        let open = self.open(thread).next().is_some();
        match (last, open) {
            (true, true) => self.note("the last co-author left open proposals behind"),
            (true, false) => self.note("the last co-author left"),
            (false, _) => self.note("a co-author left others"),
        }
    }

    pub(super) fn archive(&mut self, by: Who, thread: ThreadNo, events: &mut Vec<Event>) {
        self.thread(thread).archived = true;
        let member = self.threads[&thread].seat(by).expect("a co-author").1.number;
        events.push(Event::ThreadArchived {
            thread: thread_id(thread),
            wallet: wallet(by),
            member,
            archived_at: self.now,
        });
    }
}
