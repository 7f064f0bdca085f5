//! Whether the derived state of threads is what their accounts say.
//!
//! Threads that were touched wait in a queue. Accounts are read first and the list of transactions after them, so
//! that the list shows whether the store has everything the accounts may show. Even so the two may be of different
//! forks, where several nodes answer at one URL, and surfpool's accounts show the slot that is still open. So a
//! difference counts only if it stands, with the same values on both sides, after more slots than a fork lasts.

mod difference;
mod settled;

pub(crate) use difference::{differences, field_text};
pub(crate) use settled::is_settled;

use crate::accounts;
use crate::chain::Chain;
use crate::error::Trouble;
use crate::source::MAX_ACCOUNTS;
use chorale_domain::id::{ThreadId, Wallet};
use chorale_domain::state::{Entities, Entity, EntityKey};
use chorale_store::{Stopped, Store, StoreError, Writer};
use std::collections::{HashMap, HashSet, VecDeque};

/// Slots between two looks that show the same difference: what the first one saw is final by then, even if every
/// other slot was skipped.
pub(crate) const LATER: u64 = 64;

/// The threads that are to be compared with their accounts.
#[derive(Default)]
pub(crate) struct Reconciler {
    queue: VecDeque<ThreadId>,
    queued: HashSet<ThreadId>,
    suspicions: HashMap<ThreadId, Suspicion>,
}

/// A difference that was seen.
#[derive(Clone, PartialEq, Eq)]
struct Suspicion {
    slot: u64,
    sides: Sides,
}

#[derive(Clone, PartialEq, Eq)]
struct Sides {
    derived: Entities,
    on_chain: Entities,
}

/// What a look at one thread comes to.
enum Verdict {
    Equal,
    Suspect(Suspicion),
    Different(Sides),
}

impl Reconciler {
    /// These threads changed.
    pub(crate) fn touched(&mut self, threads: impl IntoIterator<Item = ThreadId>) {
        for thread in threads {
            if self.queued.insert(thread) {
                self.queue.push_back(thread);
            }
        }
    }

    /// Whether there is nothing to compare.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Compares the threads that wait longest, as many as fit into one question to the node, and stops those that
    /// differ for good; gives back which. Only for a store that has everything there was a moment ago; does nothing
    /// if the chain has gone on since.
    ///
    /// # Errors
    /// [`Trouble`]; what was not compared, or not stopped, stays in the queue.
    pub(crate) async fn check(&mut self, chain: Chain<'_>, writer: &Writer) -> Result<Vec<Stopped>, Trouble> {
        let different = self.compare(chain, writer.store()).await?;
        Ok(self.stop(writer, different).await?)
    }

    async fn compare(&mut self, chain: Chain<'_>, store: &Store) -> Result<Vec<Stopped>, Trouble> {
        let threads: Vec<_> = self.queue.iter().take(MAX_ACCOUNTS).copied().collect();
        let Some(cursor) = store.index_cursor().await?.filter(|_| !threads.is_empty()) else {
            return Ok(vec![]);
        };
        let addresses: Vec<_> = threads.iter().map(|thread| address(*thread)).collect();
        let found = chain.asked(chain.source.accounts(&addresses, cursor.slot)).await?;
        if !is_settled(chain, store, found.slot).await? {
            return Ok(vec![]);
        }
        let mut different = vec![];
        for (thread, data) in threads.into_iter().zip(found.accounts) {
            let verdict = self.look(store, thread, found.slot, data.as_deref()).await?;
            different.extend(self.settle(thread, verdict));
        }
        Ok(different)
    }

    async fn stop(
        &mut self,
        writer: &Writer,
        mut different: Vec<Stopped>,
    ) -> Result<Vec<Stopped>, StoreError> {
        let known = writer.store().stopped().await?;
        for stopped in &different {
            writer.stop_thread(stopped.clone()).await?;
            self.queue.retain(|queued| *queued != stopped.thread);
            self.forget(stopped.thread);
        }
        different.retain(|stopped| !known.iter().any(|known| known.stopped.thread == stopped.thread));
        for stopped in &different {
            let Stopped { thread, reason, derived, on_chain, .. } = stopped;
            tracing::error!(
                "thread {thread} is stopped, since it is not what its account says: {reason}; derived: {derived:?}, on chain: {on_chain:?}; run `chorale rebuild`"
            );
        }
        Ok(different)
    }

    async fn look(
        &self,
        store: &Store,
        thread: ThreadId,
        slot: u64,
        data: Option<&[u8]>,
    ) -> Result<Verdict, Trouble> {
        let Some(on_chain) = data.map_or(Some(Entities::new()), accounts::thread) else {
            tracing::warn!("the account of thread {thread} cannot be read, so that it is not compared");
            return Ok(Verdict::Equal);
        };
        let sides = Sides { derived: derived(store, thread).await?, on_chain };
        Ok(self.judge(thread, slot, sides))
    }

    fn judge(&self, thread: ThreadId, slot: u64, sides: Sides) -> Verdict {
        if sides.derived == sides.on_chain {
            return Verdict::Equal;
        }
        match self.suspicions.get(&thread) {
            Some(seen) if seen.sides == sides && slot >= seen.slot + LATER => Verdict::Different(sides),
            Some(seen) if seen.sides == sides => Verdict::Suspect(seen.clone()),
            _ => Verdict::Suspect(Suspicion { slot, sides }),
        }
    }

    /// Takes the first of the queue, `thread`, out, or to its end.
    fn settle(&mut self, thread: ThreadId, verdict: Verdict) -> Option<Stopped> {
        self.queue.pop_front();
        match verdict {
            Verdict::Equal => {
                self.forget(thread);
                None
            }
            Verdict::Suspect(suspicion) => {
                self.queue.push_back(thread);
                self.suspicions.insert(thread, suspicion);
                None
            }
            Verdict::Different(sides) => {
                self.queue.push_back(thread);
                stopped(thread, &sides)
            }
        }
    }

    fn forget(&mut self, thread: ThreadId) {
        self.queued.remove(&thread);
        self.suspicions.remove(&thread);
    }
}

fn address(thread: ThreadId) -> Wallet {
    Wallet(chorale::address::thread(thread).to_bytes())
}

/// The thread and its members now, as its account would show them.
async fn derived(store: &Store, thread: ThreadId) -> Result<Entities, Trouble> {
    let Some(found) = store.entity(&EntityKey::Thread(thread)).await? else {
        return Ok(Entities::new());
    };
    let current = store.members(thread).await?.into_iter().filter(|member| member.current);
    let members = current.map(|member| (EntityKey::Member(thread, member.number), Entity::Member(member)));
    Ok(members.chain([(found.key, found.entity)]).collect())
}

/// What to keep of a difference: the first entity that differs with both states, and every field in words.
fn stopped(thread: ThreadId, sides: &Sides) -> Option<Stopped> {
    let found = differences(&sides.derived, &sides.on_chain);
    let entity = found.first()?.0;
    let told: Vec<_> = found
        .iter()
        .map(|(key, field)| {
            format!("{key} {}: {} derived, {} on chain", field_text(field), field.left, field.right)
        })
        .collect();
    let (derived, on_chain) = (sides.derived.get(&entity).cloned(), sides.on_chain.get(&entity).cloned());
    Some(Stopped { thread, entity, reason: told.join("; "), derived, on_chain })
}
