//! The indexer: the chain into the store, the store's decisions into the contents.

use crate::content_status::ContentStatuses;
use crate::error::{IndexerError, Trouble};
use crate::follower::Follower;
use crate::outage::Outage;
use crate::rpc::RpcSource;
use crate::source::ChainSource;
use chorale_content::ContentStore;
use chorale_domain::id::Wallet;
use chorale_store::{Batch, Store};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How often to look for transactions without being woken.
pub const DEFAULT_POLL: Duration = Duration::from_secs(1);

/// What to follow, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IndexerConfig {
    /// HTTP endpoint of a Solana node.
    pub rpc_url: String,
    /// WebSocket endpoint of a Solana node.
    pub ws_url: String,
    /// The program's address.
    pub program: Wallet,
    /// How often to look without being woken: [`DEFAULT_POLL`], say.
    pub poll: Duration,
}

/// Follows the program. One store must have one indexer at a time.
pub struct Indexer {
    source: Box<dyn ChainSource>,
    program: Wallet,
    poll: Duration,
    store: Store,
    statuses: ContentStatuses,
}

impl Indexer {
    /// An indexer that asks a Solana node. Nothing is asked before [`run`](Self::run).
    #[must_use]
    pub fn new(config: IndexerConfig, store: Store, content: ContentStore) -> Self {
        let IndexerConfig { rpc_url, ws_url, program, poll } = config;
        let source = RpcSource::new(rpc_url, ws_url, program);
        Self::with_source(Box::new(source), program, poll, store, content)
    }

    /// An indexer that asks any source.
    #[must_use]
    pub fn with_source(
        source: Box<dyn ChainSource>,
        program: Wallet,
        poll: Duration,
        store: Store,
        content: ContentStore,
    ) -> Self {
        let statuses = ContentStatuses::new(store.clone(), content);
        Self { source, program, poll, store, statuses }
    }

    /// Runs until `shutdown`, from where the store stopped. A batch that is being written is finished first.
    ///
    /// # Errors
    /// [`IndexerError`] if the store is wrong in itself. A node that does not answer is waited for.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), IndexerError> {
        let wake = Notify::new();
        let work = async { tokio::try_join!(self.follow(&wake, &shutdown), self.statuses.follow(&shutdown)) };
        tokio::select! {
            result = work => result.map(|_| ()),
            never = self.source.wake_ups(&wake) => match never {},
        }
    }

    async fn follow(&self, wake: &Notify, shutdown: &CancellationToken) -> Result<(), IndexerError> {
        let mut follower = Follower::new(&*self.source, &self.store, self.program);
        let mut outage = Outage::none("indexing");
        // Only reading and waiting are cut short: what is being written is committed and announced.
        while let Some(next) = shutdown.run_until_cancelled(follower.next()).await {
            match self.take(&mut follower, next).await {
                Ok(progress) => {
                    outage.over();
                    if !progress {
                        self.idle(wake, shutdown).await;
                    }
                }
                Err(trouble) => {
                    let delay = outage.failed(&trouble.worth_waiting()?);
                    shutdown.run_until_cancelled(sleep(delay)).await;
                }
            }
        }
        Ok(())
    }

    async fn idle(&self, wake: &Notify, shutdown: &CancellationToken) {
        tokio::select! {
            () = wake.notified() => {}
            () = sleep(self.poll) => {}
            () = shutdown.cancelled() => {}
        }
    }

    /// Writes a batch; false if there was none.
    async fn take(
        &self,
        follower: &mut Follower<'_>,
        next: Result<Option<Batch>, Trouble>,
    ) -> Result<bool, Trouble> {
        let Some(batch) = next? else { return Ok(false) };
        let transactions = batch.transactions.len();
        let applied = self.store.apply(batch).await.inspect_err(|_| follower.forget())?;
        follower.done(transactions);
        tracing::debug!(transactions, events = applied.events, last = applied.last_sequence, "indexed");
        Ok(true)
    }
}
