//! What speaks against a call: everything that holds, since nothing says which of several reasons is given.

use super::{Decision, Model, Proposal, Thread};
use crate::life::names;
use crate::life::step::{Act, Call, Content, DEPLOYER, Step, Target, ThreadNo, Who};
use chorale::error::ChoraleError;
use chorale::state::Settings;
use solana_instruction::error::InstructionError;

/// Why a call is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// The program's own refusal.
    Named(ChoraleError),
    /// The system program's: the account to create exists.
    InUse,
    /// An account is missing or of another kind.
    WrongAccount,
    /// A signature is missing.
    Unsigned,
    /// The token program's: too few tokens, or another's.
    Tokens,
}

impl Reason {
    /// Whether the chain said so.
    pub fn is(self, error: &InstructionError) -> bool {
        use InstructionError::{
            AccountDataTooSmall, Custom, IllegalOwner, InvalidAccountData, MissingRequiredSignature,
            UninitializedAccount,
        };
        match self {
            Self::Named(named) => *error == Custom(named.code()),
            Self::InUse => *error == Custom(0),
            Self::WrongAccount => matches!(
                error,
                IllegalOwner | InvalidAccountData | AccountDataTooSmall | UninitializedAccount
            ),
            Self::Unsigned => *error == MissingRequiredSignature,
            Self::Tokens => matches!(error, Custom(1 | 4)),
        }
    }

    /// The chain's words for it, by name where it is the program's own.
    pub fn told(error: &InstructionError) -> String {
        let named = match error {
            InstructionError::Custom(code) => ChoraleError::from_code(*code),
            _ => None,
        };
        named.map_or_else(|| format!("{error:?}"), |named| named.name().to_owned())
    }

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Named(named) => named.name(),
            Self::InUse => "(account in use)",
            Self::WrongAccount => "(wrong account)",
            Self::Unsigned => "(unsigned)",
            Self::Tokens => "(token program)",
        }
    }
}

impl From<ChoraleError> for Reason {
    fn from(named: ChoraleError) -> Self {
        Self::Named(named)
    }
}

/// A list that grows by what does not hold.
#[derive(Default)]
struct Against(Vec<Reason>);

impl Against {
    fn unless(&mut self, holds: bool, reason: impl Into<Reason>) -> &mut Self {
        if !holds {
            self.0.push(reason.into());
        }
        self
    }
}

impl Model {
    /// Every reason against a call; none if it goes through.
    pub(super) fn reasons(&self, call: &Call, step: &Step) -> Vec<Reason> {
        let mut against = Against::default();
        against.unless(step.signers().contains(&call.by), Reason::Unsigned);
        let set_up = self.config.is_some();
        match &call.act {
            Act::Initialize { settings } => self.against_initialize(call.by, settings, &mut against),
            Act::GiveTokens { amount } => {
                against.unless(set_up, Reason::WrongAccount);
                against.unless(*amount <= self.purses[usize::from(call.by)].tokens, Reason::Tokens);
            }
            Act::GiveLamports { .. } => {}
            act if set_up => self.against(call.by, act, &mut against),
            _ => {
                against.unless(false, Reason::WrongAccount);
            }
        }
        against.0
    }

    fn against(&self, by: Who, act: &Act, against: &mut Against) {
        match *act {
            Act::UpdateConfig { settings, .. } => {
                self.against_authority(by, against);
                against.unless(is_sound(&settings), ChoraleError::InvalidConfig);
            }
            Act::ProposeAuthority { .. } | Act::SetPaused { .. } => self.against_authority(by, against),
            Act::AcceptAuthority => {
                against.unless(self.configured().pending == Some(by), ChoraleError::NotPendingAuthority);
            }
            Act::CreateThread { thread, bps } => self.against_create(thread, bps, against),
            Act::Publish { at } => self.against_publish(by, at, against),
            Act::Propose { at, stake, open_until, from } => {
                self.against_propose(by, at, (stake, from), against);
                let expires_at = self.now + self.settings().proposal_ttl;
                against.unless(expires_at >= open_until, ChoraleError::ExpiresTooSoon);
            }
            Act::Vote { on, approve, stake } => self.against_vote(by, on, (approve, stake), against),
            Act::Settle { on } => self.against_settle(on, against),
            Act::Expire { on } => self.against_expire(on, against),
            Act::Cancel { on, .. } => self.against_cancel(by, on, against),
            Act::Claim { thread, .. } => self.against_claim(by, thread, against),
            Act::Divest { thread, at_least, .. } => self.against_divest(by, thread, at_least, against),
            Act::Archive { thread } => self.against_archive(by, thread, against),
            Act::AnchorRoot { slot, root } => self.against_anchor(by, slot, root, against),
            Act::WithdrawTreasury { amount, .. } => {
                self.against_authority(by, against);
                against.unless(amount > 0, ChoraleError::NothingToWithdraw);
                against.unless(amount <= self.treasury, ChoraleError::TreasuryTooLow);
            }
            Act::Initialize { .. } | Act::GiveTokens { .. } | Act::GiveLamports { .. } => {}
        }
    }

