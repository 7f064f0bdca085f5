//! Calls about proposals.

use super::Draw;
use crate::life::model::Decision;
use crate::life::step::{Act, Call, Content, Target, Who};

impl Draw<'_> {
    pub(super) fn propose(&mut self) -> Call {
        let thread = self.thread();
        let at = self.place(thread);
        let by = self.outsider(thread);
        self.propose_as(by, at)
    }

    pub(super) fn propose_as(&mut self, by: Who, at: Content) -> Call {
        let from = if self.percent(2) { self.anyone() } else { by };
        let (stake, open_until) = (self.stake(by), self.open_until());
        Call { by, act: Act::Propose { at, stake, open_until, from } }
    }

    /// Until when a proposal should be open: mostly any time will do, sometimes it is the very second or the next one.
    fn open_until(&mut self) -> i64 {
        let life = self.model.config.as_ref().map_or(0, |config| config.settings.proposal_ttl);
        match self.below(20) {
            0..=2 => self.now + life,
            3 => self.now + life + 1,
            _ => 0,
        }
    }

    /// From too little to more than there is.
    fn stake(&mut self, by: Who) -> u64 {
        let least = self.model.config.as_ref().map_or(0, |config| config.settings.min_stake);
        let tokens = self.model.purses[usize::from(by)].tokens;
        match self.below(100) {
            0..=3 => least.saturating_sub(1),
            4..=25 => least,
            26..=85 => least + self.below(500),
            86..=90 => tokens,
            91..=96 => tokens / 2 + self.below(3),
            97 => tokens.saturating_add(1),
            98 => 0,
            _ => u64::MAX,
        }
    }

    /// A proposal, mostly the one that the clock was moved for or one that is wanted.
    fn proposal(&mut self, wanted: Option<Content>) -> Option<Content> {
        let focus = self.focus.filter(|_| self.percent(80));
        let wanted = wanted.filter(|_| self.percent(80));
        let focus = focus.or(wanted).filter(|_| !self.percent(3));
        focus.or_else(|| self.open_that(|_, _| true))
    }

    /// The accounts for it; without any proposal those of a message or of nothing.
    fn target(&mut self, wanted: Option<Content>) -> Target {
        let at = self.proposal(wanted).filter(|_| !self.percent(2)).unwrap_or_else(|| {
            let thread = self.thread();
            self.place(thread)
        });
        self.target_of(at)
    }

    pub(super) fn target_of(&mut self, at: Content) -> Target {
        let author = self.model.proposals.get(&at).map(|proposal| proposal.author);
        let author = author.unwrap_or_else(|| self.anyone());
        let thread = if self.percent(3) { self.thread() } else { at.thread };
        Target { thread, at, author: if self.percent(3) { self.anyone() } else { author } }
    }

    pub(super) fn vote(&mut self) -> Call {
        let model = self.model;
        let running = self.open_that(|thread, proposal| !thread.archived && !model.is_expired(proposal));
        if running.is_none() && !self.percent(15) {
            return self.propose();
        }
        let on = self.target(running);
        self.vote_on(on)
    }

    pub(super) fn vote_on(&mut self, on: Target) -> Call {
        let by = self.successor(on.at).filter(|_| self.percent(60)).unwrap_or_else(|| self.voter(on));
        let stake = self.model.proposals.get(&on.at).map_or(0, |proposal| proposal.stake);
        let stake = if self.percent(2) { stake.wrapping_sub(1) } else { stake };
        Call { by, act: Act::Vote { on, approve: self.percent(88), stake } }
    }

    /// Someone in whose seat another voted, and left.
    fn successor(&mut self, at: Content) -> Option<Who> {
        let by_seat = &self.model.proposals.get(&at)?.by_seat;
        self.co_author_who(at.thread, |thread, who| {
            let sits = thread.seat(who).map(|(place, seat)| (by_seat.get(&place), seat.number));
            matches!(sits, Some((Some((voted, _)), number)) if *voted != number)
        })
    }

    /// Someone who did not vote yet, mostly.
    fn voter(&mut self, on: Target) -> Who {
        let voted = self.model.proposals.get(&on.at).map(|proposal| &proposal.votes);
        let fresh = self.co_author_who(on.at.thread, |thread, who| {
            let number = thread.seat(who).map(|(_, seat)| seat.number);
            !number.is_some_and(|number| voted.is_some_and(|votes| votes.contains_key(&number)))
        });
        match fresh {
            Some(fresh) if !self.percent(10) => fresh,
            _ => self.co_author(on.at.thread),
        }
    }

    pub(super) fn settle(&mut self) -> Call {
        let model = self.model;
        let decided = self.open_that(|thread, proposal| {
            !thread.archived && model.decision(thread, proposal) != Decision::Open
        });
        if decided.is_none() && self.percent(50) {
            return self.vote();
        }
        let on = self.target(decided);
        Call { by: self.anyone(), act: Act::Settle { on } }
    }

    pub(super) fn expire(&mut self) -> Call {
        let model = self.model;
        let expired = self.open_that(|_, proposal| model.is_expired(proposal));
        if expired.is_none() && self.percent(50) {
            return self.vote();
        }
        let on = self.target(expired);
        Call { by: self.anyone(), act: Act::Expire { on } }
    }

    pub(super) fn cancel(&mut self) -> Call {
        let wanted = self.open_that(|thread, proposal| {
            thread.archived || !thread.has_room(proposal.author) || proposal.votes.is_empty()
        });
        if wanted.is_none() && self.percent(50) {
            return self.vote();
        }
        let on = self.target(wanted);
        let by = self.mostly(on.author);
        Call { by, act: Act::Cancel { on, to: self.beneficiary(by) } }
    }
}
