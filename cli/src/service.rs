//! A part that runs until it is told to stop.

use anyhow::{Context, Result, anyhow};
use std::future::Future;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A running part. Dropping it tells it to stop, without waiting.
pub(crate) struct Service {
    name: &'static str,
    stop: CancellationToken,
    task: JoinHandle<Result<()>>,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Service {
    /// Runs what `part` makes of a token that tells it to stop.
    pub(crate) fn start<E, F>(name: &'static str, part: impl FnOnce(CancellationToken) -> F) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let running = part(stop.clone());
        let task = tokio::spawn(async move { running.await.with_context(|| format!("the {name} failed")) });
        Self { name, stop, task }
    }

    /// Tells it to stop and waits until it has.
    pub(crate) async fn stop(mut self) -> Result<()> {
        self.stop.cancel();
        self.joined().await
    }

    /// Waits until it ends by itself, which it should not: always an error.
    pub(crate) async fn ended(&mut self) -> anyhow::Error {
        match self.joined().await {
            Ok(()) => anyhow!("the {} ended without being told to", self.name),
            Err(error) => error,
        }
    }

    async fn joined(&mut self) -> Result<()> {
        let ended = (&mut self.task).await;
        ended.with_context(|| format!("the {} panicked", self.name))?
    }
}
