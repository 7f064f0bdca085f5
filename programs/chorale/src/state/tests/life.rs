//! Random lives: whatever happens in whatever order, nothing is made or lost, and what is refused is what a few
//! independent lines say.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    Publish,
    Propose { stake: u64 },
    Vote { proposal: usize, approve: bool },
    Settle { proposal: usize },
    Expire { proposal: usize },
    Cancel { proposal: usize },
    Claim,
    Leave,
    Archive,
    Withdraw { amount: u64 },
}

/// Stakes of every size, the largest ones seldom.
fn stake() -> impl Strategy<Value = u64> {
    prop_oneof![20 => 0..5_000_u64, 1 => Just(u64::MAX), 1 => any::<u64>()]
}

fn step() -> impl Strategy<Value = Step> {
    let proposal = || 0..6_usize;
    prop_oneof![
        2 => Just(Step::Publish),
        6 => stake().prop_map(|stake| Step::Propose { stake }),
        16 => (proposal(), prop::bool::weighted(0.7)).prop_map(|(proposal, approve)| Step::Vote { proposal, approve }),
        4 => proposal().prop_map(|proposal| Step::Settle { proposal }),
        2 => proposal().prop_map(|proposal| Step::Expire { proposal }),
        2 => proposal().prop_map(|proposal| Step::Cancel { proposal }),
        3 => Just(Step::Claim),
        1 => Just(Step::Leave),
        1 => Just(Step::Archive),
        2 => (0..3_000_u64).prop_map(|amount| Step::Withdraw { amount }),
    ]
}

/// A thread, and its proposals that are pending.
struct Life {
    world: World,
    open: Vec<Proposal>,
    now: i64,
}

/// What became of what a wallet tried, and whether it should have been done.
type Tried = (Result<()>, bool);

impl Life {
    fn new(co_authors: u8, bps: u16) -> Self {
        Self { world: World::with(co_authors, bps), open: Vec::new(), now: START }
    }

    fn is_member(&self, who: u8) -> bool {
        self.world.thread.seats.taken().any(|member| member.wallet == wallet(who))
    }

    fn is_active(&self) -> bool {
        self.world.thread.status == 1
    }

    fn step(&mut self, who: u8, step: Step) -> Tried {
        match step {
            Step::Publish => self.publish(who),
            Step::Propose { stake } => self.propose(who, stake),
            Step::Claim => self.claim(who),
            Step::Leave => self.leave(who),
            Step::Archive => self.archive(who),
            Step::Withdraw { amount } => self.withdraw(amount),
            Step::Vote { proposal, .. }
            | Step::Settle { proposal }
            | Step::Expire { proposal }
            | Step::Cancel { proposal } => match self.open.len() {
                0 => (Ok(()), true),
                open => self.end(who, proposal % open, step),
            },
        }
    }

    fn publish(&mut self, who: u8) -> Tried {
        let expected = self.is_active() && self.is_member(who);
        let now = self.now;
        let done =
            self.world.try_to(|world| world.thread.active()?.publish(&hash(1), &wallet(who), now).map(drop));
        (done, expected)
    }

    fn propose(&mut self, who: u8, stake: u64) -> Tried {
        let fits = u128::from(self.world.treasury.held.get()) + u128::from(stake) <= u128::from(u64::MAX);
        let expected = self.is_active() && !self.is_member(who) && stake >= MIN_STAKE && fits;
        let done = self.world.propose(wallet(who), hash(who), stake, self.now);
        (done.map(|proposal| self.open.push(proposal)), expected)
    }

    fn claim(&mut self, who: u8) -> Tried {
        let expected = self.is_member(who) && self.world.claimable(who) > 0;
        let now = self.now;
        let done = self.world.try_to(|world| {
            let (_, amount) = world.thread.claim(&wallet(who), now)?;
            world.treasury.release(amount)
        });
        (done, expected)
    }

    fn leave(&mut self, who: u8) -> Tried {
        let joined = self.world.thread.seats.of(&wallet(who)).map(|member| member.joined_at.get());
        let expected = joined.is_ok_and(|joined| self.now - joined >= COOLDOWN);
        (self.world.try_leave(who, self.now).map(drop), expected)
    }

