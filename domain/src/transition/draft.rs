//! Working an event out: what it creates, changes and requires.

use super::TransitionError;
use crate::content::ContentHash;
use crate::content_log::ContentLog;
use crate::event::Event;
use crate::id::{Amount, ThreadId, Wallet};
use crate::state::{
    Config, Entities, Entity, EntityKey, LogState, Member, Message, Proposal, ProposalStatus, Thread,
    ThreadStatus, Treasury, Vote,
};

/// The entities as they become, while an event is being worked out.
pub(super) struct Draft {
    pub(super) entities: Entities,
}

/// Finds an entity of one kind; the key's kind decides the variant, so a mismatch counts as missing.
macro_rules! lookup {
    ($name:ident, $kind:ident) => {
        fn $name(&mut self, key: EntityKey) -> Result<&mut $kind, TransitionError> {
            match self.entities.get_mut(&key) {
                Some(Entity::$kind(found)) => Ok(found),
                _ => Err(TransitionError::Missing(key)),
            }
        }
    };
}

impl Draft {
    lookup!(thread, Thread);
    lookup!(member, Member);
    lookup!(proposal, Proposal);
    lookup!(treasury, Treasury);

    fn create(&mut self, key: EntityKey, entity: Entity) -> Result<(), TransitionError> {
        match self.entities.insert(key, entity) {
            None => Ok(()),
            Some(_) => Err(TransitionError::Exists(key)),
        }
    }

    /// Works the event into the entities, if it can follow.
    pub(super) fn take(&mut self, event: &Event) -> Result<(), TransitionError> {
        match event {
            Event::ConfigInitialized { .. } => self.initialize(event),
            Event::ThreadCreated { thread, creator, approval_bps, created_at } => {
                self.create_thread(*thread, *creator, *approval_bps, *created_at)
            }
            Event::MessagePublished { thread, hash, author, sequence, published_at } => {
                let message = message(*thread, *hash, *author, *sequence, *published_at);
                self.append(message)
            }
            Event::ProposalCreated { .. } => self.propose(event),
            Event::VoteCast { .. } => self.vote(event),
            Event::ProposalApproved { .. } => self.approve(event),
            Event::ProposalRejected { .. } => self.reject(event),
            Event::Claimed { thread, wallet, member, amount, claimed_at } => {
                self.claim((*thread, *member, *wallet), *amount, *claimed_at)
            }
        }
    }

    fn initialize(&mut self, event: &Event) -> Result<(), TransitionError> {
        let Event::ConfigInitialized {
            authority,
            anchor_authority,
            mint,
            token_program,
            decimals,
            min_stake,
            proposal_ttl,
            divest_cooldown,
            min_thread_balance,
        } = *event
        else {
            return Ok(());
        };
        let config = Config {
            authority,
            anchor_authority,
            mint,
            token_program,
            decimals,
            min_stake,
            proposal_ttl,
            divest_cooldown,
            min_thread_balance,
            paused: false,
        };
        self.create(EntityKey::Config, Entity::Config(config))?;
        self.create(EntityKey::Treasury, Entity::Treasury(Treasury::default()))
    }

    fn create_thread(
        &mut self,
        thread: ThreadId,
        creator: Wallet,
        approval_bps: u16,
        at: i64,
    ) -> Result<(), TransitionError> {
        let state = Thread {
            thread,
            creator,
            approval_bps,
            status: ThreadStatus::Active,
            co_authors: 1,
            next_member: 1,
            token_balance: Amount(0),
            escrow: Amount(0),
            open_proposals: 0,
            content_log: LogState::from(&ContentLog::default()),
            created_at: at,
            updated_at: at,
        };
        self.create(EntityKey::Thread(thread), Entity::Thread(state))?;
        self.join(thread, 0, creator, at)
    }

    fn join(
        &mut self,
        thread: ThreadId,
        number: u32,
        wallet: Wallet,
        at: i64,
    ) -> Result<(), TransitionError> {
        let member = Member { thread, number, wallet, joined_at: at, claimable: Amount(0), current: true };
        self.create(EntityKey::Member(thread, number), Entity::Member(member))
    }

    fn append(&mut self, message: Message) -> Result<(), TransitionError> {
        let key = EntityKey::Thread(message.thread);
        let thread = self.thread(key)?;
        let mut log = ContentLog::from(&thread.content_log);
        let sequence = log
            .append(&message.hash.0, &message.author.0)
            .map_err(|_| TransitionError::OutOfRange { key, field: "content_log" })?;
        expect(key, "content_log.count", message.sequence, sequence)?;
        thread.content_log = LogState::from(&log);
        thread.updated_at = message.approved_at;
        self.create(EntityKey::Message(message.thread, message.hash), Entity::Message(message))
    }

