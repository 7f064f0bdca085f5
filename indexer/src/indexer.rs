//! The indexer: the chain into the store, the store's decisions into the contents, and the store under watch.

use crate::chain::Chain;
use crate::content_status::ContentStatuses;
use crate::error::{IndexerError, Trouble};
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::outage::Outage;
use crate::round::{Outcome, Rounds};
use crate::rpc::RpcSource;
use crate::scrubber::Scrubber;
use crate::source::ChainSource;
use crate::time::{RealTime, Time};
use chorale_content::ContentStore;
use chorale_domain::id::Wallet;
use chorale_store::{Counts, StoreError, Writer};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How often to look for transactions without being woken.
pub const DEFAULT_POLL: Duration = Duration::from_secs(1);

/// How often to look for decisions that nobody announced: of a commit whose answer was lost.
const STATUSES_POLL: Duration = Duration::from_secs(5);

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
    writer: Writer,
    content: Option<ContentStore>,
    time: Arc<dyn Time>,
    metrics: Arc<Metrics>,
    limits: Limits,
}

impl Indexer {
    /// An indexer that asks a Solana node, and keeps the statuses of contents, where there are any. Nothing is asked
    /// before [`run`](Self::run).
    #[must_use]
    pub fn new(config: IndexerConfig, writer: Writer, content: Option<ContentStore>) -> Self {
        let IndexerConfig { rpc_url, ws_url, program, poll } = config;
        let time: Arc<dyn Time> = Arc::new(RealTime::new());
        let source = RpcSource::new(rpc_url, ws_url, program, time.clone());
        let metrics = Arc::new(Metrics::new(time.clone()));
        Self::with_source(Box::new(source), program, poll, writer, content, time, metrics)
    }

    /// An indexer that asks any source, by any time.
    #[must_use]
    pub fn with_source(
        source: Box<dyn ChainSource>,
        program: Wallet,
        poll: Duration,
        writer: Writer,
        content: Option<ContentStore>,
        time: Arc<dyn Time>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { source, program, poll, writer, content, time, metrics, limits: Limits::default() }
    }

    /// With other limits than the usual ones.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Its numbers, and how it is.
    #[must_use]
    pub fn metrics(&self) -> Arc<Metrics> {
        self.metrics.clone()
    }

    /// Runs until `shutdown`, from where the store stopped. What is being written is finished first.
    ///
    /// # Errors
    /// [`IndexerError`] if the store is wrong in itself. A node or database that does not answer is waited for.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), IndexerError> {
        let wake = Notify::new();
        let work = async {
            tokio::try_join!(
                self.follow(&wake, &shutdown),
                self.copy_statuses(&shutdown),
                self.scrub(&shutdown)
            )
        };
        // In this order, so that a simulated run is always the same.
        tokio::select! {
            biased;
            result = work => match result {
                Ok(_) => Ok(()),
                Err(error) => Err(self.explained(error).await),
            },
            never = self.source.wake_ups(&wake) => match never {},
        }
    }

    async fn follow(&self, wake: &Notify, shutdown: &CancellationToken) -> Result<(), IndexerError> {
        let chain = self.chain(shutdown);
        let mut rounds =
            Rounds::new(chain, self.program, &self.writer, &self.metrics, &*self.time, self.limits);
        let mut outage = Outage::none("indexing");
        let mut announced = true;
        while !shutdown.is_cancelled() {
            match rounds.next(announced).await {
                // A walk that goes well says nothing of what made it necessary.
                Ok(Outcome::More) => announced = true,
                Ok(outcome) => {
                    self.recovered(&mut outage);
                    announced = outcome == Outcome::Applied || self.woken(wake, shutdown).await;
                }
                Err(trouble) => {
                    announced = true;
                    self.wait(trouble, &mut outage, shutdown).await?;
                }
            }
        }
        Ok(())
    }

    /// Waits for something to happen: true if it was a notice.
    async fn woken(&self, wake: &Notify, shutdown: &CancellationToken) -> bool {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => false,
            () = wake.notified() => true,
            () = self.time.sleep(self.poll) => false,
        }
    }

    async fn copy_statuses(&self, shutdown: &CancellationToken) -> Result<(), IndexerError> {
        let Some(content) = &self.content else { return Ok(()) };
        let statuses = ContentStatuses::new(&self.writer, content);
        let mut news = self.writer.store().watch();
        let mut outage = Outage::none("content statuses");
        while !shutdown.is_cancelled() {
            news.mark_unchanged();
            match statuses.take_page().await {
                Ok(behind) => {
                    self.recovered(&mut outage);
                    self.metrics.contents_behind(behind.unwrap_or(0));
                    if behind.is_none() {
                        tokio::select! {
                            () = shutdown.cancelled() => {}
                            _ = news.changed() => {}
                            () = self.time.sleep(STATUSES_POLL) => {}
                        }
                    }
                }
                Err(trouble) => self.wait(trouble, &mut outage, shutdown).await?,
            }
        }
        Ok(())
    }

    async fn scrub(&self, shutdown: &CancellationToken) -> Result<(), IndexerError> {
        let Some(pause) = self.limits.scrub else { return Ok(()) };
        let mut scrubber = Scrubber::new(self.chain(shutdown), self.program, &self.writer, &self.metrics);
        let mut outage = Outage::none("checking the store");
        while shutdown.run_until_cancelled(self.time.sleep(pause)).await.is_some() {
            match scrubber.next().await {
                Ok(_) => self.recovered(&mut outage),
                Err(trouble) => self.wait(trouble, &mut outage, shutdown).await?,
            }
        }
        Ok(())
    }

    /// With what may be behind a contradiction.
    async fn explained(&self, error: IndexerError) -> IndexerError {
        let IndexerError::Store(source @ StoreError::Transition { .. }) = error else { return error };
        match self.writer.store().counts().await {
            Ok(Counts { dead_letters, .. }) if dead_letters > 0 => {
                IndexerError::Undecoded { source, dead_letters }
            }
            _ => IndexerError::Store(source),
        }
    }

    fn chain<'a>(&'a self, shutdown: &'a CancellationToken) -> Chain<'a> {
        Chain { source: &*self.source, shutdown }
    }

    fn recovered(&self, outage: &mut Outage) {
        if outage.over() {
            self.metrics.recovered();
        }
    }

    /// Waits where waiting may help, for as long as nobody wants to stop, and repairs where that may.
    async fn wait(
        &self,
        trouble: Trouble,
        outage: &mut Outage,
        shutdown: &CancellationToken,
    ) -> Result<(), IndexerError> {
        let trouble =
            if trouble.is_damage() { self.repair(trouble, outage, shutdown).await } else { trouble };
        let trouble = trouble.worth_waiting()?;
        if !shutdown.is_cancelled() {
            let delay = outage.failed_with(&trouble, trouble.patience());
            shutdown.run_until_cancelled(self.time.sleep(delay)).await;
        }
        Ok(())
    }

    /// Somebody came upon a damaged row: does not leave it to chance when the scrubber will. What stands in the way of
    /// going on then.
    async fn repair(&self, damage: Trouble, outage: &Outage, shutdown: &CancellationToken) -> Trouble {
        tracing::error!("{damage}; looking for what can be repaired");
        match Scrubber::new(self.chain(shutdown), self.program, &self.writer, &self.metrics).all().await {
            // The first time, somebody else may have been faster.
            Ok(0) if outage.has_begun() => damage,
            Ok(repaired) => Trouble::Repaired(repaired),
            Err(trouble) => trouble,
        }
    }
}
