//! How an event changes the state: planned from the entities it touches, applied, verified, rolled back.

use crate::content_log::ContentLog;
use crate::event::Event;
use crate::id::{Amount, ThreadId, Wallet};
use crate::state::{
    Config, Entities, Entity, EntityKey, LogState, Member, Message, Proposal, ProposalStatus, Thread,
    ThreadStatus, Treasury, Vote,
};

/// Why an event does not fit the state it met. A follower that meets one has lost or invented something.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TransitionError {
    /// An entity the event builds on is not there.
    #[error("{0} does not exist, but the event builds on it")]
    Missing(EntityKey),
    /// An entity the event creates is there already.
    #[error("{0} exists already, but the event creates it")]
    Exists(EntityKey),
    /// The event says how much must result, and something else does.
    #[error("{field} of {key} should be {expected} after the event, but comes to {actual}")]
    Differs {
        /// Which entity.
        key: EntityKey,
        /// Which of its fields.
        field: &'static str,
        /// What the event says.
        expected: u64,
        /// What follows from the state.
        actual: u64,
    },
    /// More is taken than is there, or a counter would wrap.
    #[error("{field} of {key} would leave its range")]
    OutOfRange {
        /// Which entity.
        key: EntityKey,
        /// Which of its fields.
        field: &'static str,
    },
}

/// One entity before and after an event; `before` is `None` where the event creates it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Which entity.
    pub key: EntityKey,
    /// Its state before.
    pub before: Option<Entity>,
    /// Its state after.
    pub after: Entity,
}

/// What one event does to the state, with everything needed to undo it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Transition {
    changes: Vec<Change>,
}

impl Transition {
    /// The entities [`plan`](Self::plan) must be given, as far as they exist.
    #[must_use]
    pub fn touches(event: &Event) -> Vec<EntityKey> {
        touched_entities(event)
    }

    /// Works out what `event` does to `entities`, without changing them.
    ///
    /// # Errors
    /// [`TransitionError`] if the event cannot follow this state.
    pub fn plan(event: &Event, entities: &Entities) -> Result<Self, TransitionError> {
        let mut draft = Draft {
            entities: entities.clone(),
        };
        draft.take(event)?;
        let changes = draft.entities.into_iter().filter_map(|(key, after)| {
            let before = entities.get(&key).cloned();
            (before.as_ref() != Some(&after)).then_some(Change { key, before, after })
        });
        Ok(Self {
            changes: changes.collect(),
        })
    }

    /// The changes, by key.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Puts every entity into its state after the event.
    pub fn apply(&self, entities: &mut Entities) {
        for change in &self.changes {
            entities.insert(change.key, change.after.clone());
        }
    }

    /// Whether every entity is in its state after the event.
    #[must_use]
    pub fn verify(&self, entities: &Entities) -> bool {
        self.changes
            .iter()
            .all(|change| entities.get(&change.key) == Some(&change.after))
    }

    /// Puts every entity back into its state before the event: the exact inverse of [`apply`](Self::apply).
    pub fn rollback(&self, entities: &mut Entities) {
        for change in &self.changes {
            match &change.before {
                Some(before) => entities.insert(change.key, before.clone()),
                None => entities.remove(&change.key),
            };
        }
    }
}

fn touched_entities(event: &Event) -> Vec<EntityKey> {
    use EntityKey as Key;
    match event {
        Event::ConfigInitialized { .. } => vec![Key::Config, Key::Treasury],
        Event::ThreadCreated { thread, .. } => vec![Key::Thread(*thread), Key::Member(*thread, 0)],
        Event::MessagePublished { thread, hash, .. } => {
            vec![Key::Thread(*thread), Key::Message(*thread, *hash)]
        }
        Event::ProposalCreated { thread, hash, .. } => {
            vec![Key::Thread(*thread), Key::Proposal(*thread, *hash)]
        }
        Event::VoteCast {
            thread, hash, member, ..
        } => {
            vec![
                Key::Thread(*thread),
                Key::Proposal(*thread, *hash),
                Key::Member(*thread, *member),
            ]
        }
        Event::ProposalApproved {
            thread,
            hash,
            member,
            approvers,
            ..
        } => {
            let settled = [
                Key::Thread(*thread),
                Key::Treasury,
                Key::Proposal(*thread, *hash),
                Key::Message(*thread, *hash),
            ];
            let members = approvers
                .iter()
                .chain([member])
                .map(|number| Key::Member(*thread, *number));
            settled.into_iter().chain(members).collect()
        }
        Event::ProposalRejected { thread, hash, .. } => {
            vec![Key::Thread(*thread), Key::Treasury, Key::Proposal(*thread, *hash)]
        }
        Event::Claimed { thread, member, .. } => vec![Key::Thread(*thread), Key::Member(*thread, *member)],
    }
}

