//! What happens on the chain, at random, but only what may.

use crate::story::{STAKE, confirm, created, hash, proposed, published};
use chorale_domain::event::Event;
use chorale_domain::id::{Amount, Signature, ThreadId, Wallet};
use chorale_domain::state::{Entities, Entity, EntityKey, Member, Proposal, ProposalStatus, Thread};
use chorale_domain::transition::Transition;
use chorale_store::{Store, Writer};
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

pub const THREADS: [ThreadId; 3] = [ThreadId([1; 32]), ThreadId([2; 32]), ThreadId([3; 32])];

/// Few, so that what was turned down is proposed again, by others too.
const TEXTS: [&str; 3] = ["one", "two", "three"];

/// The state as the events lead to it, and what a fork may still drop.
pub struct Chain {
    writer: Writer,
    pub wallets: Vec<Wallet>,
    entities: Entities,
    waiting: Vec<(Signature, Transition)>,
    serial: u64,
}

impl Chain {
    pub fn new(writer: Writer, wallets: Vec<Wallet>) -> Self {
        Self { writer, wallets, entities: Entities::new(), waiting: vec![], serial: 0 }
    }

    /// Adds an event that may follow.
    pub async fn append(&mut self, event: Event) {
        let transition = Transition::plan(&event, &self.entities).expect("the event cannot follow");
        transition.apply(&mut self.entities);
        let signature = confirm(&self.writer, [event]).await[0];
        self.waiting.push((signature, transition));
        self.serial += 1;
    }

    /// Something happens.
    pub async fn go_on(&mut self, random: &mut StdRng) {
        for _ in 0..random.random_range(1..4) {
            let drafts = std::iter::repeat_with(|| self.draft(random)).take(100);
            let possible = |event: &Event| Transition::plan(event, &self.entities).is_ok();
            let event = drafts.flatten().find(possible);
            self.append(event.expect("a thread can always begin or go on")).await;
        }
    }

    /// A fork drops the last of what happened.
    pub async fn go_back(&mut self, random: &mut StdRng) {
        let first = self.waiting.len().saturating_sub(random.random_range(1..5));
        let dropped = self.waiting.split_off(first);
        let Some((from, _)) = dropped.first() else { return };
        self.writer.retract(*from).await.unwrap();
        for (_, transition) in dropped.iter().rev() {
            transition.rollback(&mut self.entities);
        }
    }

    /// The first of what waits is final.
    pub async fn settle(&mut self, random: &mut StdRng) {
        if self.waiting.is_empty() {
            return;
        }
        let through = random.random_range(0..self.waiting.len());
        self.writer.promote(self.waiting[through].0).await.unwrap();
        self.waiting.drain(..=through);
    }

    pub async fn assert_same_as(&self, store: &Store) {
        let stored = store.state(None, usize::MAX).await.unwrap();
        let stored: Entities = stored.into_iter().map(|stored| (stored.key, stored.entity)).collect();
        assert_eq!(stored, self.entities, "the store is not where its events lead: this test is wrong");
    }

    /// Something that might happen.
    fn draft(&self, random: &mut StdRng) -> Option<Event> {
        let (thread, wallet) = (*THREADS.choose(random)?, *self.wallets.choose(random)?);
        let text = TEXTS.choose(random)?;
        match random.random_range(0..7) {
            0 => Some(created(thread, wallet)),
            1 => {
                let sequence = self.thread(thread)?.content_log.count;
                Some(published(thread, wallet, sequence, &format!("message {}", self.serial)))
            }
            2 => self.proposed(thread, wallet, text),
            3 => self.voted(thread, wallet, text, random.random()),
            4 => self.cancelled(thread, text),
            5 => self.rejected(thread, text),
            _ => self.approved(thread, text),
        }
    }

    fn thread(&self, thread: ThreadId) -> Option<&Thread> {
        match self.entities.get(&EntityKey::Thread(thread))? {
            Entity::Thread(thread) => Some(thread),
            _ => None,
        }
    }

    fn pending(&self, thread: ThreadId, text: &str) -> Option<&Proposal> {
        match self.entities.get(&EntityKey::Proposal(thread, hash(text)))? {
            Entity::Proposal(proposal) if proposal.status == ProposalStatus::Pending => Some(proposal),
            _ => None,
        }
    }

    fn seat(&self, thread: ThreadId, wallet: Wallet) -> Option<&Member> {
        self.entities.values().find_map(|entity| match entity {
            Entity::Member(member) if member.thread == thread && member.wallet == wallet => Some(member),
            _ => None,
        })
    }

    fn treasury(&self) -> Amount {
        match self.entities.get(&EntityKey::Treasury) {
            Some(Entity::Treasury(treasury)) => treasury.balance,
            _ => Amount(0),
        }
    }

    fn escrow_without_stake(&self, thread: ThreadId) -> Option<Amount> {
        Some(Amount(self.thread(thread)?.escrow.0.checked_sub(STAKE.0)?))
    }

    fn proposed(&self, thread: ThreadId, author: Wallet, text: &str) -> Option<Event> {
        let mut event = proposed(thread, author, text);
        if let Event::ProposalCreated { escrow, .. } = &mut event {
            escrow.0 += self.thread(thread)?.escrow.0;
        }
        self.seat(thread, author).is_none().then_some(event)
    }

    fn voted(&self, thread: ThreadId, voter: Wallet, text: &str, approve: bool) -> Option<Event> {
        self.pending(thread, text)?;
        let member = self.seat(thread, voter)?.number;
        Some(Event::VoteCast { thread, hash: hash(text), voter, member, approve, voted_at: 310 })
    }

    fn cancelled(&self, thread: ThreadId, text: &str) -> Option<Event> {
        let (author, hash) = (self.pending(thread, text)?.author, hash(text));
        let escrow = self.escrow_without_stake(thread)?;
        Some(Event::ProposalCancelled { thread, hash, author, refund: STAKE, cancelled_at: 305, escrow })
    }

    fn rejected(&self, thread: ThreadId, text: &str) -> Option<Event> {
        let proposal = self.pending(thread, text)?;
        Some(Event::ProposalRejected {
            thread,
            hash: proposal.hash,
            author: proposal.author,
            settled_by: proposal.author,
            to_treasury: Amount(0),
            to_thread: STAKE,
            rejected_at: 310,
            escrow: self.escrow_without_stake(thread)?,
            token_balance: Amount(self.thread(thread)?.token_balance.0 + STAKE.0),
            treasury: self.treasury(),
        })
    }

    /// By those who voted for it.
    fn approved(&self, thread: ThreadId, text: &str) -> Option<Event> {
        let (proposal, state) = (self.pending(thread, text)?, self.thread(thread)?);
        let approvers: Vec<_> =
            proposal.votes.iter().filter(|vote| vote.approve).map(|vote| vote.member).collect();
        let share = STAKE.0.checked_div(approvers.len() as u64)?;
        let rest = STAKE.0 - share * approvers.len() as u64;
        Some(Event::ProposalApproved {
            thread,
            hash: proposal.hash,
            author: proposal.author,
            settled_by: proposal.author,
            member: state.next_member,
            sequence: state.content_log.count,
            approvers,
            share: Amount(share),
            to_treasury: Amount(rest),
            approved_at: 320,
            escrow: self.escrow_without_stake(thread)?,
            treasury: Amount(self.treasury().0 + rest),
        })
    }
}
