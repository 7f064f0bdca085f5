//! The rules, fact by fact: the transitions on accounts as the instructions would have filled them. What a transition
//! refuses leaves nothing behind, as on the chain.

mod archiving;
mod ballot;
mod cancelling;
mod config;
mod deciding;
mod invariant;
mod leaving;
mod life;
mod message;
mod proposing;
mod roots;
mod seats;
mod settling;
mod thread;
mod treasury;
mod voting;

use anchor_lang::prelude::*;
use bytemuck::Zeroable;
use chorale_domain::rule::ApprovalRule;

use super::*;
use crate::error::ChoraleError;

const MIN_STAKE: u64 = 100;
const PROPOSAL_TTL: i64 = 1_000;
const COOLDOWN: i64 = 50;
const KEPT: u64 = 10;
/// When threads of these tests begin.
const START: i64 = 1_700_000_000;
const UNANIMOUS: u16 = 10_000;

/// The address of the thread in a [`World`].
fn thread_address() -> Address {
    Address::from([0xaa; 32])
}

/// The wallet with this number: number 1 creates the threads.
fn wallet(number: u8) -> Address {
    Address::from([number; 32])
}

/// The hash of some content.
fn hash(number: u8) -> [u8; 32] {
    [number; 32]
}

fn rule(bps: u16) -> ApprovalRule {
    ApprovalRule::from_bps(bps).unwrap()
}

/// Why it was refused.
#[track_caller]
fn refusal<T>(result: Result<T>) -> ChoraleError {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(ProgramError::Custom(code)) => ChoraleError::from_code(code).expect("an error of this program"),
        Err(other) => panic!("refused with {other:?}, which is no error of this program"),
    }
}

/// A deployment with one thread.
#[derive(Clone, Copy)]
struct World {
    config: Config,
    thread: Thread,
    treasury: Treasury,
}

/// Where a vote or a settlement left a proposal.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Pending,
    Approved(Approved),
    Rejected(Rejected),
}

impl Outcome {
    fn of(state: &ProposalState<'_>) -> Self {
        match state {
            ProposalState::Pending(_) => Self::Pending,
            ProposalState::Approved(end) => Self::Approved(*end),
            ProposalState::Rejected(end) => Self::Rejected(*end),
            ProposalState::Expired(_) | ProposalState::Cancelled(_) => panic!("votes do not end like that"),
        }
    }

    #[track_caller]
    fn approved(self) -> Approved {
        let Self::Approved(end) = self else { panic!("{self:?} is not approved") };
        end
    }

    #[track_caller]
    fn rejected(self) -> Rejected {
        let Self::Rejected(end) = self else { panic!("{self:?} is not rejected") };
        end
    }
}

/// A deployment's settings, made by wallet 1.
fn config() -> Config {
    let mut config = Config::zeroed();
    config.begin(wallet(1), wallet(250), wallet(251), 6);
    let settings = Settings {
        min_stake: MIN_STAKE,
        proposal_ttl: PROPOSAL_TTL,
        divest_cooldown: COOLDOWN,
        min_thread_balance: KEPT,
    };
    config.set(&settings).unwrap();
    config
}

/// A thread that wallet 1 began.
fn begun(bps: u16) -> Thread {
    let mut thread = Thread::zeroed();
    thread.begin([7; 32], wallet(1), rule(bps), START).unwrap();
    thread
}

impl World {
    fn new(bps: u16) -> Self {
        let mut treasury = Treasury::zeroed();
        treasury.begin(255);
        Self { config: config(), thread: begun(bps), treasury }
    }

    /// Wallets 1 to `count` are the co-authors, in seats and with member numbers 0 to `count - 1`.
    fn with(count: u8, bps: u16) -> Self {
        let mut world = Self::new(bps);
        for number in 2..=count {
            world.thread.seat(wallet(number), START).unwrap();
        }
        world
    }

    /// The thread gets tokens, as from rejected proposals.
    fn give(&mut self, amount: u64) {
        self.treasury.receive(amount).unwrap();
        self.thread.token_balance = (self.thread.token_balance.get() + amount).into();
    }

    /// All of a change, or nothing.
    fn try_to<T>(&mut self, change: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let mut after = *self;
        let result = change(&mut after)?;
        *self = after;
        Ok(result)
    }

    /// A wallet proposes content number `content`; the stake enters the vault.
    fn propose(&mut self, author: Address, content: [u8; 32], stake: u64, now: i64) -> Result<Proposal> {
        self.try_to(|world| {
            let mut proposal = Proposal::zeroed();
            let thread = (world.thread.active()?, thread_address());
            let running = world.config.running()?;
            proposal.begin((author, content, stake), thread, &running, now)?;
            world.treasury.receive(stake)?;
            Ok(proposal)
        })
    }

    /// A change of a proposal in this thread: all of it, or nothing.
    fn change<T>(
        &mut self,
        proposal: &mut Proposal,
        change: impl FnOnce(Pending<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut after = *proposal;
        let result = self.try_to(|world| {
            let thread = (&mut world.thread, &thread_address());
            change(after.pending(thread, &mut world.treasury)?)
        })?;
        *proposal = after;
        Ok(result)
    }

    fn vote(&mut self, proposal: &mut Proposal, voter: u8, approve: bool, now: i64) -> Result<Outcome> {
        let vote = (approve, proposal.stake.get());
        self.change(proposal, |pending| Ok(Outcome::of(&pending.vote(&wallet(voter), vote, now)?.state)))
    }

    fn settle(&mut self, proposal: &mut Proposal, now: i64) -> Result<Outcome> {
        self.change(proposal, |pending| Ok(Outcome::of(&pending.settle(now)?)))
    }

    fn expire(&mut self, proposal: &mut Proposal, now: i64) -> Result<Expired> {
        self.change(proposal, |pending| pending.expire(now))
    }

    /// The author cancels; the refund leaves the vault.
    fn cancel(&mut self, proposal: &mut Proposal, author: u8, now: i64) -> Result<Cancelled> {
        let end = self.change(proposal, |pending| pending.cancel(&wallet(author), now))?;
        self.treasury.release(end.refund)?;
        Ok(end)
    }

    /// A co-author leaves when the cooldown is over; the payout leaves the vault.
    fn leave(&mut self, number: u8) -> Left {
        self.try_leave(number, START + COOLDOWN).unwrap()
    }

    fn try_leave(&mut self, number: u8, now: i64) -> Result<Left> {
        self.try_to(|world| {
            let left = world.thread.leave(&wallet(number), &world.config, now)?;
            world.treasury.release(left.payout(0)?)?;
            Ok(left)
        })
    }

    fn claimable(&self, number: u8) -> u64 {
        self.thread.seats.of(&wallet(number)).unwrap().claimable.get()
    }

    /// Fills the log up to one place or none.
    fn fill_log(&mut self, count: u64) {
        self.thread.log_count = count.into();
        self.thread.log_peaks = [[9; 32]; chorale_domain::content_log::MAX_PEAKS];
    }

    /// Everything owed is what the books say.
    #[track_caller]
    fn assert_conserved(&self) {
        let claimable: u64 = self.thread.members().map(|member| member.claimable.get()).sum();
        let of_thread = self.thread.token_balance.get() + self.thread.escrow.get() + claimable;
        assert_eq!(self.treasury.held.get(), self.treasury.balance.get() + of_thread);
        self.thread.invariant().unwrap();
    }
}
