//! The calls of one transaction: mostly one, sometimes several that have to do with each other.

use super::Draw;
use crate::life::step::{Act, Call, Content, Kind};

impl Draw<'_> {
    pub(super) fn calls(&mut self, slot: u64) -> Vec<Call> {
        if self.model.config.is_none() && self.percent(80) {
            return vec![self.initialize()];
        }
        match self.below(100) {
            0..=9 => self.pattern(slot),
            10..=12 => self.several(slot),
            _ => vec![self.single(slot)],
        }
    }

    fn single(&mut self, slot: u64) -> Call {
        let kind = match self.focus.is_some() && self.percent(75) {
            // What can happen to a proposal around its end.
            true => self.one_of(&[Kind::Vote, Kind::Settle, Kind::Expire, Kind::Expire, Kind::Cancel]),
            false => Some(self.kind()),
        };
        let kind = kind.unwrap_or(Kind::Vote);
        self.call(kind, slot)
    }

    /// Two or three that have nothing to do with each other: often one of them is refused, and so are all.
    fn several(&mut self, slot: u64) -> Vec<Call> {
        let count = 2 + self.below(2);
        (0..count).map(|_| self.single(slot)).collect()
    }

    fn pattern(&mut self, slot: u64) -> Vec<Call> {
        match self.below(9) {
            0 | 1 => self.again(),
            2 => self.haunted(),
            3 => self.in_and_out(),
            4 => self.let_in(),
            5 => self.two_at_once(),
            6 => self.leave_and_settle(),
            7 => self.roots(slot),
            _ => {
                let vote = self.vote();
                let claim = self.call(Kind::Claim, slot);
                vec![vote, claim]
            }
        }
    }

    /// A proposal ends and the same hash is proposed anew: its account comes back.
    fn again(&mut self) -> Vec<Call> {
        let end = if self.percent(50) { self.cancel() } else { self.expire() };
        let at = self.about(&end);
        let by = if self.percent(50) { end.by } else { self.outsider(at.thread) };
        let again = self.propose_as(by, at);
        vec![end, again]
    }

    fn about(&mut self, call: &Call) -> Content {
        call.act.content().unwrap_or_else(|| self.place(0))
    }

    /// A proposal ends and someone keeps its address alive with lamports; then it is proposed anew, perhaps.
    fn haunted(&mut self) -> Vec<Call> {
        let end = if self.percent(50) { self.cancel() } else { self.expire() };
        let at = self.about(&end);
        let lamports = self.one_of(&[890_880, 5_000_000]).unwrap_or(890_880);
        let give = Call { by: end.by, act: Act::GiveLamports { at, lamports } };
        let mut calls = vec![end, give];
        if self.percent(50) {
            let by = self.outsider(at.thread);
            calls.push(self.propose_as(by, at));
        }
        calls
    }

    fn in_and_out(&mut self) -> Vec<Call> {
        let propose = self.propose();
        let at = self.about(&propose);
        let mut on = self.target_of(at);
        on.author = propose.by;
        let cancel = Call { by: propose.by, act: Act::Cancel { on, to: propose.by } };
        vec![propose, cancel]
    }

    fn let_in(&mut self) -> Vec<Call> {
        let propose = self.propose();
        let at = self.about(&propose);
        let mut on = self.target_of(at);
        on.author = propose.by;
        let mut vote = self.vote_on(on);
        if let (Act::Vote { stake: meant, .. }, Act::Propose { stake, .. }) = (&mut vote.act, &propose.act) {
            *meant = *stake;
        }
        vec![propose, vote]
    }

    /// Votes on two proposals, of which perhaps only one can get the last seat.
    fn two_at_once(&mut self) -> Vec<Call> {
        let mut first = self.vote();
        let mut second = self.vote();
        for call in [&mut first, &mut second] {
            if let Act::Vote { approve, .. } = &mut call.act {
                *approve = true;
            }
        }
        vec![first, second]
    }

    /// The last three slots' roots.
    fn roots(&mut self, slot: u64) -> Vec<Call> {
        let root = self.call(Kind::AnchorRoot, slot);
        let with = |slot| Call { by: root.by, act: Act::AnchorRoot { slot, root: 1 } };
        vec![with(slot - 2), with(slot - 1), with(slot)]
    }

    fn leave_and_settle(&mut self) -> Vec<Call> {
        let (leave, decided) = self.deciding_divest();
        let Some(at) = decided else { return vec![leave] };
        let on = self.target_of(at);
        let settle = Call { by: self.anyone(), act: Act::Settle { on } };
        vec![leave, settle]
    }
}
