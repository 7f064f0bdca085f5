//! A chain without forks, all of it final, whose accounts are what a store derived, and a store that has taken it in.

use super::laid_out;
use crate::decode::decode;
use crate::source::{AccountsAt, ChainSource, EncodedTransaction, Page, SignatureInfo, SourceError, Tip};
use crate::tests::encoded::{PROGRAM, created, initialized, published, transaction};
use crate::time::Time;
use async_trait::async_trait;
use chorale_domain::id::{Signature, ThreadId, Wallet};
use chorale_domain::state::{Entities, Entity, EntityKey, Message};
use chorale_store::{Batch, IndexedTransaction, Location, Writer};
use chorale_wire::socket::Commitment;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::Notify;

pub(super) const THREAD: ThreadId = ThreadId(crate::tests::encoded::THREAD);

type Accounts = Vec<(Wallet, Vec<u8>)>;

#[derive(Default)]
struct State {
    /// Oldest first.
    listed: Vec<(SignatureInfo, EncodedTransaction)>,
    accounts: Entities,
    /// Shown by the next answer only.
    once: Option<Entity>,
    slot: u64,
    fails_often: bool,
    questions: u64,
}

/// Cloning gives another handle to the same chain.
#[derive(Clone, Default)]
pub(super) struct Still {
    state: Arc<Mutex<State>>,
}

impl Still {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// A transaction in which the program said this.
    pub(super) fn add(&self, event: &[u8]) -> Signature {
        let n = self.state().listed.len();
        self.insert(n, event, 10 * n as u64 + 10)
    }

    /// The same, in the next slot.
    pub(super) fn add_now(&self, event: &[u8]) -> Signature {
        let n = self.state().listed.len();
        let slot = self.slot() + 1;
        self.insert(n, event, slot)
    }

    /// One that was there all along, in a slot between the first two.
    pub(super) fn insert_second(&self, event: &[u8]) -> Signature {
        self.insert(1, event, 15)
    }

    fn insert(&self, place: usize, event: &[u8], slot: u64) -> Signature {
        let mut state = self.state();
        let n = u8::try_from(state.listed.len()).unwrap();
        let (signature, commitment) = (Signature([n + 1; 64]), Commitment::Finalized);
        let info = SignatureInfo { signature, slot, failed: false, commitment };
        state.listed.insert(place, (info, transaction(slot, &[(PROGRAM, event.to_vec())])));
        state.slot = state.slot.max(slot + 40);
        signature
    }

    /// The transaction at `place` never was.
    pub(super) fn remove(&self, place: usize) -> Signature {
        self.state().listed.remove(place).0.signature
    }

    /// The transaction at `place` said this.
    pub(super) fn replace(&self, place: usize, event: &[u8]) -> Signature {
        let mut state = self.state();
        let (info, encoded) = &mut state.listed[place];
        *encoded = transaction(info.slot, &[(PROGRAM, event.to_vec())]);
        info.signature
    }

    /// Forgets the oldest.
    pub(super) fn forget(&self, oldest: usize) {
        self.state().listed.drain(..oldest);
    }

    /// Nothing is final any more, as it was at first.
    pub(super) fn unsettle(&self) {
        for (info, _) in &mut self.state().listed {
            info.commitment = Commitment::Confirmed;
        }
    }

    pub(super) fn slot_of(&self, place: usize) -> u64 {
        self.state().listed[place].0.slot
    }

    /// The slot of the newest transaction.
    pub(super) fn newest(&self) -> u64 {
        self.state().listed.last().unwrap().0.slot
    }

    /// The slot that is now.
    pub(super) fn slot(&self) -> u64 {
        self.state().slot
    }

    /// How often it was asked something.
    pub(super) fn questions(&self) -> u64 {
        self.state().questions
    }

    /// Slots go by.
    pub(super) fn pass(&self, slots: u64) {
        self.state().slot += slots;
    }

    /// An account is this.
    pub(super) fn set(&self, entity: &Entity) {
        set(&mut self.state().accounts, entity);
    }

    /// The next answer shows this account, those after it do not.
    pub(super) fn set_once(&self, entity: &Entity) {
        self.state().once = Some(entity.clone());
    }

    /// There is no such account.
    pub(super) fn unset(&self, key: EntityKey) {
        self.state().accounts.remove(&key);
    }

    /// Two questions of three get no answer.
    pub(super) fn fail_often(&self) {
        self.state().fails_often = true;
    }

    fn asked(&self) -> Result<MutexGuard<'_, State>, SourceError> {
        let mut state = self.state();
        state.questions += 1;
        if state.fails_often && !state.questions.is_multiple_of(3) {
            return Err(SourceError::Limited { url: self.url().into(), retry_after: None });
        }
        Ok(state)
    }

    fn laid_out(&self, min_slot: u64) -> Result<(u64, Accounts), SourceError> {
        let mut state = self.asked()?;
        if state.slot < min_slot {
            let (url, slot) = (self.url().into(), Some(state.slot));
            return Err(SourceError::Behind { url, slot, wanted: min_slot });
        }
        let mut accounts = state.accounts.clone();
        if let Some(once) = state.once.take() {
            set(&mut accounts, &once);
        }
        Ok((state.slot, laid_out::accounts(&accounts)))
    }
}

