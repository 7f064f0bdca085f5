//! Notices of a node that there is something new.
//!
//! A connection can be open and yet give nothing: the node forgot the subscription, or something in between dropped
//! the connection without telling. An idle program looks the same, so silence alone means nothing; but silence while
//! polls find new transactions does.

use crate::outage::Outage;
use crate::time::Time;
use chorale_domain::id::Wallet;
use chorale_wire::endpoint::{cause, public};
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use solana_client::nonblocking::pubsub_client::{PubsubClient, PubsubClientError};
use solana_client::rpc_config::{RpcTransactionLogsConfig, RpcTransactionLogsFilter};
use solana_client::rpc_response::{Response, RpcLogsResponse};
use solana_commitment_config::CommitmentConfig;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// From the first packet to the answer to the subscription.
pub(crate) const CONNECT: Duration = Duration::from_secs(10);
/// A connection that lives so long is one, even if nothing comes over it. Some accept connections only to close them.
pub(crate) const STEADY: Duration = Duration::from_secs(5);
/// So many looks in a row that found something unannounced, and the connection is taken for dead. One is no sign: a
/// look can be quicker than the notice.
const SILENT_AFTER: u32 = 3;

type Stream<'a> = BoxStream<'a, Response<RpcLogsResponse>>;
/// Notices, and how to end them.
type Subscription<'a> = (Stream<'a>, Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>);

/// A subscription to the logs of transactions that mention the program.
pub(crate) struct Notices {
    url: String,
    program: Wallet,
    time: Arc<dyn Time>,
    /// Looks that found something unannounced, since the last notice.
    missed: AtomicU32,
    missed_more: Notify,
}

/// How a connection ended.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("{0}")]
    Failed(#[from] PubsubClientError),
    #[error("no answer within {CONNECT:?}")]
    NoAnswer,
    #[error("the connection ended")]
    Ended,
    #[error("the connection is open, but new transactions come without notices")]
    Silent,
}

impl Notices {
    pub(crate) fn new(url: String, program: Wallet, time: Arc<dyn Time>) -> Self {
        Self { url, program, time, missed: AtomicU32::new(0), missed_more: Notify::new() }
    }

    /// A look that no notice asked for found something new.
    pub(crate) fn unannounced(&self) {
        self.missed.fetch_add(1, Ordering::Relaxed);
        self.missed_more.notify_one();
    }

    /// Wakes with every notice, and whenever notices begin: some may have been missed. Connects again, later
    /// and later, for as long as it runs.
    pub(crate) async fn wake_ups(&self, wake: &Notify) -> Infallible {
        let mut outage = Outage::none("notices");
        let mut was_silent = false;
        loop {
            let lost = match self.connection(wake, &mut outage, was_silent).await {
                Ok(never) => match never {},
                Err(lost) => lost,
            };
            was_silent = matches!(lost, Lost::Silent);
            let delay = outage.failed(&format_args!("{}: {}", public(&self.url), cause(&self.url, &lost)));
            self.time.sleep(delay).await;
        }
    }

    /// Wakes as long as the connection is good. Being connected says little, and nothing after a silent connection: the
    /// outage is over with the first notice, or once the connection has shown that it lasts.
    async fn connection(
        &self,
        wake: &Notify,
        outage: &mut Outage,
        was_silent: bool,
    ) -> Result<Infallible, Lost> {
        let client = self.in_time(PubsubClient::new(self.url.as_str())).await?;
        let (mut notices, _unsubscribe) = self.in_time(self.subscribe(&client)).await?;
        self.wake(wake);
        if !was_silent {
            tokio::select! {
                notice = self.next(&mut notices) => notice.map(|()| self.wake(wake))?,
                () = self.time.sleep(STEADY) => {}
            }
            outage.over();
        }
        loop {
            self.next(&mut notices).await?;
            outage.over();
            self.wake(wake);
        }
    }

    fn wake(&self, wake: &Notify) {
        self.missed.store(0, Ordering::Relaxed);
        wake.notify_one();
    }

    async fn subscribe<'a>(&self, client: &'a PubsubClient) -> Result<Subscription<'a>, PubsubClientError> {
        let filter = RpcTransactionLogsFilter::Mentions(vec![self.program.to_string()]);
        let config = RpcTransactionLogsConfig { commitment: Some(CommitmentConfig::confirmed()) };
        client.logs_subscribe(filter, config).await
    }

    /// The client has no limits of its own.
    async fn in_time<T>(&self, step: impl Future<Output = Result<T, PubsubClientError>>) -> Result<T, Lost> {
        tokio::select! {
            done = step => Ok(done?),
            () = self.time.sleep(CONNECT) => Err(Lost::NoAnswer),
        }
    }

    async fn next(&self, notices: &mut Stream<'_>) -> Result<(), Lost> {
        tokio::select! {
            notice = notices.next() => notice.map(|_| ()).ok_or(Lost::Ended),
            () = self.silence() => Err(Lost::Silent),
        }
    }

    /// Returns once too many looks found something unannounced.
    async fn silence(&self) {
        while self.missed.load(Ordering::Relaxed) < SILENT_AFTER {
            self.missed_more.notified().await;
        }
    }
}
