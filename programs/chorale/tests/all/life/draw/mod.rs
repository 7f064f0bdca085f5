//! Draws the next step, with an eye on the model so that interesting things happen often: most calls are such that
//! they could go through, the others are wrong in one thing.

mod act;
mod governing;
mod moment;
mod pattern;
mod proposal;

use super::model::{Model, Proposal, Thread};
use super::names::WALLETS;
use super::step::{Content, Kind, Step, ThreadNo, Who};
use rand::Rng as _;
use rand::rngs::StdRng;

/// What kind of life it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Profile {
    /// A few wallets in a few threads with all kinds of rules.
    Few,
    /// As few in one thread, who take their time to vote and leave in the middle of it.
    Council,
    /// Many wallets crowd into one thread whose rule lets anyone in, until it is full.
    Crowd,
}

impl Profile {
    /// The kind of life that a seed stands for.
    pub fn of(seed: u64) -> Self {
        match seed % 3 {
            0 => Self::Few,
            1 => Self::Council,
            _ => Self::Crowd,
        }
    }
}

/// What steps are drawn from.
struct Draw<'a> {
    rng: &'a mut StdRng,
    model: &'a Model,
    profile: Profile,
    /// The time of the step, in Unix seconds.
    now: i64,
    /// The proposal that the clock was moved for.
    focus: Option<Content>,
}

/// Draws a step.
pub fn step(rng: &mut StdRng, model: &Model, profile: Profile) -> Step {
    let mut draw = Draw { rng, model, profile, now: model.now, focus: None };
    let (now, slot) = draw.moment();
    draw.now = now;
    let calls = draw.calls(slot);
    let forged = draw.percent(1);
    let payer = if forged || draw.percent(5) { draw.anyone() } else { calls[0].by };
    Step { now, slot, payer, forged, calls }
}

impl Draw<'_> {
    fn percent(&mut self, percent: u32) -> bool {
        self.rng.random_ratio(percent, 100)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.rng.random_range(0..end)
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        (!choices.is_empty()).then(|| choices[self.rng.random_range(0..choices.len())])
    }

    fn anyone(&mut self) -> Who {
        let wallets = match self.profile {
            Profile::Few | Profile::Council => 11,
            Profile::Crowd => WALLETS,
        };
        self.rng.random_range(0..wallets)
    }

    /// That wallet, or now and then another.
    fn mostly(&mut self, who: Who) -> Who {
        if self.percent(4) { self.anyone() } else { who }
    }

    /// A thread, mostly one that takes something.
    fn thread(&mut self) -> ThreadNo {
        let active = self.active();
        let wanted = match (self.profile, self.percent(85)) {
            (Profile::Council | Profile::Crowd, true) => active.first().copied(),
            _ if self.percent(85) => self.one_of(&active),
            _ => None,
        };
        wanted.or_else(|| self.some_thread()).unwrap_or(0)
    }

    fn some_thread(&mut self) -> Option<ThreadNo> {
        let all: Vec<_> = self.model.threads.keys().copied().collect();
        // One that is not there yet, now and then.
        let next = all.last().map_or(0, |last| last + 1).min(super::names::THREADS - 1);
        if self.percent(3) { Some(next) } else { self.one_of(&all) }
    }

    fn active(&self) -> Vec<ThreadNo> {
        let active = self.model.threads.iter().filter(|(_, thread)| !thread.archived);
        active.map(|(number, _)| *number).collect()
    }

    /// A co-author of a thread for whom something holds.
    fn co_author_who(&mut self, thread: ThreadNo, holds: impl Fn(&Thread, Who) -> bool) -> Option<Who> {
        let thread = self.model.threads.get(&thread)?;
        let co_authors = thread.seats.values().map(|seat| seat.who);
        let co_authors: Vec<_> = co_authors.filter(|who| holds(thread, *who)).collect();
        self.one_of(&co_authors)
    }

    fn co_author(&mut self, thread: ThreadNo) -> Who {
        let co_author = self.co_author_who(thread, |_, _| true);
        let co_author = co_author.unwrap_or_else(|| self.anyone());
        self.mostly(co_author)
    }

    /// Someone who is not in the thread, mostly.
    fn outsider(&mut self, thread: ThreadNo) -> Who {
        for _ in 0..8 {
            let who = self.anyone();
            if self.model.threads.get(&thread).is_none_or(|thread| !thread.is_co_author(who)) {
                return who;
            }
        }
        self.anyone()
    }

    /// An open proposal for which something holds.
    fn open_that(&mut self, holds: impl Fn(&Thread, &Proposal) -> bool) -> Option<Content> {
        let threads = &self.model.threads;
        let open = self.model.proposals.iter().filter(|(at, proposal)| holds(&threads[&at.thread], proposal));
        let open: Vec<_> = open.map(|(at, _)| *at).collect();
        self.one_of(&open)
    }

    fn weights(&self) -> [(Kind, u32); 18] {
        let (threads, propose, vote) = match self.profile {
            Profile::Few => (3, 18, 42),
            Profile::Council => (1, 16, 55),
            Profile::Crowd => (1, 30, 40),
        };
        let paused = self.model.config.as_ref().is_some_and(|config| config.paused);
        let invited = self.model.config.as_ref().is_some_and(|config| config.pending.is_some());
        [
            (Kind::Initialize, 1),
            (Kind::UpdateConfig, 2),
            (Kind::ProposeAuthority, 2),
            (Kind::AcceptAuthority, if invited { 6 } else { 1 }),
            (Kind::SetPaused, if paused { 20 } else { 1 }),
            (Kind::CreateThread, if self.active().len() < threads { 25 } else { 2 }),
            (Kind::Publish, 9),
            (Kind::Propose, propose),
            (Kind::Vote, vote),
            (Kind::Settle, 7),
            (Kind::Expire, 6),
            (Kind::Cancel, 6),
            (Kind::Claim, 7),
            (Kind::Divest, 5),
            (Kind::Archive, 3),
            (Kind::AnchorRoot, 6),
            (Kind::WithdrawTreasury, 4),
            (Kind::Give, 3),
        ]
    }

    fn kind(&mut self) -> Kind {
        let weights = self.weights();
        let mut left = self.rng.random_range(0..weights.iter().map(|(_, weight)| weight).sum());
        let chosen = weights.into_iter().find(|(_, weight)| match left.checked_sub(*weight) {
            Some(rest) => {
                left = rest;
                false
            }
            None => true,
        });
        chosen.map_or(Kind::Vote, |(kind, _)| kind)
    }
}
