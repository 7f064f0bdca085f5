//! A chain in memory: stands in for the network, and fails as a test tells it to.

use super::encoded::{PROGRAM, created, initialized, published, transaction};
use crate::source::{ChainSource, EncodedTransaction, SignatureInfo, SourceError};
use async_trait::async_trait;
use chorale_domain::id::Signature;
use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::Notify;

#[derive(Default)]
struct State {
    listed: Vec<SignatureInfo>,
    transactions: HashMap<Signature, EncodedTransaction>,
    withheld: HashSet<Signature>,
    is_down: bool,
    page: Option<usize>,
    fetched: usize,
}

/// Cloning gives another handle to the same chain.
#[derive(Clone, Default)]
pub(super) struct Scripted {
    state: Arc<Mutex<State>>,
    notice: Arc<Notify>,
}

impl Scripted {
    /// A deployment with one thread and `messages` messages, one transaction each, two transactions a slot.
    pub(super) fn with_messages(messages: u8) -> Self {
        let chain = Self::default();
        chain.add(&[initialized()]);
        chain.add(&[created()]);
        (0..messages).for_each(|n| chain.publish(n));
        chain
    }

    /// Message `n` of the thread.
    pub(super) fn publish(&self, n: u8) {
        self.add(&[published([n + 1; 32], u64::from(n))]);
    }

    /// A transaction in which the program said these things.
    pub(super) fn add(&self, events: &[Vec<u8>]) -> Signature {
        let info = self.list(false);
        let calls: Vec<_> = events.iter().map(|data| (PROGRAM, data.clone())).collect();
        self.state().transactions.insert(info.signature, transaction(info.slot, &calls));
        info.signature
    }

    /// A failed transaction; asking for it would give nothing.
    pub(super) fn add_failed(&self) {
        self.list(true);
    }

    fn list(&self, failed: bool) -> SignatureInfo {
        let mut state = self.state();
        let n = state.listed.len();
        let mut signature = [7; 64];
        // The signature's order has nothing to do with the chain's.
        signature[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
        let info = SignatureInfo { signature: Signature(signature), slot: 100 + n as u64 / 2, failed };
        state.listed.push(info);
        info
    }

    /// Lists a transaction, but does not give it out.
    pub(super) fn withhold(&self, signature: Signature) {
        self.state().withheld.insert(signature);
    }

    pub(super) fn give_out_everything(&self) {
        self.state().withheld.clear();
    }

    pub(super) fn set_down(&self, is_down: bool) {
        self.state().is_down = is_down;
    }

    /// Gives pages of at most `page` signatures, whatever it is asked for.
    pub(super) fn limit_pages(&self, page: usize) {
        self.state().page = Some(page);
    }

    /// Forgets the oldest `n` transactions.
    pub(super) fn forget(&self, n: usize) {
        self.state().listed.drain(..n);
    }

    /// Signatures oldest first.
    pub(super) fn signatures(&self) -> Vec<Signature> {
        self.state().listed.iter().map(|info| info.signature).collect()
    }

    /// How often a transaction was asked for.
    pub(super) fn fetched(&self) -> usize {
        self.state().fetched
    }

    /// Sends a notice.
    pub(super) fn notify(&self) {
        self.notice.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn up(&self) -> Result<MutexGuard<'_, State>, SourceError> {
        let state = self.state();
        if state.is_down {
            return Err(SourceError::NoAnswer { url: self.url().into(), reason: "it is down".into() });
        }
        Ok(state)
    }
}

#[async_trait]
impl ChainSource for Scripted {
    fn url(&self) -> &str {
        "scripted://chain"
    }

    async fn signatures(
        &self,
        before: Option<Signature>,
        until: Option<Signature>,
        limit: usize,
    ) -> Result<Vec<SignatureInfo>, SourceError> {
        let state = self.up()?;
        let place = |wanted: Signature| state.listed.iter().position(|info| info.signature == wanted);
        // Like the real ones: an unknown `before` gives nothing, an unknown `until` everything.
        let end = before.map_or(Some(state.listed.len()), place).unwrap_or(0);
        let start = until.and_then(place).map_or(0, |place| place + 1).min(end);
        let limit = limit.min(state.page.unwrap_or(usize::MAX));
        Ok(state.listed[start..end].iter().rev().take(limit).copied().collect())
    }

    async fn transaction(&self, signature: Signature) -> Result<Option<EncodedTransaction>, SourceError> {
        let mut state = self.up()?;
        state.fetched += 1;
        let given = !state.withheld.contains(&signature);
        Ok(state.transactions.get(&signature).filter(|_| given).cloned())
    }

    async fn wake_ups(&self, wake: &Notify) -> Infallible {
        loop {
            self.notice.notified().await;
            wake.notify_one();
        }
    }
}
