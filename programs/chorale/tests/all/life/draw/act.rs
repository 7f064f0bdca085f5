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
            Kind::Divest => match self.below(10) {
                0..=4 => self.deciding_divest().0,
                5..=7 => self.divest_of_voter(),
                _ => self.divest(),
            },
            Kind::Archive => self.archive(),
            Kind::Give => self.give(),
            _ => self.governing(kind, slot),
        }
    }

    fn create_thread(&mut self) -> Call {
        let next = (0..THREADS).find(|thread| !self.model.threads.contains_key(thread));
        let next = next.filter(|_| !self.percent(8)).unwrap_or(0);
        let rules: &[u16] = match self.profile {
            Profile::Few => &[10_000, 10_000, 6_667, 5_000, 3_334, 1],
            Profile::Council => &[10_000, 10_000, 6_667, 7_500],
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
            2..=70 => last + 1,
            71..=85 => 1 + self.below_hash(8),
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

    /// Someone leaves who voted on an open proposal.
    fn divest_of_voter(&mut self) -> Call {
        let Some(at) = self.open_that(|thread, proposal| proposal.live(thread).next().is_some()) else {
            return self.divest();
        };
        let votes = &self.model.proposals[&at].votes;
        let voter = self.co_author_who(at.thread, |thread, who| {
            thread.seat(who).is_some_and(|(_, seat)| votes.contains_key(&seat.number))
        });
        let by = voter.unwrap_or_else(|| self.anyone());
        self.divest_from(at.thread, by)
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
        let now = self.now;
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
        let (to, at_least) = (self.beneficiary(by), self.at_least(by, thread));
        Call { by, act: Act::Divest { thread, to, at_least } }
    }

    /// What someone wants to leave with: mostly anything, sometimes exactly what there is, or one more.
    fn at_least(&mut self, by: Who, thread: ThreadNo) -> u64 {
        let (wanted, model) = (self.below(20), self.model);
        let payout = model.threads.get(&thread).and_then(|thread| {
            let (_, seat) = thread.seat(by)?;
            Some(seat.claimable + thread.share(model.config.as_ref()?.settings.min_thread_balance))
        });
        match (wanted, payout) {
            (0..=3, Some(payout)) => payout,
            (4, Some(payout)) => payout.saturating_add(1),
            _ => 0,
        }
    }

    /// A co-author whose departure decides a proposal, with the proposal.
    fn deciding_departure(&mut self) -> Option<(Who, Content)> {
        let model = self.model;
        let mut leavers = vec![];
        for (at, proposal) in model.proposals.iter().filter(|(_, proposal)| !model.is_expired(proposal)) {
            let thread = &model.threads[&at.thread];
            let decides = |place| model.decision(&thread.without(place), proposal) != Decision::Open;
            let seats = thread.seats.iter().filter(|(place, _)| decides(**place));
            leavers.extend(seats.map(|(_, seat)| (seat.who, *at)));
        }
        self.one_of(&leavers)
    }

    fn archive(&mut self) -> Call {
        let alone = self.model.threads.iter().filter(|(_, thread)| thread.seats.len() == 1);
        let alone: Vec<_> = alone.map(|(number, _)| *number).collect();
        let thread = self.one_of(&alone).filter(|_| !self.percent(30)).unwrap_or_else(|| self.thread());
        Call { by: self.co_author(thread), act: Act::Archive { thread } }
    }
}
