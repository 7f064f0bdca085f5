//! One call of a given kind: those of threads and their co-authors.

use super::{Draw, Profile};
use crate::life::model::Decision;
use crate::life::names::THREADS;
use crate::life::step::{Act, Call, Content, HashNo, Kind, ThreadNo, Who};

impl Draw<'_> {
    pub(super) fn call(&mut self, kind: Kind, slot: u64) -> Call {
        match kind {
            Kind::CreateThread => self.create_thread(),
            Kind::Publish => self.publish(),
            Kind::Propose => self.propose(),
            Kind::Vote => self.vote(),
            Kind::Settle => self.settle(),
            Kind::Expire => self.expire(),
            Kind::Cancel => self.cancel(),
            Kind::Claim => self.claim(),
            Kind::Divest if self.percent(60) => self.deciding_divest().0,
            Kind::Divest => self.divest(),
            Kind::Archive => self.archive(),
            Kind::Give => self.give(),
            _ => self.governing(kind, slot),
        }
    }

    fn create_thread(&mut self) -> Call {
        let next = (0..THREADS).find(|thread| !self.model.threads.contains_key(thread));
        let next = next.filter(|_| !self.percent(8)).unwrap_or(0);
        let rules: &[u16] = match self.profile {
            Profile::Few => &[10_000, 10_000, 10_000, 5_000, 6_667, 3_334, 1],
            Profile::Crowd => &[1, 1, 1, 300],
        };
        let bps = if self.percent(5) { &[0, 10_001, u16::MAX] } else { rules };
        let bps = self.one_of(bps).unwrap_or(1);
        Call { by: self.anyone(), act: Act::CreateThread { thread: next, bps } }
    }

    /// A content's address: new, one of a few that come again and again, or one that is taken.
    pub(super) fn place(&mut self, thread: ThreadNo) -> Content {
        let taken = self.model.proposals.keys().chain(self.model.messages.keys());
        let last = taken.map(|at| at.hash).max().unwrap_or(0);
        let hash = match self.below(100) {
            0..=1 => 0,
            2..=60 => last + 1,
            61..=75 => 1 + self.below_hash(8),
            _ => 1 + self.below_hash(last + 1),
        };
        Content { thread, hash }
    }

    fn below_hash(&mut self, end: HashNo) -> HashNo {
        HashNo::try_from(self.below(u64::from(end))).unwrap_or(0)
    }

    fn publish(&mut self) -> Call {
        let thread = self.thread();
        let at = self.place(thread);
        Call { by: self.co_author(thread), act: Act::Publish { at } }
    }

    /// Where someone's tokens go to: mostly to themselves.
    pub(super) fn beneficiary(&mut self, by: Who) -> Who {
        self.mostly(by)
    }

    fn claim(&mut self) -> Call {
        let thread = self.thread_of_any_state();
        let rich = self.co_author_who(thread, |thread, who| {
            thread.seat(who).is_some_and(|(_, seat)| seat.claimable > 0)
        });
        let by = match rich {
            Some(rich) if !self.percent(15) => rich,
            _ => self.co_author(thread),
        };
        Call { by, act: Act::Claim { thread, to: self.beneficiary(by) } }
    }

    /// Archived threads hold seats too.
    fn thread_of_any_state(&mut self) -> ThreadNo {
        let taken = self.model.threads.iter().filter(|(_, thread)| !thread.seats.is_empty());
        let taken: Vec<_> = taken.map(|(number, _)| *number).collect();
        let thread = self.one_of(&taken).filter(|_| !self.percent(4));
        thread.unwrap_or_else(|| self.thread())
    }

    /// Someone leaves; with the proposal that this decides, if it does.
    pub(super) fn deciding_divest(&mut self) -> (Call, Option<Content>) {
        match self.deciding_departure() {
            Some((who, at)) => (self.divest_from(at.thread, who), Some(at)),
            None => (self.divest(), None),
        }
    }

    pub(super) fn divest(&mut self) -> Call {
        let thread = self.thread_of_any_state();
        let cooldown = self.model.config.as_ref().map_or(0, |config| config.settings.divest_cooldown);
        let now = self.model.now;
        let free = self.co_author_who(thread, |thread, who| {
            thread.seat(who).is_some_and(|(_, seat)| seat.joined_at + cooldown <= now)
        });
        let by = match free {
            Some(free) if !self.percent(20) => free,
            _ => self.co_author(thread),
        };
        self.divest_from(thread, by)
    }

    fn divest_from(&mut self, thread: ThreadNo, by: Who) -> Call {
        Call { by, act: Act::Divest { thread, to: self.beneficiary(by) } }
    }

    /// A co-author whose departure decides a proposal, with the proposal.
    fn deciding_departure(&mut self) -> Option<(Who, Content)> {
        let model = self.model;
        let open = model.proposals.iter().filter(|(_, proposal)| !model.is_expired(proposal));
        let leaves = open.flat_map(|(at, proposal)| {
            let thread = &model.threads[&at.thread];
            let decides =
                move |seat: &usize| model.decision(&thread.without(*seat), proposal) != Decision::Open;
            thread.seats.keys().filter(move |seat| decides(seat)).map(|seat| (thread.seats[seat].who, *at))
        });
        let leaves: Vec<_> = leaves.collect();
        self.one_of(&leaves)
    }

    fn archive(&mut self) -> Call {
        let alone = self.model.threads.iter().filter(|(_, thread)| thread.seats.len() == 1);
        let alone: Vec<_> = alone.map(|(number, _)| *number).collect();
        let thread = self.one_of(&alone).filter(|_| !self.percent(30)).unwrap_or_else(|| self.thread());
        Call { by: self.co_author(thread), act: Act::Archive { thread } }
    }
}