    fn against_initialize(&self, by: Who, settings: &Settings, against: &mut Against) {
        against
            .unless(self.config.is_none(), Reason::InUse)
            .unless(by == DEPLOYER, ChoraleError::NotUpgradeAuthority)
            .unless(is_sound(settings), ChoraleError::InvalidConfig);
    }

    fn against_authority(&self, by: Who, against: &mut Against) {
        against.unless(self.configured().authority == by, ChoraleError::NotAuthority);
    }

    fn against_create(&self, thread: ThreadNo, bps: u16, against: &mut Against) {
        against
            .unless(!self.configured().paused, ChoraleError::Paused)
            .unless(!self.threads.contains_key(&thread), Reason::InUse)
            .unless((1..=10_000).contains(&bps), ChoraleError::InvalidApprovalRule);
    }

    /// What a new content needs of deployment, thread and hash.
    fn against_new(&self, at: Content, against: &mut Against) -> Option<&Thread> {
        let thread = self.threads.get(&at.thread);
        against
            .unless(thread.is_some(), Reason::WrongAccount)
            .unless(thread.is_none_or(|thread| !thread.archived), ChoraleError::ThreadArchived)
            .unless(!self.configured().paused, ChoraleError::Paused)
            .unless(!self.is_taken(at), ChoraleError::HashTaken)
            .unless(at.hash != 0, ChoraleError::ZeroHash);
        thread
    }

    fn against_publish(&self, by: Who, at: Content, against: &mut Against) {
        if let Some(thread) = self.against_new(at, against) {
            against.unless(thread.is_co_author(by), ChoraleError::NotCoAuthor);
        }
    }

    fn against_propose(&self, by: Who, at: Content, (stake, from): (u64, Who), against: &mut Against) {
        let Some(thread) = self.against_new(at, against) else { return };
        against
            .unless(stake >= self.settings().min_stake, ChoraleError::StakeTooLow)
            .unless(!thread.is_co_author(by), ChoraleError::AlreadyCoAuthor)
            .unless(thread.has_room(by), ChoraleError::ThreadFull)
            .unless(self.owed() + u128::from(stake) <= u128::from(u64::MAX), ChoraleError::Overflow)
            .unless(from == by && stake <= self.purses[usize::from(by)].tokens, Reason::Tokens);
    }

    /// What every instruction on a proposal needs of its accounts.
    fn against_target(&self, on: Target, against: &mut Against) -> Option<(&Thread, &Proposal)> {
        let (thread, proposal) = (self.threads.get(&on.thread), self.proposals.get(&on.at));
        against.unless(thread.is_some() && proposal.is_some(), Reason::WrongAccount);
        let proposal = proposal?;
        against
            .unless(on.author == proposal.author, ChoraleError::NotProposalAuthor)
            .unless(on.thread == on.at.thread, ChoraleError::ProposalNotOfThread);
        Some((thread?, proposal))
    }

    /// What votes and settling need: an active thread, a proposal that is not over.
    fn against_deciding(&self, on: Target, against: &mut Against) -> Option<(&Thread, &Proposal)> {
        let (thread, proposal) = self.against_target(on, against)?;
        against
            .unless(!thread.archived, ChoraleError::ThreadArchived)
            .unless(!self.is_expired(proposal), ChoraleError::ProposalExpired);
        Some((thread, proposal))
    }

