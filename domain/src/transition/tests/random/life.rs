//! A deployment that lives at random: whatever it does next could have happened on the chain.

use super::{deployment, plan, proposal, thread};
use crate::event::Event;
use crate::id::{Amount, ThreadId, Wallet};
use crate::settlement::Tally;
use crate::state::{Config, Entities, Entity, EntityKey, Member, Proposal, ProposalStatus, Thread};
use crate::transition::tests::initialized;
use std::iter;

/// What the dice of one step begin from.
pub(super) type Seed = u64;

/// Few, so that all of them meet.
const WALLETS: u8 = 5;

/// What happens next, where it can.
type Deed = fn(&Life, &mut Dice) -> Option<Vec<Event>>;

/// With how often each comes where all can. Threads need many deeds to come to anything, and few to end.
const DEEDS: [(usize, Deed); 16] = [
    (1, deployment::update),
    (2, deployment::invite),
    (2, deployment::accept),
    (2, deployment::pause),
    (2, deployment::anchor),
    (3, deployment::withdraw),
    (4, thread::create),
    (3, thread::publish),
    (4, thread::claim),
    (2, thread::leave),
    (1, thread::archive),
    (9, proposal::propose),
    (12, proposal::vote),
    (20, proposal::settle),
    (6, proposal::expire),
    (3, proposal::cancel),
];

/// Rolls that follow from a seed.
pub(super) struct Dice(u64);

impl Dice {
    /// From 0 to `sides` - 1, by splitmix64.
    pub(super) fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let roll = (mixed ^ (mixed >> 31)) % u64::from(sides);
        u32::try_from(roll).expect("below a u32")
    }

    pub(super) fn one_of<T>(&mut self, mut from: Vec<T>) -> Option<T> {
        (!from.is_empty()).then(|| from.swap_remove(self.roll(count(&from)) as usize))
    }

    pub(super) fn wallet(&mut self) -> Wallet {
        Wallet([10 + self.byte(WALLETS); 32])
    }

    pub(super) fn byte(&mut self, sides: u8) -> u8 {
        u8::try_from(self.roll(sides.into())).expect("below a byte's number of sides")
    }

    pub(super) fn amount(&mut self, least: u64) -> Amount {
        Amount(least + u64::from(self.roll(10)))
    }
}

pub(super) struct Life {
    entities: Entities,
    pub(super) now: i64,
}

impl Life {
    /// One step for each seed, after the beginning. A step is one event, or a vote with the decision it completes.
    pub(super) fn play(seeds: &[Seed]) -> Vec<Event> {
        let mut life = Self { entities: Entities::new(), now: 100 };
        let mut events = vec![initialized()];
        life.take(&events[0]);
        for seed in seeds {
            events.extend(life.step(Dice(*seed)));
        }
        events
    }

    fn step(&mut self, mut dice: Dice) -> Vec<Event> {
        self.now += i64::from(dice.roll(8));
        let mut hat = vec![];
        for (weight, deed) in DEEDS {
            let events = deed(self, &mut dice);
            hat.extend(iter::repeat_n(events, weight).flatten());
        }
        let events = dice.one_of(hat).expect("the authority can always invite someone");
        events.iter().for_each(|event| self.take(event));
        events
    }

    fn take(&mut self, event: &Event) {
        plan(event, &self.entities).apply(&mut self.entities);
    }

    pub(super) fn config(&self) -> &Config {
        let Entity::Config(config) = &self.entities[&EntityKey::Config] else { panic!() };
        config
    }

    pub(super) fn treasury(&self) -> u64 {
        let Entity::Treasury(treasury) = &self.entities[&EntityKey::Treasury] else { panic!() };
        treasury.balance.0
    }

    pub(super) fn has(&self, key: &EntityKey) -> bool {
        self.entities.contains_key(key)
    }

    pub(super) fn last_root(&self) -> u64 {
        let Entity::Roots(roots) = &self.entities[&EntityKey::Roots] else { panic!() };
        roots.roots.last().map_or(0, |root| root.slot)
    }

    pub(super) fn threads(&self) -> Vec<&Thread> {
        self.entities
            .values()
            .filter_map(|entity| match entity {
                Entity::Thread(thread) => Some(thread),
                _ => None,
            })
            .collect()
    }

    pub(super) fn thread(&self, id: ThreadId) -> &Thread {
        let Entity::Thread(thread) = &self.entities[&EntityKey::Thread(id)] else { panic!() };
        thread
    }

    /// Every co-author of every thread.
    pub(super) fn co_authors(&self) -> Vec<&Member> {
        self.entities
            .values()
            .filter_map(|entity| match entity {
                Entity::Member(member) if member.current => Some(member),
                _ => None,
            })
            .collect()
    }

    pub(super) fn seat(&self, thread: ThreadId, wallet: Wallet) -> Option<u32> {
        let seat = |member: &&Member| member.thread == thread && member.wallet == wallet;
        self.co_authors().into_iter().find(seat).map(|member| member.number)
    }

    pub(super) fn pending(&self) -> Vec<&Proposal> {
        self.entities
            .values()
            .filter_map(|entity| match entity {
                Entity::Proposal(proposal) if proposal.status == ProposalStatus::Pending => Some(proposal),
                _ => None,
            })
            .collect()
    }

    /// The live votes, and who of the co-authors approves.
    pub(super) fn tally(&self, proposal: &Proposal) -> (Tally, Vec<u32>) {
        let live = |number: u32| {
            let key = EntityKey::Member(proposal.thread, number);
            matches!(&self.entities[&key], Entity::Member(member) if member.current)
        };
        let cast = |approve| {
            let votes = proposal.votes.iter().filter(move |vote| vote.approve == approve);
            votes.map(|vote| vote.member).filter(|member| live(*member)).collect::<Vec<_>>()
        };
        let (approvers, denials) = (cast(true), count(&cast(false)));
        let co_authors = self.thread(proposal.thread).co_authors;
        (Tally { co_authors, approvals: count(&approvers), denials }, approvers)
    }
}

pub(super) fn count<T>(things: &[T]) -> u32 {
    u32::try_from(things.len()).expect("small lives")
}
