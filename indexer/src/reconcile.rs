//! Whether the derived state of threads is what their accounts say.
//!
//! Threads that were touched wait in a queue. Accounts are read, and judged as soon as the store has everything up to
//! their slot and the chain went on: against the state as of that slot, and after each event since, because surfpool's
//! accounts show the slot that is still open. Even so the two may be of different forks, where several nodes answer at
//! one URL. So a difference counts only if every look shows it for longer than a fork lasts.

mod difference;
mod past;
mod settled;
mod suspicion;

pub(crate) use settled::is_settled;
pub(crate) use suspicion::LATER;

use crate::accounts;
use crate::chain::Chain;
use crate::error::Trouble;
use crate::source::MAX_ACCOUNTS;
use chorale_domain::id::{ThreadId, Wallet};
use chorale_domain::state::Entities;
use chorale_store::{Stopped, Store, StoreError, Writer};
use std::collections::{HashMap, HashSet, VecDeque};
use suspicion::{Sides, Suspicion, stopped};

/// The slots after that of an account which it may show already.
const OPEN: u64 = 2;

/// The threads that are to be compared with their accounts.
#[derive(Default)]
pub(crate) struct Reconciler {
    queue: VecDeque<ThreadId>,
    /// What is in the queue.
    queued: HashSet<ThreadId>,
    suspicions: HashMap<ThreadId, Suspicion>,
    look: Option<Look>,
}

/// Accounts as they were at a slot. Those that are judged are taken out.
struct Look {
    slot: u64,
    threads: VecDeque<(ThreadId, Option<Vec<u8>>)>,
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

    /// Whether it waits for nothing but that differences stand or pass.
    pub(crate) fn is_idle(&self) -> bool {
        self.look.is_none() && self.queue.iter().all(|thread| self.suspicions.contains_key(thread))
    }

    /// Compares the threads that wait longest, as many as fit into one question to the node, and stops those that
    /// differ for good; gives back which. Only for a store that has everything through the slot `through`.
    ///
    /// # Errors
    /// [`Trouble`]; what was not compared, or not stopped, is kept for the next time.
    pub(crate) async fn check(
        &mut self,
        chain: Chain<'_>,
        writer: &Writer,
        through: u64,
    ) -> Result<Vec<Stopped>, Trouble> {
        let was_looking = self.look.is_some();
        let mut found = self.judge(chain, writer, through).await?;
        if was_looking && self.look.is_none() {
            found.extend(self.judge(chain, writer, through).await?);
        }
        Ok(found)
    }

    async fn judge(
        &mut self,
        chain: Chain<'_>,
        writer: &Writer,
        through: u64,
    ) -> Result<Vec<Stopped>, Trouble> {
        let store = writer.store();
        let mut look = match self.look.take() {
            Some(look) => look,
            None => match self.read(chain, store).await? {
                Some(look) => look,
                None => return Ok(vec![]),
            },
        };
        let judged = self.judge_all(&mut look, chain, store, through).await;
        self.look = Some(look).filter(|look| !look.threads.is_empty());
        Ok(self.stop(writer, judged?).await?)
    }

    /// Reads the accounts of the first in the queue. Whoever is touched from then on comes into it again.
    async fn read(&mut self, chain: Chain<'_>, store: &Store) -> Result<Option<Look>, Trouble> {
        let threads: Vec<_> = self.queue.iter().take(MAX_ACCOUNTS).copied().collect();
        if threads.is_empty() {
            return Ok(None);
        }
        let Some(cursor) = store.index_cursor().await? else { return Ok(None) };
        let addresses: Vec<_> = threads.iter().map(|thread| address(*thread)).collect();
        let found = chain.asked(chain.source.accounts(&addresses, cursor.slot)).await?;
        for thread in self.queue.drain(..threads.len()) {
            self.queued.remove(&thread);
        }
        Ok(Some(Look { slot: found.slot, threads: threads.into_iter().zip(found.accounts).collect() }))
    }

    /// Judges what can be judged by now. Gives back what differs for good.
    async fn judge_all(
        &mut self,
        look: &mut Look,
        chain: Chain<'_>,
        store: &Store,
        through: u64,
    ) -> Result<Vec<Stopped>, Trouble> {
        if !is_settled(chain, store, look.slot).await? {
            return Ok(vec![]);
        }
        let is_over = through >= look.slot.saturating_add(OPEN);
        let mut different = vec![];
        for _ in 0..look.threads.len() {
            let Some((thread, data)) = look.threads.front() else { break };
            let (thread, sides) = (*thread, compare(store, *thread, look.slot, data.as_deref()).await?);
            let judged = look.threads.pop_front();
            match sides {
                None => _ = self.suspicions.remove(&thread),
                Some(sides) if is_over => different.extend(self.suspect(thread, look.slot, &sides)),
                // The next slot may show that there is no difference.
                Some(_) => look.threads.extend(judged),
            }
        }
        Ok(different)
    }

    fn suspect(&mut self, thread: ThreadId, slot: u64, sides: &Sides) -> Option<Stopped> {
        let suspicion = Suspicion::after(self.suspicions.remove(&thread), slot, sides);
        let stands = suspicion.stands(slot);
        self.suspicions.insert(thread, suspicion);
        self.touched([thread]);
        if stands { stopped(thread, sides) } else { None }
    }

    async fn stop(
        &mut self,
        writer: &Writer,
        mut different: Vec<Stopped>,
    ) -> Result<Vec<Stopped>, StoreError> {
        if different.is_empty() {
            return Ok(different);
        }
        let known = writer.store().stopped().await?;
        for stopped in &different {
            writer.stop_thread(stopped.clone()).await?;
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

    fn forget(&mut self, thread: ThreadId) {
        self.queue.retain(|queued| *queued != thread);
        self.queued.remove(&thread);
        self.suspicions.remove(&thread);
    }
}

fn address(thread: ThreadId) -> Wallet {
    Wallet(chorale::address::thread(thread).to_bytes())
}

/// Both sides of a thread, if they differ.
async fn compare(
    store: &Store,
    thread: ThreadId,
    slot: u64,
    data: Option<&[u8]>,
) -> Result<Option<Sides>, Trouble> {
    let Some(on_chain) = data.map_or(Some(Entities::new()), accounts::thread) else {
        tracing::warn!("the account of thread {thread} cannot be read, so that it is not compared");
        return Ok(None);
    };
    // Most threads have not changed since the slot.
    if past::now(store, thread).await? == on_chain {
        return Ok(None);
    }
    let mut moments = past::since(store, thread, slot).await?;
    if moments.contains(&on_chain) {
        return Ok(None);
    }
    Ok(Some(Sides { derived: moments.swap_remove(0), on_chain }))
}