/// The entities as they become, while an event is being worked out.
struct Draft {
    entities: Entities,
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

    fn take(&mut self, event: &Event) -> Result<(), TransitionError> {
        match event {
            Event::ConfigInitialized { .. } => self.initialize(event),
            Event::ThreadCreated {
                thread,
                creator,
                approval_bps,
                created_at,
            } => self.create_thread(*thread, *creator, *approval_bps, *created_at),
            Event::MessagePublished {
                thread,
                hash,
                author,
                sequence,
                published_at,
            } => {
                let message = message(*thread, *hash, *author, *sequence, *published_at);
                self.append(message)
            }
            Event::ProposalCreated { .. } => self.propose(event),
            Event::VoteCast { .. } => self.vote(event),
            Event::ProposalApproved { .. } => self.approve(event),
            Event::ProposalRejected { .. } => self.reject(event),
            Event::Claimed {
                thread,
                member,
                amount,
                claimed_at,
                ..
            } => self.claim(*thread, *member, *amount, *claimed_at),
        }
    }

    fn initialize(&mut self, event: &Event) -> Result<(), TransitionError> {
        let Event::ConfigInitialized {
            authority,
            anchor_authority,
            mint,
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
        let member = Member {
            thread,
            number,
            wallet,
            joined_at: at,
            claimable: Amount(0),
            current: true,
        };
        self.create(EntityKey::Member(thread, number), Entity::Member(member))
    }

    fn append(&mut self, message: Message) -> Result<(), TransitionError> {
        let key = EntityKey::Thread(message.thread);
        let thread = self.thread(key)?;
        let mut log = ContentLog::from(&thread.content_log);
        let sequence =
            log.append(&message.hash.0, &message.author.0)
                .map_err(|_| TransitionError::OutOfRange {
                    key,
                    field: "content_log",
                })?;
        expect(key, "content_log.count", message.sequence, sequence)?;
        thread.content_log = LogState::from(&log);
        thread.updated_at = message.approved_at;
        self.create(
            EntityKey::Message(message.thread, message.hash),
            Entity::Message(message),
        )
    }

    fn propose(&mut self, event: &Event) -> Result<(), TransitionError> {
        let Event::ProposalCreated {
            thread,
            hash,
            author,
            stake,
            created_at,
            expires_at,
            escrow,
        } = *event
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
        let Event::VoteCast {
            thread,
            hash,
            voter,
            member,
            approve,
            voted_at,
        } = *event
        else {
            return Ok(());
        };
        self.member(EntityKey::Member(thread, member))?;
        let key = EntityKey::Proposal(thread, hash);
        let proposal = self.proposal(key)?;
        if proposal.votes.iter().any(|vote| vote.member == member) {
            return Err(TransitionError::OutOfRange { key, field: "votes" });
        }
        proposal.votes.push(Vote {
            voter,
            member,
            approve,
        });
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
        } = event
        else {
            return Ok(());
        };
        self.decide(*thread, *hash, ProposalStatus::Approved, *approved_at, *escrow)?;
        for number in approvers {
            let key = EntityKey::Member(*thread, *number);
            let approver = self.member(key)?;
            approver.claimable = plus(key, "claimable", approver.claimable, *share)?;
        }
        self.fill_treasury(*to_treasury, *treasury)?;
        self.append(message(*thread, *hash, *author, *sequence, *approved_at))?;
        self.seat(*thread, *member, *author, *approved_at)
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
        expect(
            key,
            "next_member",
            u64::from(number),
            u64::from(state.next_member),
        )?;
        state.next_member += 1;
        state.co_authors += 1;
        self.join(thread, number, author, at)
    }