fn set(accounts: &mut Entities, entity: &Entity) {
    let key = match entity {
        Entity::Treasury(_) => EntityKey::Treasury,
        Entity::Thread(thread) => EntityKey::Thread(thread.thread),
        Entity::Message(message) => EntityKey::Message(message.thread, message.hash),
        other => panic!("no test sets {other:?}"),
    };
    accounts.insert(key, entity.clone());
}

#[async_trait]
impl ChainSource for Still {
    fn url(&self) -> &str {
        "still://chain"
    }

    async fn tip(&self) -> Result<Tip, SourceError> {
        let slot = self.asked()?.slot;
        Ok(Tip { confirmed: slot, finalized: slot })
    }

    async fn block_time(&self, _slot: u64) -> Result<Option<i64>, SourceError> {
        Ok(None)
    }

    async fn signatures(&self, page: &Page) -> Result<Vec<SignatureInfo>, SourceError> {
        let state = self.asked()?;
        let newest_first = state.listed.iter().rev().map(|(info, _)| *info);
        let before = page.before.is_some();
        let mut after =
            newest_first.skip_while(|info| page.before.is_some_and(|before| before != info.signature));
        if before {
            after.next();
        }
        Ok(after.take_while(|info| Some(info.signature) != page.until).take(page.limit.min(3)).collect())
    }

    async fn transaction(&self, signature: Signature) -> Result<Option<EncodedTransaction>, SourceError> {
        let state = self.asked()?;
        let found = state.listed.iter().find(|(info, _)| info.signature == signature);
        Ok(found.map(|(_, transaction)| transaction.clone()))
    }

    async fn accounts(&self, addresses: &[Wallet], min_slot: u64) -> Result<AccountsAt, SourceError> {
        let (slot, all) = self.laid_out(min_slot)?;
        let find = |address: &Wallet| all.iter().find(|(at, _)| at == address).map(|(_, data)| data.clone());
        Ok(AccountsAt { slot, accounts: addresses.iter().map(find).collect() })
    }

    async fn program_accounts(&self, min_slot: u64) -> Result<(u64, Vec<(Wallet, Vec<u8>)>), SourceError> {
        self.laid_out(min_slot)
    }

    async fn wake_ups(&self, _: &Notify) -> Infallible {
        std::future::pending().await
    }
}

/// Time in which every wait is over at once, and takes the chain some slots.
pub(super) struct Patient {
    chain: Still,
}

impl Patient {
    pub(super) fn new(chain: &Still) -> Self {
        Self { chain: chain.clone() }
    }
}

#[async_trait]
impl Time for Patient {
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn unix(&self) -> i64 {
        0
    }

    async fn sleep(&self, _: Duration) {
        self.chain.pass(10);
        tokio::task::yield_now().await;
    }
}

/// A chain, and a store that has it.
pub(super) struct Site {
    pub chain: Still,
    pub writer: Writer,
    _folder: TempDir,
}

impl Site {
    /// A deployment with one thread and `messages` messages.
    pub(super) async fn with_messages(messages: u8) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::from(folder.path().join("store.db"));
        let writer = Writer::open(&location, Arc::new(|| 0)).await.unwrap();
        let site = Self { chain: Still::default(), writer, _folder: folder };
        site.take(&initialized()).await;
        site.take(&created()).await;
        for n in 0..messages {
            site.publish(n).await;
        }
        site
    }

    /// Message `n` of the thread.
    pub(super) async fn publish(&self, n: u8) {
        self.take(&published([n + 1; 32], u64::from(n))).await;
        // What the accounts are, a stopped store does not tell.
        if self.writer.store().stopped().await.unwrap().is_empty() {
            return;
        }
        let Some(Entity::Thread(mut thread)) = self.entity(EntityKey::Thread(THREAD)).await else {
            panic!("none")
        };
        thread.content_log.count += 1;
        self.chain.set(&Entity::Thread(thread));
    }

    /// A transaction that the chain has, and the store.
    async fn take(&self, event: &[u8]) {
        let signature = self.chain.add(event);
        self.index(signature, event).await;
        let entities = self.writer.store().state(None, 1000).await.unwrap();
        self.chain.state().accounts = entities.into_iter().map(|found| (found.key, found.entity)).collect();
    }

    /// The store takes in the newest transaction of the chain.
    pub(super) async fn index(&self, signature: Signature, event: &[u8]) {
        let slot = self.chain.newest();
        let encoded = transaction(slot, &[(PROGRAM, event.to_vec())]);
        let decoded = decode(PROGRAM, signature, &encoded).unwrap();
        let transaction = IndexedTransaction { commitment: Commitment::Finalized, ..decoded };
        self.writer.apply(Batch { transactions: vec![transaction] }).await.unwrap();
    }

    pub(super) async fn entity(&self, key: EntityKey) -> Option<Entity> {
        self.writer.store().entity(&key).await.unwrap().map(|found| found.entity)
    }

    pub(super) async fn message(&self, n: u64) -> Message {
        let mut found = self.writer.store().messages(THREAD, n.checked_sub(1), 1).await.unwrap();
        found.remove(0)
    }
}
