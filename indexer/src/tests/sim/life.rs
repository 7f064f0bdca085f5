//! What the program would do: acts become events, by the domain's own rules, and events change the state.

use super::act::Act;
use super::decision;
use chorale_domain::content::ContentHash;
use chorale_domain::event::Event;
use chorale_domain::id::{Amount, Hash32, ThreadId, Wallet};
use chorale_domain::settlement::divest_share;
use chorale_domain::state::{Config, Entities, Entity, EntityKey, Member, Proposal, Thread};
use chorale_domain::transition::Transition;
use std::collections::BTreeMap;

/// When something happens.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The block's slot.
    pub slot: u64,
    /// The block's time, Unix seconds.
    pub time: i64,
}

/// The program's state after some block.
#[derive(Clone, Default)]
pub struct Life {
    /// As followers know it.
    pub entities: Entities,
    /// Member numbers by seat: the accounts have this order.
    pub seats: BTreeMap<ThreadId, Vec<Option<u32>>>,
}

impl Life {
    /// The configuration, once there is one.
    pub fn config(&self) -> Option<&Config> {
        match self.entities.get(&EntityKey::Config) {
            Some(Entity::Config(config)) => Some(config),
            _ => None,
        }
    }

    /// Tokens of the system.
    pub fn treasury(&self) -> u64 {
        match self.entities.get(&EntityKey::Treasury) {
            Some(Entity::Treasury(treasury)) => treasury.balance.0,
            _ => 0,
        }
    }

    /// All threads.
    pub fn threads(&self) -> impl Iterator<Item = ThreadId> {
        self.seats.keys().copied()
    }

    /// One thread.
    pub fn thread(&self, thread: ThreadId) -> Option<&Thread> {
        match self.entities.get(&EntityKey::Thread(thread)) {
            Some(Entity::Thread(thread)) => Some(thread),
            _ => None,
        }
    }

    /// The co-authors of a thread, in the order of their seats.
    pub fn members(&self, thread: ThreadId) -> impl Iterator<Item = &Member> {
        let seats = self.seats.get(&thread).into_iter().flatten().flatten();
        seats.filter_map(move |number| match self.entities.get(&EntityKey::Member(thread, *number)) {
            Some(Entity::Member(member)) => Some(member),
            _ => None,
        })
    }

    /// A wallet's seat in a thread.
    pub fn member(&self, thread: ThreadId, wallet: Wallet) -> Option<&Member> {
        self.members(thread).find(|member| member.wallet == wallet)
    }

    /// All proposals of a thread, ended ones too.
    pub fn proposals(&self, thread: ThreadId) -> impl Iterator<Item = &Proposal> {
        let key = |hash| EntityKey::Proposal(thread, Hash32([hash; 32]));
        self.entities.range(key(0)..=key(255)).filter_map(|(_, entity)| match entity {
            Entity::Proposal(proposal) => Some(proposal),
            _ => None,
        })
    }

    /// One proposal.
    pub fn proposal(&self, thread: ThreadId, hash: ContentHash) -> Option<&Proposal> {
        match self.entities.get(&EntityKey::Proposal(thread, hash)) {
            Some(Entity::Proposal(proposal)) => Some(proposal),
            _ => None,
        }
    }

    /// Does it, if it is possible: the events it gave. Otherwise nothing is changed by its last event, but may be by
    /// an earlier one: then the whole transaction fails, and its state is thrown away.
    pub fn perform(&mut self, act: &Act, at: Moment) -> Option<Vec<Event>> {
        let first = match act {
            Act::Nothing => return Some(vec![]),
            // Nothing says anything before the program is set up.
            Act::Strange(_) => return self.config().map(|_| vec![]),
            _ => self.event_of(act, at)?,
        };
        self.apply(&first)?;
        let second = match *act {
            Act::Vote { thread, hash, voter, .. } => decision::of(self, thread, hash, voter, at),
            _ => None,
        };
        if let Some(second) = &second {
            self.apply(second)?;
        }
        Some([first].into_iter().chain(second).collect())
    }

    /// Puts the state after an event in the place of the one before it; nothing if it does not fit.
    fn apply(&mut self, event: &Event) -> Option<()> {
        let touched = Transition::touches(event).into_iter();
        let touched = touched.filter_map(|key| Some((key, self.entities.get(&key)?.clone())));
        let transition = Transition::plan(event, &touched.collect()).ok()?;
        transition.apply(&mut self.entities);
        self.take_seats(event);
        Some(())
    }

    fn take_seats(&mut self, event: &Event) {
        match *event {
            Event::ThreadCreated { thread, .. } => {
                self.seats.insert(thread, vec![Some(0)]);
            }
            Event::ProposalApproved { thread, member, .. } => {
                sit(self.seats.entry(thread).or_default(), member);
            }
            Event::Divested { thread, member, .. } => leave(self.seats.entry(thread).or_default(), member),
            _ => {}
        }
    }

