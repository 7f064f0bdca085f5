//! Threads: how they begin, take messages and end.

use super::{Draft, Drafted, agree, expect};
use crate::content::ContentHash;
use crate::content_log::ContentLog;
use crate::event::Event;
use crate::id::{Amount, ThreadId, Wallet};
use crate::rule::ApprovalRule;
use crate::state::{
    Entity, EntityKey, LogState, MAX_CO_AUTHORS, Member, Message, ProposalStatus, Thread, ThreadStatus,
};
use crate::transition::TransitionError;

impl Draft {
    pub(super) fn create_thread(&mut self, event: &Event) -> Drafted {
        let Event::ThreadCreated { thread, creator, approval_bps, created_at } = *event else {
            return Ok(());
        };
        self.require_running()?;
        let key = EntityKey::Thread(thread);
        agree(key, "approval_bps", ApprovalRule::from_bps(approval_bps).is_some())?;
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
            created_at,
            updated_at: created_at,
        };
        self.create(key, Entity::Thread(state))?;
        self.join(thread, 0, creator, created_at)
    }

    fn join(&mut self, thread: ThreadId, number: u32, wallet: Wallet, at: i64) -> Drafted {
        let member = Member { thread, number, wallet, joined_at: at, claimable: Amount(0), current: true };
        self.create(EntityKey::Member(thread, number), Entity::Member(member))
    }

    pub(super) fn publish(&mut self, event: &Event) -> Drafted {
        let Event::MessagePublished { thread, hash, author, sequence, published_at } = *event else {
            return Ok(());
        };
        self.require_running()?;
        self.require_free(thread, hash)?;
        self.active_thread(thread)?;
        self.append(Message { thread, hash, author, sequence, approved_at: published_at })
    }

    /// A hash cannot be live twice in a thread. One that was turned down, or not decided, may come again.
    pub(super) fn require_free(&self, thread: ThreadId, hash: ContentHash) -> Drafted {
        let key = EntityKey::Message(thread, hash);
        if self.entities.contains_key(&key) {
            return Err(TransitionError::Exists(key));
        }
        let key = EntityKey::Proposal(thread, hash);
        match self.entities.get(&key) {
            Some(Entity::Proposal(old)) if old.status == ProposalStatus::Pending => {
                Err(TransitionError::Exists(key))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn append(&mut self, message: Message) -> Drafted {
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

    /// Makes the author of an approved proposal a co-author, unless the author is one already. Who left and comes
    /// back gets a new number.
    pub(super) fn seat(&mut self, thread: ThreadId, number: u32, author: Wallet, at: i64) -> Drafted {
        if self.require_member(thread, number, author).is_ok() {
            return Ok(());
        }
        let key = EntityKey::Thread(thread);
        let state = self.thread(key)?;
        expect(key, "next_member", u64::from(number), u64::from(state.next_member))?;
        agree(key, "co_authors", state.co_authors < MAX_CO_AUTHORS)?;
        state.next_member += 1;
        state.co_authors += 1;
        self.join(thread, number, author, at)
    }

    pub(super) fn archive(&mut self, event: &Event) -> Drafted {
        let Event::ThreadArchived { thread, wallet, member, archived_at } = *event else {
            return Ok(());
        };
        self.require_member(thread, member, wallet)?;
        let key = EntityKey::Thread(thread);
        let state = self.active_thread(thread)?;
        expect(key, "co_authors", 1, u64::from(state.co_authors))?;
        expect(key, "open_proposals", 0, u64::from(state.open_proposals))?;
        state.status = ThreadStatus::Archived;
        state.updated_at = archived_at;
        Ok(())
    }

    /// The thread, which must not be archived.
    pub(super) fn active_thread(&mut self, thread: ThreadId) -> Result<&mut Thread, TransitionError> {
        let key = EntityKey::Thread(thread);
        let state = self.thread(key)?;
        agree(key, "status", state.status == ThreadStatus::Active)?;
        Ok(state)
    }

    /// The member must be that wallet, and a co-author now.
    pub(super) fn require_member(&mut self, thread: ThreadId, number: u32, wallet: Wallet) -> Drafted {
        let key = EntityKey::Member(thread, number);
        let member = self.member(key)?;
        agree(key, "wallet", member.wallet == wallet)?;
        agree(key, "current", member.current)
    }
}
