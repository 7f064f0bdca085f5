//! What happened in the lives that were lived, so that a generator that draws nothing but dull steps is found out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Formatter, Result};

use super::model::Reason;
use super::step::{Call, Kind};
use chorale_domain::event::Event;

type Counts<K> = BTreeMap<K, u64>;

/// How often each instruction was accepted, and refused for which reason.
#[derive(Default)]
pub struct Coverage {
    steps: u64,
    accepted: Counts<Kind>,
    refused: Counts<(Kind, &'static str)>,
    events: Counts<&'static str>,
    notes: Counts<&'static str>,
}

/// Refusals that some wallet can meet without any account that is not what it seems.
const REFUSALS: [&str; 34] = [
    "(account in use)",
    "(unsigned)",
    "(token program)",
    "Paused",
    "InvalidConfig",
    "InvalidApprovalRule",
    "ThreadArchived",
    "NotCoAuthor",
    "AlreadyCoAuthor",
    "ZeroHash",
    "StakeTooLow",
    "AlreadyVoted",
    "ProposalExpired",
    "ProposalNotOfThread",
    "NotProposalAuthor",
    "NothingToClaim",
    "NotDecided",
    "NotExpired",
    "VotesCast",
    "CooldownRunning",
    "NotSoleCoAuthor",
    "ProposalsOpen",
    "SlotNotGrowing",
    "SlotInFuture",
    "TreasuryTooLow",
    "NothingToWithdraw",
    "NotAuthority",
    "NotPendingAuthority",
    "NotAnchorAuthority",
    "NotUpgradeAuthority",
    "HashTaken",
    "StakeDiffers",
    "ExpiresTooSoon",
    "PayoutTooLow",
];

/// Events there are.
const EVENTS: usize = 18;

impl Coverage {
    pub(super) fn accept(&mut self, calls: &[Call], events: &[Event]) {
        self.steps += 1;
        calls.iter().for_each(|call| *self.accepted.entry(call.act.kind()).or_default() += 1);
        events.iter().for_each(|event| *self.events.entry(event.kind()).or_default() += 1);
    }

    pub(super) fn refuse(&mut self, call: &Call, reason: Reason) {
        self.steps += 1;
        *self.refused.entry((call.act.kind(), reason.name())).or_default() += 1;
    }

    pub(super) fn note(&mut self, notes: &Counts<&'static str>) {
        add(&mut self.notes, notes);
    }

    /// Transactions sent.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Takes another life's in.
    pub fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        add(&mut self.accepted, &other.accepted);
        add(&mut self.refused, &other.refused);
        add(&mut self.events, &other.events);
        add(&mut self.notes, &other.notes);
    }

    /// Whether something was noted, or an instruction refused for a reason, as in `Vote: ThreadFull`.
    fn happened(&self, note: &str) -> bool {
        let mut refused = self.refused.keys().map(|(kind, reason)| format!("{kind:?}: {reason}"));
        self.notes.contains_key(note) || refused.any(|refused| refused == note)
    }

    /// What never happened and should have: an instruction accepted or refused, an event, a refusal, and what else is
    /// asked for.
    pub fn missing(&self, notes: &[&str]) -> Vec<String> {
        let refused: BTreeSet<_> = self.refused.keys().map(|(kind, _)| *kind).collect();
        let reasons: BTreeSet<_> = self.refused.keys().map(|(_, reason)| *reason).collect();
        let kinds = Kind::OF_THE_PROGRAM.iter();
        let accepted = kinds.clone().filter(|kind| !self.accepted.contains_key(kind));
        let accepted = accepted.map(|kind| format!("{kind:?} was never accepted"));
        let refused = kinds.filter(|kind| !refused.contains(kind));
        let refused = refused.map(|kind| format!("{kind:?} was never refused"));
        let reasons = REFUSALS.iter().filter(|reason| !reasons.contains(*reason));
        let reasons = reasons.map(|reason| format!("never refused: {reason}"));
        let notes = notes.iter().filter(|note| !self.happened(note));
        let notes = notes.map(|note| format!("never happened: {note}"));
        let events = (self.events.len() < EVENTS).then(|| format!("only these events: {:?}", self.events));
        accepted.chain(refused).chain(reasons).chain(notes).chain(events).collect()
    }
}

fn add<K: Ord + Copy>(counts: &mut Counts<K>, others: &Counts<K>) {
    for (key, count) in others {
        *counts.entry(*key).or_default() += count;
    }
}

impl Display for Coverage {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for kind in Kind::OF_THE_PROGRAM {
            let accepted = self.accepted.get(&kind).copied().unwrap_or(0);
            let reasons = self.refused.iter().filter(|((refused, _), _)| *refused == kind);
            let total: u64 = reasons.clone().map(|(_, count)| count).sum();
            let reasons: Vec<_> = reasons.map(|((_, reason), count)| format!("{reason} {count}")).collect();
            writeln!(
                f,
                "{:<18}{accepted:>8} accepted {total:>8} refused: {}",
                format!("{kind:?}"),
                reasons.join(", ")
            )?;
        }
        for (what, count) in self.events.iter().chain(&self.notes) {
            writeln!(f, "{count:>8}  {what}")?;
        }
        Ok(())
    }
}