    fn propose(&mut self, event: &Event) -> Result<(), TransitionError> {
        let Event::ProposalCreated { thread, hash, author, stake, created_at, expires_at, escrow } = *event
        else {
            return Ok(());
        };
        let key = EntityKey::Thread(thread);
        let state = self.thread(key)?;
        state.escrow = plus(key, "escrow", state.escrow, stake)?;
        expect(key, "escrow", escrow.0, state.escrow.0)?;
        state.open_proposals += 1;
        state.updated_at = created_at;
        let key = EntityKey::Proposal(thread, hash);
        if matches!(self.entities.get(&key), Some(Entity::Proposal(old)) if old.status == ProposalStatus::Pending)
        {
            return Err(TransitionError::Exists(key));
        }
        let status = ProposalStatus::Pending;
        let proposal = Proposal {
            thread,
            hash,
            author,
            stake,
            status,
            votes: vec![],
            created_at,
            expires_at,
            decided_at: None,
        };
        self.entities.insert(key, Entity::Proposal(proposal));
        Ok(())
    }

    fn vote(&mut self, event: &Event) -> Result<(), TransitionError> {
        let Event::VoteCast { thread, hash, voter, member, approve, voted_at } = *event else {
            return Ok(());
        };
        self.require_member(thread, member, voter)?;
        let key = EntityKey::Proposal(thread, hash);
        let proposal = self.proposal(key)?;
        agree(key, "status", proposal.status == ProposalStatus::Pending)?;
        agree(key, "votes", proposal.votes.iter().all(|vote| vote.member != member))?;
        proposal.votes.push(Vote { voter, member, approve });
        self.thread(EntityKey::Thread(thread))?.updated_at = voted_at;
        Ok(())
    }

    fn approve(&mut self, event: &Event) -> Result<(), TransitionError> {
        let Event::ProposalApproved {
            thread,
            hash,
            author,
            member,
            sequence,
            approvers,
            share,
            to_treasury,
            approved_at,
            escrow,
            treasury,
            ..
        } = event
        else {
            return Ok(());
        };
        self.require_author(*thread, *hash, *author)?;
        self.require_approvers(*thread, *hash, approvers)?;
        let shares = u128::from(share.0) * approvers.len() as u128;
        self.require_stake(*thread, *hash, shares + u128::from(to_treasury.0))?;
        self.decide(*thread, *hash, ProposalStatus::Approved, *approved_at, *escrow)?;
        self.credit(*thread, approvers, *share)?;
        self.fill_treasury(*to_treasury, *treasury)?;
        self.append(message(*thread, *hash, *author, *sequence, *approved_at))?;
        self.seat(*thread, *member, *author, *approved_at)
    }

    fn credit(&mut self, thread: ThreadId, approvers: &[u32], share: Amount) -> Result<(), TransitionError> {
        for number in approvers {
            let key = EntityKey::Member(thread, *number);
            let approver = self.member(key)?;
            approver.claimable = plus(key, "claimable", approver.claimable, share)?;
        }
        Ok(())
    }

    /// The member must be that wallet, and a co-author now.
    fn require_member(
        &mut self,
        thread: ThreadId,
        number: u32,
        wallet: Wallet,
    ) -> Result<(), TransitionError> {
        let key = EntityKey::Member(thread, number);
        let member = self.member(key)?;
        agree(key, "wallet", member.wallet == wallet)?;
        agree(key, "current", member.current)
    }

    fn require_author(
        &mut self,
        thread: ThreadId,
        hash: ContentHash,
        author: Wallet,
    ) -> Result<(), TransitionError> {
        let key = EntityKey::Proposal(thread, hash);
        agree(key, "author", self.proposal(key)?.author == author)
    }

    /// Everyone who gets a share must have voted for the proposal: else a vote was lost on the way.
    fn require_approvers(
        &mut self,
        thread: ThreadId,
        hash: ContentHash,
        approvers: &[u32],
    ) -> Result<(), TransitionError> {
        let key = EntityKey::Proposal(thread, hash);
        let votes = &self.proposal(key)?.votes;
        let approved = |number: &u32| votes.iter().any(|vote| vote.approve && vote.member == *number);
        agree(key, "votes", !approvers.is_empty() && approvers.iter().all(approved))
    }

    /// What is paid out must be what was staked.
    fn require_stake(
        &mut self,
        thread: ThreadId,
        hash: ContentHash,
        paid_out: u128,
    ) -> Result<(), TransitionError> {
        let key = EntityKey::Proposal(thread, hash);
        agree(key, "stake", u128::from(self.proposal(key)?.stake.0) == paid_out)
    }

