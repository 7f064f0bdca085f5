//! Asking until there is an answer.

use crate::source::{AccountsAt, ChainSource, EncodedTransaction, Page, SignatureInfo, SourceError, Tip};
use crate::time::Time;
use async_trait::async_trait;
use chorale_domain::id::{Signature, Wallet};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::Notify;

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(5);

/// A source that is asked again and again where asking again may help.
pub(super) struct Patient<'a> {
    pub source: &'a dyn ChainSource,
    pub time: &'a dyn Time,
}

/// Asks again and again, later and later, as long as asking again may help.
///
/// # Errors
/// [`SourceError::Gap`] and [`SourceError::Forgotten`]: the node lacks history.
pub(super) async fn patiently<T, A>(time: &dyn Time, mut ask: impl FnMut() -> A) -> Result<T, SourceError>
where
    A: Future<Output = Result<T, SourceError>>,
{
    let mut delay = FIRST;
    loop {
        let error = match ask().await {
            Err(error @ (SourceError::Gap { .. } | SourceError::Forgotten { .. })) => return Err(error),
            Err(error) => error,
            answer => return answer,
        };
        if delay == FIRST {
            tracing::warn!("{error}; trying again until it is back");
        }
        time.sleep(delay.max(error.pause())).await;
        delay = (delay * 2).min(LONGEST);
    }
}

#[async_trait]
impl ChainSource for Patient<'_> {
    fn url(&self) -> &str {
        self.source.url()
    }

    async fn tip(&self) -> Result<Tip, SourceError> {
        patiently(self.time, || self.source.tip()).await
    }

    async fn block_time(&self, slot: u64) -> Result<Option<i64>, SourceError> {
        patiently(self.time, || self.source.block_time(slot)).await
    }

    async fn signatures(&self, page: &Page) -> Result<Vec<SignatureInfo>, SourceError> {
        patiently(self.time, || self.source.signatures(page)).await
    }

    async fn transaction(&self, signature: Signature) -> Result<Option<EncodedTransaction>, SourceError> {
        patiently(self.time, || self.source.transaction(signature)).await
    }

    async fn accounts(&self, addresses: &[Wallet], min_slot: u64) -> Result<AccountsAt, SourceError> {
        patiently(self.time, || self.source.accounts(addresses, min_slot)).await
    }

    async fn program_accounts(&self, min_slot: u64) -> Result<(u64, Vec<(Wallet, Vec<u8>)>), SourceError> {
        patiently(self.time, || self.source.program_accounts(min_slot)).await
    }

    async fn wake_ups(&self, wake: &Notify) -> Infallible {
        self.source.wake_ups(wake).await
    }
}