    fn reject(&mut self, event: &Event) -> Result<(), TransitionError> {
        let Event::ProposalRejected {
            thread,
            hash,
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
        hash: crate::content::ContentHash,
        status: ProposalStatus,
        at: i64,
        escrow: Amount,
    ) -> Result<(), TransitionError> {
        let key = EntityKey::Proposal(thread, hash);
        let proposal = self.proposal(key)?;
        if proposal.status != ProposalStatus::Pending {
            return Err(TransitionError::OutOfRange { key, field: "status" });
        }
        proposal.status = status;
        proposal.decided_at = Some(at);
        let stake = proposal.stake;
        let key = EntityKey::Thread(thread);
        let state = self.thread(key)?;
        state.escrow = minus(key, "escrow", state.escrow, stake)?;
        expect(key, "escrow", escrow.0, state.escrow.0)?;
        let open = state.open_proposals.checked_sub(1);
        state.open_proposals = open.ok_or(TransitionError::OutOfRange {
            key,
            field: "open_proposals",
        })?;
        state.updated_at = at;
        Ok(())
    }

    fn fill_treasury(&mut self, amount: Amount, expected: Amount) -> Result<(), TransitionError> {
        let key = EntityKey::Treasury;
        let treasury = self.treasury(key)?;
        treasury.balance = plus(key, "balance", treasury.balance, amount)?;
        expect(key, "balance", expected.0, treasury.balance.0)
    }

    fn claim(
        &mut self,
        thread: ThreadId,
        number: u32,
        amount: Amount,
        at: i64,
    ) -> Result<(), TransitionError> {
        let key = EntityKey::Member(thread, number);
        let member = self.member(key)?;
        member.claimable = minus(key, "claimable", member.claimable, amount)?;
        self.thread(EntityKey::Thread(thread))?.updated_at = at;
        Ok(())
    }
}

fn message(
    thread: ThreadId,
    hash: crate::content::ContentHash,
    author: Wallet,
    sequence: u64,
    approved_at: i64,
) -> Message {
    Message {
        thread,
        hash,
        author,
        sequence,
        approved_at,
    }
}

fn plus(key: EntityKey, field: &'static str, a: Amount, b: Amount) -> Result<Amount, TransitionError> {
    a.0.checked_add(b.0)
        .map(Amount)
        .ok_or(TransitionError::OutOfRange { key, field })
}

fn minus(key: EntityKey, field: &'static str, a: Amount, b: Amount) -> Result<Amount, TransitionError> {
    a.0.checked_sub(b.0)
        .map(Amount)
        .ok_or(TransitionError::OutOfRange { key, field })
}

fn expect(key: EntityKey, field: &'static str, expected: u64, actual: u64) -> Result<(), TransitionError> {
    if expected == actual {
        Ok(())
    } else {
        Err(TransitionError::Differs {
            key,
            field,
            expected,
            actual,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::ContentHash;
    use crate::id::Hash32;
    use crate::proof::log_root;

    const THREAD: ThreadId = ThreadId([1; 32]);
    const ALICE: Wallet = Wallet([10; 32]);
    const BOB: Wallet = Wallet([11; 32]);
    const FIRST: ContentHash = Hash32([20; 32]);
    const SECOND: ContentHash = Hash32([21; 32]);

    fn wallet(n: u8) -> Wallet {
        Wallet([n; 32])
    }

    fn initialized() -> Event {
        Event::ConfigInitialized {
            authority: wallet(1),
            anchor_authority: wallet(1),
            mint: wallet(2),
            min_stake: Amount(5),
            proposal_ttl: 60,
            divest_cooldown: 60,
            min_thread_balance: Amount(1),
        }
    }

    fn created() -> Event {
        Event::ThreadCreated {
            thread: THREAD,
            creator: ALICE,
            approval_bps: 10_000,
            created_at: 100,
        }
    }

    fn proposed(hash: ContentHash, escrow: u64) -> Event {
        let (thread, author, stake, escrow) = (THREAD, BOB, Amount(7), Amount(escrow));
        Event::ProposalCreated {
            thread,
            hash,
            author,
            stake,
            created_at: 101,
            expires_at: 161,
            escrow,
        }
    }

    fn voted(hash: ContentHash, approve: bool) -> Event {
        Event::VoteCast {
            thread: THREAD,
            hash,
            voter: ALICE,
            member: 0,
            approve,
            voted_at: 102,
        }
    }

    fn approved(treasury: u64) -> Event {
        Event::ProposalApproved {
            thread: THREAD,
            hash: FIRST,
            author: BOB,
            member: 1,
            sequence: 0,
            approvers: vec![0],
            share: Amount(7),
            to_treasury: Amount(0),
            approved_at: 102,
            escrow: Amount(0),
            treasury: Amount(treasury),
        }
    }

    fn rejected() -> Event {
        Event::ProposalRejected {
            thread: THREAD,
            hash: SECOND,
            author: BOB,
            to_treasury: Amount(0),
            to_thread: Amount(7),
            rejected_at: 103,
            escrow: Amount(0),
            token_balance: Amount(7),
            treasury: Amount(0),
        }
    }

    fn story() -> Vec<Event> {
        let claimed = Event::Claimed {
            thread: THREAD,
            wallet: ALICE,
            member: 0,
            amount: Amount(7),
            claimed_at: 104,
        };
        vec![
            initialized(),
            created(),
            proposed(FIRST, 7),
            voted(FIRST, true),
            approved(0),
            proposed(SECOND, 7),
            voted(SECOND, false),
            rejected(),
            claimed,
        ]
    }

    fn play(events: &[Event]) -> Entities {
        let mut entities = Entities::new();
        for event in events {
            let transition =
                Transition::plan(event, &entities).unwrap_or_else(|error| panic!("{event:?}: {error}"));
            transition.apply(&mut entities);
            assert!(transition.verify(&entities));
        }
        entities
    }

    #[test]
    fn an_approved_author_is_a_co_author_and_the_approver_can_claim() {
        let entities = play(&story()[..5]);
        let Entity::Thread(thread) = &entities[&EntityKey::Thread(THREAD)] else {
            panic!()
        };
        assert_eq!(
            (thread.co_authors, thread.next_member, thread.open_proposals),
            (2, 2, 0)
        );
        assert_eq!(thread.content_log.root, log_root(&[(FIRST, BOB)]));
        let Entity::Member(alice) = &entities[&EntityKey::Member(THREAD, 0)] else {
            panic!()
        };
        assert_eq!(alice.claimable, Amount(7));
        let Entity::Member(bob) = &entities[&EntityKey::Member(THREAD, 1)] else {
            panic!()
        };
        assert_eq!((bob.wallet, bob.current), (BOB, true));
    }

    #[test]
    fn a_rejected_stake_goes_to_the_thread_and_a_claim_empties() {
        let entities = play(&story());
        let Entity::Thread(thread) = &entities[&EntityKey::Thread(THREAD)] else {
            panic!()
        };
        assert_eq!((thread.token_balance, thread.escrow), (Amount(7), Amount(0)));
        let Entity::Member(alice) = &entities[&EntityKey::Member(THREAD, 0)] else {
            panic!()
        };
        assert_eq!(alice.claimable, Amount(0));
    }

    #[test]
    fn rollback_is_the_exact_inverse_of_apply_for_every_event() {
        let mut entities = Entities::new();
        let mut past = Vec::new();
        for event in story() {
            let transition = Transition::plan(&event, &entities).unwrap();
            past.push((entities.clone(), transition.clone()));
            transition.apply(&mut entities);
        }
        for (before, transition) in past.into_iter().rev() {
            transition.rollback(&mut entities);
            assert_eq!(entities, before);
        }
        assert!(entities.is_empty());
    }

    #[test]
    fn the_entities_an_event_names_are_enough_to_plan_it() {
        let mut entities = Entities::new();
        for event in story() {
            let touched: Entities = Transition::touches(&event)
                .into_iter()
                .filter_map(|key| entities.get(&key).map(|entity| (key, entity.clone())))
                .collect();
            let transition = Transition::plan(&event, &entities).unwrap();
            assert_eq!(
                Transition::plan(&event, &touched).as_ref(),
                Ok(&transition),
                "{event:?}"
            );
            transition.apply(&mut entities);
        }
    }

    #[test]
    fn events_that_cannot_follow_are_refused() {
        let entities = play(&story()[..4]);
        let plan = |event: &Event| Transition::plan(event, &entities).map(|_| ());
        assert_eq!(
            plan(&created()),
            Err(TransitionError::Exists(EntityKey::Thread(THREAD)))
        );
        assert_eq!(
            plan(&voted(SECOND, true)),
            Err(TransitionError::Missing(EntityKey::Proposal(THREAD, SECOND)))
        );
        let twice = TransitionError::OutOfRange {
            key: EntityKey::Proposal(THREAD, FIRST),
            field: "votes",
        };
        assert_eq!(plan(&voted(FIRST, false)), Err(twice));
        assert_eq!(
            plan(&proposed(FIRST, 14)),
            Err(TransitionError::Exists(EntityKey::Proposal(THREAD, FIRST)))
        );
        let wrong = TransitionError::Differs {
            key: EntityKey::Treasury,
            field: "balance",
            expected: 9,
            actual: 0,
        };
        assert_eq!(plan(&approved(9)), Err(wrong));
    }
}