    fn event_of(&self, act: &Act, at: Moment) -> Option<Event> {
        match *act {
            Act::Initialize => Some(initialized()),
            Act::Create { thread, creator, bps } => {
                self.config()?;
                Some(Event::ThreadCreated { thread, creator, approval_bps: bps, created_at: at.time })
            }
            Act::Publish { thread, author, hash } => self.publish(thread, author, hash, at),
            Act::Propose { thread, author, hash, stake } => self.propose(thread, author, hash, stake, at),
            Act::Vote { thread, hash, voter, approve } => {
                let member = self.member(thread, voter)?.number;
                Some(Event::VoteCast { thread, hash, voter, member, approve, voted_at: at.time })
            }
            Act::Settle { thread, hash, by } => decision::of(self, thread, hash, by, at),
            Act::Expire { thread, hash, by } => self.expire(thread, hash, by, at),
            Act::Cancel { thread, hash } => self.cancel(thread, hash, at),
            Act::Claim { thread, wallet } => {
                let Member { number: member, claimable: amount, .. } = *self.member(thread, wallet)?;
                Some(Event::Claimed { thread, wallet, member, amount, claimed_at: at.time })
            }
            Act::Divest { thread, wallet } => self.divest(thread, wallet, at),
            Act::Archive { thread, wallet } => {
                let member = self.member(thread, wallet)?.number;
                Some(Event::ThreadArchived { thread, wallet, member, archived_at: at.time })
            }
            _ => self.governing(act, at),
        }
    }

    fn publish(&self, thread: ThreadId, author: Wallet, hash: ContentHash, at: Moment) -> Option<Event> {
        self.member(thread, author)?;
        let sequence = self.thread(thread)?.content_log.count;
        Some(Event::MessagePublished { thread, hash, author, sequence, published_at: at.time })
    }

    fn propose(
        &self,
        thread: ThreadId,
        author: Wallet,
        hash: ContentHash,
        stake: u64,
        at: Moment,
    ) -> Option<Event> {
        let (created_at, expires_at) = (at.time, at.time + self.config()?.proposal_ttl);
        let escrow = Amount(self.thread(thread)?.escrow.0 + stake);
        let stake = Amount(stake);
        let proposed = Event::ProposalCreated { thread, hash, author, stake, created_at, expires_at, escrow };
        self.member(thread, author).is_none().then_some(proposed)
    }

    fn expire(&self, thread: ThreadId, hash: ContentHash, settled_by: Wallet, at: Moment) -> Option<Event> {
        let Proposal { author, stake: to_treasury, .. } = *self.proposal(thread, hash)?;
        let escrow = Amount(self.thread(thread)?.escrow.0.checked_sub(to_treasury.0)?);
        let treasury = Amount(self.treasury() + to_treasury.0);
        let expired_at = at.time;
        Some(Event::ProposalExpired {
            thread,
            hash,
            author,
            settled_by,
            to_treasury,
            expired_at,
            escrow,
            treasury,
        })
    }

    fn cancel(&self, thread: ThreadId, hash: ContentHash, at: Moment) -> Option<Event> {
        let Proposal { author, stake: refund, .. } = *self.proposal(thread, hash)?;
        let escrow = Amount(self.thread(thread)?.escrow.0.checked_sub(refund.0)?);
        Some(Event::ProposalCancelled { thread, hash, author, refund, cancelled_at: at.time, escrow })
    }

    fn divest(&self, thread: ThreadId, wallet: Wallet, at: Moment) -> Option<Event> {
        let Member { number: member, claimable: claimed, .. } = *self.member(thread, wallet)?;
        let Thread { token_balance, co_authors, .. } = *self.thread(thread)?;
        let share = divest_share(token_balance.0, co_authors, self.config()?.min_thread_balance.0);
        Some(Event::Divested {
            thread,
            wallet,
            member,
            share: Amount(share),
            claimed,
            divested_at: at.time,
            token_balance: Amount(token_balance.0 - share),
            archived: co_authors == 1,
        })
    }

    fn governing(&self, act: &Act, at: Moment) -> Option<Event> {
        let now = at.time;
        Some(match *act {
            Act::Configure { authority, min_stake, ttl, cooldown, keep } => Event::ConfigUpdated {
                authority,
                anchor_authority: authority,
                min_stake: Amount(min_stake),
                proposal_ttl: ttl,
                divest_cooldown: cooldown,
                min_thread_balance: Amount(keep),
                updated_at: now,
            },
            Act::Invite { authority, pending } => {
                Event::AuthorityProposed { authority, pending, proposed_at: now }
            }
            Act::Accept { authority } => {
                let previous = self.config()?.authority;
                Event::AuthorityAccepted { previous, authority, accepted_at: now }
            }
            Act::Pause { authority, paused } => Event::PausedSet { authority, paused, set_at: now },
            Act::Anchor { authority, root } => {
                Event::RootAnchored { authority, slot: at.slot, root, anchored_at: now }
            }
            Act::Withdraw { authority, part } => {
                let amount = self.treasury() / part;
                let (amount, treasury) = (Amount(amount), Amount(self.treasury() - amount));
                let destination = Wallet([200; 32]);
                Event::TreasuryWithdrawn { authority, destination, amount, withdrawn_at: now, treasury }
            }
            _ => return None,
        })
    }
}

fn initialized() -> Event {
    let owner = Wallet([1; 32]);
    Event::ConfigInitialized {
        authority: owner,
        anchor_authority: owner,
        mint: Wallet([101; 32]),
        token_program: Wallet([102; 32]),
        decimals: 6,
        min_stake: Amount(5),
        proposal_ttl: 12,
        divest_cooldown: 2,
        min_thread_balance: Amount(3),
    }
}

fn sit(seats: &mut Vec<Option<u32>>, member: u32) {
    if seats.contains(&Some(member)) {
        return;
    }
    match seats.iter_mut().find(|seat| seat.is_none()) {
        Some(seat) => *seat = Some(member),
        None => seats.push(Some(member)),
    }
}

fn leave(seats: &mut Vec<Option<u32>>, member: u32) {
    for seat in seats.iter_mut().filter(|seat| **seat == Some(member)) {
        *seat = None;
    }
    while seats.last() == Some(&None) {
        seats.pop();
    }
}