    fn against_vote(&self, by: Who, on: Target, (approve, stake): (bool, u64), against: &mut Against) {
        let Some((thread, proposal)) = self.against_deciding(on, against) else { return };
        against.unless(stake == proposal.stake, ChoraleError::StakeDiffers);
        against.unless(thread.is_co_author(by), ChoraleError::NotCoAuthor);
        let Some((_, member)) = thread.seat(by) else { return };
        against.unless(!proposal.votes.contains_key(&member.number), ChoraleError::AlreadyVoted);
        let mut after = proposal.clone();
        after.votes.entry(member.number).or_insert(approve);
        self.against_decision(thread, &after, against);
    }

    /// An approval needs a seat for the author.
    fn against_decision(&self, thread: &Thread, proposal: &Proposal, against: &mut Against) {
        let approved = self.decision(thread, proposal) == Decision::Approved;
        against.unless(!approved || thread.has_room(proposal.author), ChoraleError::ThreadFull);
    }

    fn against_settle(&self, on: Target, against: &mut Against) {
        let Some((thread, proposal)) = self.against_deciding(on, against) else { return };
        let decided = self.decision(thread, proposal) != Decision::Open;
        against.unless(decided, ChoraleError::NotDecided);
        self.against_decision(thread, proposal, against);
    }

    fn against_expire(&self, on: Target, against: &mut Against) {
        if let Some((_, proposal)) = self.against_target(on, against) {
            against.unless(self.is_expired(proposal), ChoraleError::NotExpired);
        }
    }

    fn against_cancel(&self, by: Who, on: Target, against: &mut Against) {
        // The author's account is the signer's here.
        let Some((thread, proposal)) = self.against_target(Target { author: by, ..on }, against) else {
            return;
        };
        let hopeless = thread.archived || !thread.has_room(by);
        against.unless(hopeless || proposal.votes.is_empty(), ChoraleError::VotesCast);
    }

    fn against_claim(&self, by: Who, thread: ThreadNo, against: &mut Against) {
        let Some(thread) = self.existing(thread, against) else { return };
        let claimable = thread.seat(by).map(|(_, member)| member.claimable);
        against
            .unless(claimable.is_some(), ChoraleError::NotCoAuthor)
            .unless(claimable != Some(0), ChoraleError::NothingToClaim);
    }

    fn existing(&self, thread: ThreadNo, against: &mut Against) -> Option<&Thread> {
        against.unless(self.threads.contains_key(&thread), Reason::WrongAccount);
        self.threads.get(&thread)
    }

    fn against_divest(&self, by: Who, thread: ThreadNo, at_least: u64, against: &mut Against) {
        let (Some(thread), settings) = (self.existing(thread, against), self.settings()) else { return };
        against.unless(thread.is_co_author(by), ChoraleError::NotCoAuthor);
        let Some((_, member)) = thread.seat(by) else { return };
        let free_at = member.joined_at + settings.divest_cooldown;
        let payout = u128::from(thread.share(settings.min_thread_balance)) + u128::from(member.claimable);
        against
            .unless((self.rules.has_come)(free_at, self.now), ChoraleError::CooldownRunning)
            .unless(payout >= u128::from(at_least), ChoraleError::PayoutTooLow);
    }

    fn against_archive(&self, by: Who, number: ThreadNo, against: &mut Against) {
        let Some(thread) = self.existing(number, against) else { return };
        against
            .unless(!thread.archived, ChoraleError::ThreadArchived)
            .unless(thread.is_co_author(by), ChoraleError::NotCoAuthor)
            .unless(thread.seats.len() == 1, ChoraleError::NotSoleCoAuthor)
            .unless(self.open(number).next().is_none(), ChoraleError::ProposalsOpen);
    }

    fn against_anchor(&self, by: Who, slot: u64, root: u16, against: &mut Against) {
        let last = self.roots.last().map(|(slot, _)| *slot);
        against
            .unless(self.configured().anchor == by, ChoraleError::NotAnchorAuthority)
            .unless(names::hash(root).0 != [0; 32], ChoraleError::ZeroHash)
            .unless(slot <= self.slot, ChoraleError::SlotInFuture)
            .unless(last.is_none_or(|last| slot > last), ChoraleError::SlotNotGrowing);
    }
}

/// Whether the times make sense: a proposal lives up to a year, leaving waits up to a year.
fn is_sound(settings: &Settings) -> bool {
    const YEAR: i64 = 365 * 86_400;
    let (life, wait) = (settings.proposal_ttl, settings.divest_cooldown);
    (1..=YEAR).contains(&life) && (0..=YEAR).contains(&wait)
}