    fn archive(&mut self, who: u8) -> Tried {
        let alone = self.is_member(who) && self.world.thread.seats.len() == 1;
        let expected = self.is_active() && alone && self.open.is_empty();
        let now = self.now;
        let done = self.world.try_to(|world| world.thread.active()?.archive(&wallet(who), now).map(drop));
        (done, expected)
    }

    fn withdraw(&mut self, amount: u64) -> Tried {
        let expected = amount > 0 && amount <= self.world.treasury.balance.get();
        let done = self.world.try_to(|world| {
            world.treasury.withdraw(amount)?;
            world.treasury.release(amount)
        });
        (done, expected)
    }

    /// One of the steps that can end a proposal.
    fn end(&mut self, who: u8, index: usize, step: Step) -> Tried {
        let expected = self.may_end(who, &self.open[index], step);
        let (world, now, mut proposal) = (&mut self.world, self.now, self.open.swap_remove(index));
        let ended = match step {
            Step::Vote { approve, .. } => {
                world.vote(&mut proposal, who, approve, now).map(|end| end != Outcome::Pending)
            }
            Step::Settle { .. } => world.settle(&mut proposal, now).map(|_| true),
            Step::Expire { .. } => world.expire(&mut proposal, now).map(|_| true),
            _ => world.cancel(&mut proposal, who, now).map(|_| true),
        };
        if ended != Ok(true) {
            self.open.push(proposal);
        }
        (ended.map(drop), expected)
    }

    fn may_end(&self, who: u8, proposal: &Proposal, step: Step) -> bool {
        let open = self.is_active() && self.now < proposal.expires_at.get();
        match step {
            Step::Vote { .. } => open && self.is_member(who) && !self.has_voted(who, proposal),
            Step::Settle { .. } => open && self.is_decided(proposal),
            Step::Expire { .. } => self.now >= proposal.expires_at.get(),
            _ => {
                let voted = proposal.ballot.votes.iter().any(|vote| vote.choice > 0);
                proposal.author == wallet(who) && (!voted || !self.is_active())
            }
        }
    }

    /// The live votes, by member.
    fn votes<'a>(&'a self, proposal: &'a Proposal) -> impl Iterator<Item = (&'a Member, &'a Vote)> {
        let seats = self.world.thread.seats.members.iter().zip(&proposal.ballot.votes);
        seats.filter(|(member, vote)| vote.choice > 0 && member.number == vote.member)
    }

    fn has_voted(&self, who: u8, proposal: &Proposal) -> bool {
        self.votes(proposal).any(|(member, _)| member.wallet == wallet(who))
    }

    fn is_decided(&self, proposal: &Proposal) -> bool {
        let count = |choice| self.votes(proposal).filter(|(_, vote)| vote.choice == choice).count();
        let co_authors = self.world.thread.members().count();
        let needed = co_authors * usize::from(self.world.thread.approval_bps.get());
        count(2) * 10_000 >= needed || (co_authors - count(1)) * 10_000 < needed
    }

    /// What holds of every life at every time.
    fn check(&self) {
        self.world.assert_conserved();
        let (thread, stakes) = (&self.world.thread, self.open.iter().map(|proposal| proposal.stake.get()));
        assert_eq!(thread.open_proposals.get() as usize, self.open.len(), "open proposals");
        assert_eq!(thread.escrow.get(), stakes.sum::<u64>(), "escrow is the open stakes");
        let taken: Vec<_> = thread.members().collect();
        assert_eq!(taken.len(), usize::from(thread.seats.count));
        assert!(taken.iter().all(|member| member.number.get() < thread.next_member.get()));
        let mut wallets: Vec<_> = taken.iter().map(|member| *member.wallet.as_array()).collect();
        wallets.sort_unstable();
        wallets.dedup();
        assert_eq!(wallets.len(), taken.len(), "nobody has two seats");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nothing_is_made_or_lost_in_any_life(
        bps in prop_oneof![Just(UNANIMOUS), 1..=UNANIMOUS],
        co_authors in 1_u8..6,
        steps in prop::collection::vec((1_u8..8, 0_i64..30, step()), 0..150),
    ) {
        let mut life = Life::new(co_authors, bps);
        for (who, pause, step) in steps {
            life.now += pause;
            let (done, expected) = life.step(who, step);
            prop_assert_eq!(expected, done.is_ok(), "{:?} of {}: {:?}", step, who, done);
            life.check();
        }
    }
}