    /// Makes the author of an approved proposal a co-author, unless the author is one already.
    fn seat(
        &mut self,
        thread: ThreadId,
        number: u32,
        author: Wallet,
        at: i64,
    ) -> Result<(), TransitionError> {
        if let Ok(member) = self.member(EntityKey::Member(thread, number))
            && member.wallet == author
        {
            return Ok(());
        }
        let key = EntityKey::Thread(thread);
        let state = self.thread(key)?;
        expect(key, "next_member", u64::from(number), u64::from(state.next_member))?;
        state.next_member += 1;
        state.co_authors += 1;
        self.join(thread, number, author, at)
    }

    fn reject(&mut self, event: &Event) -> Result<(), TransitionError> {
        let Event::ProposalRejected {
            thread,
            hash,
            author,
            to_treasury,
            to_thread,
            rejected_at,
            escrow,
            token_balance,
            treasury,
            ..
        } = *event
        else {
            return Ok(());
        };
        self.require_author(thread, hash, author)?;
        self.require_stake(thread, hash, u128::from(to_treasury.0) + u128::from(to_thread.0))?;
        self.decide(thread, hash, ProposalStatus::Rejected, rejected_at, escrow)?;
        let key = EntityKey::Thread(thread);
        let state = self.thread(key)?;
        state.token_balance = plus(key, "token_balance", state.token_balance, to_thread)?;
        expect(key, "token_balance", token_balance.0, state.token_balance.0)?;
        self.fill_treasury(to_treasury, treasury)
    }

    /// Ends a pending proposal and takes its stake out of the thread's escrow.
    fn decide(
        &mut self,
        thread: ThreadId,
        hash: ContentHash,
        status: ProposalStatus,
        at: i64,
        escrow: Amount,
    ) -> Result<(), TransitionError> {
        let key = EntityKey::Proposal(thread, hash);
        let proposal = self.proposal(key)?;
        agree(key, "status", proposal.status == ProposalStatus::Pending)?;
        proposal.status = status;
        proposal.decided_at = Some(at);
        let stake = proposal.stake;
        let key = EntityKey::Thread(thread);
        let state = self.thread(key)?;
        state.escrow = minus(key, "escrow", state.escrow, stake)?;
        expect(key, "escrow", escrow.0, state.escrow.0)?;
        let open = state.open_proposals.checked_sub(1);
        state.open_proposals = open.ok_or(TransitionError::OutOfRange { key, field: "open_proposals" })?;
        state.updated_at = at;
        Ok(())
    }

    fn fill_treasury(&mut self, amount: Amount, expected: Amount) -> Result<(), TransitionError> {
        let key = EntityKey::Treasury;
        let treasury = self.treasury(key)?;
        treasury.balance = plus(key, "balance", treasury.balance, amount)?;
        expect(key, "balance", expected.0, treasury.balance.0)
    }

    /// A claim always takes everything.
    fn claim(
        &mut self,
        (thread, number, wallet): (ThreadId, u32, Wallet),
        amount: Amount,
        at: i64,
    ) -> Result<(), TransitionError> {
        self.require_member(thread, number, wallet)?;
        let key = EntityKey::Member(thread, number);
        let member = self.member(key)?;
        expect(key, "claimable", amount.0, member.claimable.0)?;
        member.claimable = Amount(0);
        self.thread(EntityKey::Thread(thread))?.updated_at = at;
        Ok(())
    }
}

fn message(thread: ThreadId, hash: ContentHash, author: Wallet, sequence: u64, approved_at: i64) -> Message {
    Message { thread, hash, author, sequence, approved_at }
}

fn plus(key: EntityKey, field: &'static str, a: Amount, b: Amount) -> Result<Amount, TransitionError> {
    a.0.checked_add(b.0).map(Amount).ok_or(TransitionError::OutOfRange { key, field })
}

fn minus(key: EntityKey, field: &'static str, a: Amount, b: Amount) -> Result<Amount, TransitionError> {
    a.0.checked_sub(b.0).map(Amount).ok_or(TransitionError::OutOfRange { key, field })
}

fn agree(key: EntityKey, field: &'static str, agrees: bool) -> Result<(), TransitionError> {
    if agrees { Ok(()) } else { Err(TransitionError::Contradiction { key, field }) }
}

fn expect(key: EntityKey, field: &'static str, expected: u64, actual: u64) -> Result<(), TransitionError> {
    if expected == actual { Ok(()) } else { Err(TransitionError::Differs { key, field, expected, actual }) }
}
