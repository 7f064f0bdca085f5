//! A chain in memory: stands in for the network, and fails as a test tells it to.

use super::encoded::{PROGRAM, created, failed, initialized, published, transaction};
use crate::source::{AccountsAt, ChainSource, EncodedTransaction, Page, SignatureInfo, SourceError, Tip};
use async_trait::async_trait;
use chorale_domain::id::{Signature, Wallet};
use chorale_wire::socket::Commitment;
use std::collections::{HashMap, HashSet, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::Notify;

type Change = Box<dyn FnOnce(&Scripted) + Send>;

#[derive(Default)]
struct State {
    listed: Vec<SignatureInfo>,
    transactions: HashMap<Signature, EncodedTransaction>,
    made: usize,
    withheld: HashSet<Signature>,
    is_down: bool,
    page: Option<usize>,
    finality: Option<u64>,
    pages: usize,
    changes: VecDeque<(usize, Change)>,
    fetched: Vec<Signature>,
    unannounced: usize,
    hidden: usize,
    accounts_limited: bool,
    account_questions: usize,
    block_time: Option<i64>,
}

/// Cloning gives another handle to the same chain.
#[derive(Clone, Default)]
pub(super) struct Scripted {
    state: Arc<Mutex<State>>,
    notice: Arc<Notify>,
}

impl Scripted {
    /// A deployment with one thread and `messages` messages, one transaction each, two transactions a slot. Nothing of
    /// it is final.
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
        let calls: Vec<_> = events.iter().map(|data| (PROGRAM, data.clone())).collect();
        self.list(false, |slot| transaction(slot, &calls))
    }

    /// A failed transaction.
    pub(super) fn add_failed(&self) {
        self.list(true, failed);
    }

    fn list(&self, failed: bool, encoded: impl Fn(u64) -> EncodedTransaction) -> Signature {
        let mut state = self.state();
        let n = state.made;
        state.made += 1;
        let mut signature = [7; 64];
        // The signature's order has nothing to do with the chain's.
        signature[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
        let (signature, slot, commitment) = (Signature(signature), 100 + n as u64 / 2, Commitment::Confirmed);
        state.listed.push(SignatureInfo { signature, slot, failed, commitment });
        state.transactions.insert(signature, encoded(slot));
        signature
    }

    /// A fork drops the newest transactions: they are not there any more.
    pub(super) fn drop_newest(&self, transactions: usize) -> Vec<SignatureInfo> {
        let mut state = self.state();
        let left = state.listed.len() - transactions;
        // The other fork has slots of its own.
        state.made += 2;
        state.listed.split_off(left)
    }

    /// A transaction that a fork dropped is in another slot, the newest.
    pub(super) fn land_again(&self, dropped: SignatureInfo) {
        let mut state = self.state();
        let slot = 100 + state.made as u64 / 2;
        state.made += 1;
        state.listed.push(SignatureInfo { slot, ..dropped });
        if let Some(transaction) = state.transactions.get_mut(&dropped.signature) {
            transaction.slot = slot;
        }
    }

    /// Lists two transactions of one slot the other way round.
    pub(super) fn swap(&self, one: usize, other: usize) {
        let mut state = self.state();
        assert_eq!(state.listed[one].slot, state.listed[other].slot);
        state.listed.swap(one, other);
    }

    /// Its blocks are of this time, by Unix seconds.
    pub(super) fn set_block_time(&self, time: i64) {
        self.state().block_time = Some(time);
    }

    /// Wants to be asked for accounts less often.
    pub(super) fn limit_accounts(&self) {
        self.state().accounts_limited = true;
    }

    /// How often it was asked for accounts.
    pub(super) fn account_questions(&self) -> usize {
        self.state().account_questions
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

    /// Lists all but the newest `n`, which it gives out all the same.
    pub(super) fn hide_newest(&self, n: usize) {
        self.state().hidden = n;
    }

    /// Gives pages of at most `page` signatures, whatever it is asked for.
    pub(super) fn limit_pages(&self, page: usize) {
        self.state().page = Some(page);
    }

    /// Everything is final that is so many slots before the newest transaction.
    pub(super) fn finalize(&self, slots: u64) {
        self.state().finality = Some(slots);
    }

    /// Does something once it has given `pages` pages from now on.
    pub(super) fn after_pages(&self, pages: usize, change: impl FnOnce(&Self) + Send + 'static) {
        let mut state = self.state();
        let pages = state.pages + pages;
        state.changes.push_back((pages, Box::new(change)));
    }

    /// Forgets the oldest `n` transactions.
    pub(super) fn forget(&self, n: usize) {
        self.state().listed.drain(..n);
    }

    /// Signatures oldest first.
    pub(super) fn signatures(&self) -> Vec<Signature> {
        self.state().listed.iter().map(|info| info.signature).collect()
    }

    /// How many pages it gave.
    pub(super) fn pages(&self) -> usize {
        self.state().pages
    }

    /// What was asked for, in that order.
    pub(super) fn fetched(&self) -> Vec<Signature> {
        self.state().fetched.clone()
    }

    /// How often something was found that no notice had told of.
    pub(super) fn unannounced_finds(&self) -> usize {
        self.state().unannounced
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

    fn change(&self) {
        let mut state = self.state();
        state.pages += 1;
        let pages = state.pages;
        let Some((_, change)) = state.changes.pop_front_if(|(due, _)| *due <= pages) else { return };
        drop(state);
        change(self);
    }
}

impl State {
    fn tip(&self) -> Tip {
        let confirmed = self.listed.last().map_or(100, |newest| newest.slot);
        let finalized = self.finality.map_or(0, |slots| confirmed.saturating_sub(slots));
        Tip { confirmed, finalized }
    }

    /// Like the real ones: an unknown `before` gives nothing, an unknown `until` everything.
    fn page(&self, page: &Page) -> Vec<SignatureInfo> {
        let place = |wanted: Signature| self.listed.iter().position(|info| info.signature == wanted);
        let newest = self.listed.len() - self.hidden;
        let end = page.before.map_or(Some(newest), place).unwrap_or(0);
        let start = page.until.and_then(place).map_or(0, |place| place + 1).min(end);
        let limit = page.limit.min(self.page.unwrap_or(usize::MAX));
        let finalized = self.tip().finalized;
        let found =
            self.listed[start..end].iter().rev().take(limit).map(|info| match info.slot <= finalized {
                true => SignatureInfo { commitment: Commitment::Finalized, ..*info },
                false => *info,
            });
        found.collect()
    }
}

#[async_trait]
impl ChainSource for Scripted {
    fn url(&self) -> &str {
        "scripted://chain"
    }

    async fn tip(&self) -> Result<Tip, SourceError> {
        Ok(self.up()?.tip())
    }

    async fn block_time(&self, _slot: u64) -> Result<Option<i64>, SourceError> {
        Ok(self.up()?.block_time)
    }

    async fn signatures(&self, page: &Page) -> Result<Vec<SignatureInfo>, SourceError> {
        let found = {
            let state = self.up()?;
            let (wanted, confirmed) = (page.min_slot, state.tip().confirmed);
            if confirmed < wanted {
                return Err(SourceError::Behind { url: self.url().into(), slot: Some(confirmed), wanted });
            }
            state.page(page)
        };
        self.change();
        Ok(found)
    }

    async fn transaction(&self, signature: Signature) -> Result<Option<EncodedTransaction>, SourceError> {
        let mut state = self.up()?;
        state.fetched.push(signature);
        let given = !state.withheld.contains(&signature);
        let is_there = state.listed.iter().any(|info| info.signature == signature);
        Ok(state.transactions.get(&signature).filter(|_| given && is_there).cloned())
    }

    /// Accounts of a program that is newer than this build: nothing is compared with them.
    async fn accounts(&self, addresses: &[Wallet], _min_slot: u64) -> Result<AccountsAt, SourceError> {
        let mut state = self.up()?;
        state.account_questions += 1;
        if state.accounts_limited {
            let retry_after = Some(Duration::from_secs(86_400));
            return Err(SourceError::Limited { url: self.url().into(), retry_after });
        }
        let slot = state.tip().confirmed;
        Ok(AccountsAt { slot, accounts: vec![Some(vec![0; 8]); addresses.len()] })
    }

    async fn program_accounts(&self, _min_slot: u64) -> Result<(u64, Vec<(Wallet, Vec<u8>)>), SourceError> {
        Ok((self.up()?.tip().confirmed, vec![]))
    }

    async fn wake_ups(&self, wake: &Notify) -> Infallible {
        loop {
            self.notice.notified().await;
            wake.notify_one();
        }
    }

    fn unannounced(&self) {
        self.state().unannounced += 1;
    }
}
