//! What co-authors take out: all that is claimable, and their part when they leave. In threads of every state.

use super::{Draft, Drafted, agree, expect, minus};
use crate::event::Event;
use crate::id::{Amount, ThreadId};
use crate::settlement::divest_share;
use crate::state::{EntityKey, ThreadStatus};

impl Draft {
    pub(super) fn claim(&mut self, event: &Event) -> Drafted {
        let Event::Claimed { thread, wallet, member, amount, claimed_at } = *event else {
            return Ok(());
        };
        self.require_member(thread, member, wallet)?;
        agree(EntityKey::Member(thread, member), "claimable", amount.0 > 0)?;
        self.pay_out(thread, member, amount)?;
        self.thread(EntityKey::Thread(thread))?.updated_at = claimed_at;
        Ok(())
    }

    /// A payment always takes everything.
    fn pay_out(&mut self, thread: ThreadId, number: u32, amount: Amount) -> Drafted {
        let key = EntityKey::Member(thread, number);
        let member = self.member(key)?;
        expect(key, "claimable", amount.0, member.claimable.0)?;
        member.claimable = Amount(0);
        Ok(())
    }

    pub(super) fn divest(&mut self, event: &Event) -> Drafted {
        let Event::Divested { thread, wallet, member, share, claimed, divested_at, token_balance, archived } =
            *event
        else {
            return Ok(());
        };
        self.require_member(thread, member, wallet)?;
        self.require_cooled_down(thread, member, divested_at)?;
        self.require_share(thread, share)?;
        self.pay_out(thread, member, claimed)?;
        self.member(EntityKey::Member(thread, member))?.current = false;
        let key = EntityKey::Thread(thread);
        let state = self.thread(key)?;
        state.token_balance = minus(key, "token_balance", state.token_balance, share)?;
        expect(key, "token_balance", token_balance.0, state.token_balance.0)?;
        state.updated_at = divested_at;
        self.leave(thread, archived)
    }

    fn require_cooled_down(&mut self, thread: ThreadId, number: u32, now: i64) -> Drafted {
        let cooldown = self.known_config().map_or(0, |config| config.divest_cooldown);
        let key = EntityKey::Member(thread, number);
        let free_at = self.member(key)?.joined_at.saturating_add(cooldown);
        agree(key, "joined_at", now >= free_at)
    }

    /// A leaver gets an equal part, less what the thread must keep. How much that is says the configuration: without
    /// it, more than an equal part is still too much.
    fn require_share(&mut self, thread: ThreadId, share: Amount) -> Drafted {
        let keeps = self.known_config().map(|config| config.min_thread_balance.0);
        let key = EntityKey::Thread(thread);
        let state = self.thread(key)?;
        let due = divest_share(state.token_balance.0, state.co_authors, keeps.unwrap_or(0));
        match keeps {
            Some(_) => expect(key, "share", share.0, due),
            None => agree(key, "share", share.0 <= due),
        }
    }

    /// One seat becomes free; with the last one the thread ends.
    fn leave(&mut self, thread: ThreadId, archived: bool) -> Drafted {
        let key = EntityKey::Thread(thread);
        let state = self.thread(key)?;
        // A member who is current is one of them.
        state.co_authors -= 1;
        agree(key, "co_authors", archived == (state.co_authors == 0))?;
        if archived {
            state.status = ThreadStatus::Archived;
        }
        Ok(())
    }
}
