//! The content logs' trees, for proofs. A log only grows, short of a fork: its tree is kept, and goes on from there.

use crate::error::ApiError;
use chorale_domain::content_log::leaf_hash;
use chorale_domain::id::{Hash32, ThreadId};
use chorale_domain::proof::LogTree;
use chorale_domain::state::{LogState, Thread};
use chorale_store::Store;
use moka::future::Cache;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Bytes that all trees together may take: the largest there can be, and as much again of others.
const MAX_BYTES: u64 = 256 * 1024 * 1024;
/// Logs that are read at a time. Whoever comes meanwhile finds what was read before them.
const READ_AT_A_TIME: usize = 2;
/// What a leaf takes: itself, and its part of the tree.
const LEAF_BYTES: usize = 112;
/// Messages read at a time.
const PAGE: usize = 1_000;

/// One thread's log.
struct Log {
    leaves: Vec<Hash32>,
    tree: Arc<LogTree>,
}

impl Log {
    fn is(&self, state: &LogState) -> bool {
        self.tree.size() == state.count && self.tree.root() == state.root
    }
}

/// The trees that were asked for lately.
pub(crate) struct Logs {
    known: Cache<ThreadId, Arc<Log>>,
    reading: Semaphore,
}

impl Logs {
    pub(crate) fn new() -> Self {
        let weigh = |_: &ThreadId, log: &Arc<Log>| {
            u32::try_from(LEAF_BYTES * (1 + log.leaves.len())).unwrap_or(u32::MAX)
        };
        let known = Cache::builder().max_capacity(MAX_BYTES).weigher(weigh).build();
        Self { known, reading: Semaphore::new(READ_AT_A_TIME) }
    }

    /// The tree of a thread's log as `thread` says it is.
    ///
    /// # Errors
    /// 503 where the messages that are in are not those of that log, since it grew or a fork dropped some meanwhile.
    pub(crate) async fn tree(&self, store: &Store, thread: &Thread) -> Result<Arc<LogTree>, ApiError> {
        let (id, state) = (thread.thread, &thread.content_log);
        let current = async || self.known.get(&id).await.filter(|log| log.is(state));
        if let Some(log) = current().await {
            return Ok(log.tree.clone());
        }
        // Never closed; and then nobody would have to wait.
        let _turn = self.reading.acquire().await;
        if let Some(log) = current().await {
            return Ok(log.tree.clone());
        }
        self.read(store, id, state).await
    }

    async fn read(&self, store: &Store, id: ThreadId, state: &LogState) -> Result<Arc<LogTree>, ApiError> {
        let known = self.known.get(&id).await;
        let begun = known.map(|log| log.leaves.clone()).filter(|leaves| leaves.len() as u64 <= state.count);
        for leaves in begun.into_iter().chain([vec![]]) {
            let log = grown(store, id, leaves, state.count).await?;
            if log.is(state) {
                let tree = log.tree.clone();
                self.known.insert(id, Arc::new(log)).await;
                return Ok(tree);
            }
        }
        Err(ApiError::moved("the thread's content log"))
    }
}

/// A log of `count` messages that begins with these leaves.
async fn grown(
    store: &Store,
    thread: ThreadId,
    mut leaves: Vec<Hash32>,
    count: u64,
) -> Result<Log, ApiError> {
    while (leaves.len() as u64) < count {
        let after = (leaves.len() as u64).checked_sub(1);
        let page = store.messages(thread, after, PAGE).await?;
        if page.is_empty() {
            break;
        }
        leaves.extend(page.iter().map(|message| Hash32(leaf_hash(&message.hash.0, &message.author.0))));
    }
    leaves.truncate(usize::try_from(count).unwrap_or(usize::MAX));
    // A million leaves are two million hashes.
    let log = spawn_blocking(|| {
        let tree = Arc::new(LogTree::from_leaf_hashes(&leaves));
        Log { leaves, tree }
    });
    log.await.map_err(|panic| ApiError::broken(&panic))
}
