//! Where transactions and accounts come from.

use async_trait::async_trait;
use chorale_domain::id::{Signature, Wallet};
use chorale_wire::socket::Commitment;
use solana_transaction_status_client_types::EncodedConfirmedTransactionWithStatusMeta;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::Notify;

/// A transaction as the node encodes it, in the `json` encoding.
pub type EncodedTransaction = EncodedConfirmedTransactionWithStatusMeta;

/// A transaction that mentions the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SignatureInfo {
    /// Names it.
    pub signature: Signature,
    /// Its slot.
    pub slot: u64,
    /// Whether it failed: then it did nothing, and need not be fetched.
    pub failed: bool,
    /// Confirmed or finalized; a source lists nothing else.
    pub commitment: Commitment,
}

/// How many accounts a node gives in one answer.
pub const MAX_ACCOUNTS: usize = 100;

/// The longest that a node is left alone because it says so: some send a date or a day.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Which part of the list of transactions to give.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Page {
    /// Only those before this one; `None` from the newest on.
    pub before: Option<Signature>,
    /// Only those after this one; `None` to the first.
    pub until: Option<Signature>,
    /// At most so many; a node gives 1,000 at most.
    pub limit: usize,
    /// The slot that the node must have reached to answer.
    pub min_slot: u64,
}

/// How far a node is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tip {
    /// The newest slot that a supermajority voted on.
    pub confirmed: u64,
    /// The newest slot that cannot be undone; never above `confirmed`.
    pub finalized: u64,
}

/// Accounts as they were at one slot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountsAt {
    /// The slot, confirmed.
    pub slot: u64,
    /// Their data in the order they were asked for, `None` where there is no account.
    pub accounts: Vec<Option<Vec<u8>>>,
}

/// Why a source gave no answer, or none that can be used. Asking again may help.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SourceError {
    /// The node does not answer, or answers with an error.
    #[error("{url} gives no answer: {reason}")]
    NoAnswer {
        /// Where it was asked.
        url: String,
        /// What happened, in words.
        reason: String,
    },
    /// The node lists the transaction, but does not give it out yet.
    #[error("{url} lists transaction {signature}, but does not have it yet")]
    NotYet {
        /// Where it was asked.
        url: String,
        /// Which.
        signature: Signature,
    },
    /// The node's list does not reach back to the last transaction in the store.
    #[error(
        "{url} does not know transaction {cursor}, the last one in the store: it is behind, has forgotten it, or follows another chain; use a node with the full history, or a new store"
    )]
    Gap {
        /// Where it was asked.
        url: String,
        /// The transaction it does not know.
        cursor: Signature,
    },
    /// The node has not reached a slot that is known to exist.
    #[error("{url} {}, but slot {wanted} is needed: it is behind, or follows another chain", at(*.slot))]
    Behind {
        /// Where it was asked.
        url: String,
        /// How far it is, where it says so.
        slot: Option<u64>,
        /// How far it must be.
        wanted: u64,
    },
    /// The node's list does not begin with the program's set-up.
    #[error(
        "{url} has forgotten old history: its list of transactions does not begin with the program's set-up; use a node with the full history"
    )]
    Forgotten {
        /// Where it was asked.
        url: String,
    },
    /// The node wants to be asked less often.
    #[error("{url} limits how often it may be asked{}", pause(*.retry_after))]
    Limited {
        /// Where it was asked.
        url: String,
        /// How long to leave it alone, where it says so.
        retry_after: Option<Duration>,
    },
}

impl SourceError {
    /// How long to leave the node alone at least; never longer than a minute, whatever it says.
    pub(crate) fn pause(&self) -> Duration {
        match self {
            Self::Limited { retry_after, .. } => retry_after.unwrap_or_default().min(LONGEST_PAUSE),
            _ => Duration::ZERO,
        }
    }
}

fn at(slot: Option<u64>) -> String {
    slot.map_or_else(|| "is not far enough".into(), |slot| format!("is at slot {slot}"))
}

fn pause(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |pause| format!("; ask again in {pause:?}"))
}

/// A chain, as far as the indexer needs to see it: what is confirmed of the program.
#[async_trait]
pub trait ChainSource: Send + Sync {
    /// Where it is, for people.
    fn url(&self) -> &str;

    /// How far it is. Both slots are read at about the same time, `finalized` first.
    ///
    /// # Errors
    /// [`SourceError`].
    async fn tip(&self) -> Result<Tip, SourceError>;

    /// The time of a slot's block, Unix seconds; `None` where the source does not tell. Nothing but a number for people
    /// depends on it.
    ///
    /// # Errors
    /// [`SourceError`].
    async fn block_time(&self, slot: u64) -> Result<Option<i64>, SourceError>;

    /// Transactions, newest first. A page that is shorter than its limit, or empty, does not tell that there is
    /// nothing more: a node that does not know where to begin gives such pages, and ones of the open slot are
    /// left out.
    ///
    /// # Errors
    /// [`SourceError::Behind`] if it has not reached `min_slot`; any other [`SourceError`].
    async fn signatures(&self, page: &Page) -> Result<Vec<SignatureInfo>, SourceError>;

    /// One transaction, `None` if the source does not have it (yet).
    ///
    /// # Errors
    /// [`SourceError`].
    async fn transaction(&self, signature: Signature) -> Result<Option<EncodedTransaction>, SourceError>;

    /// The data of at most [`MAX_ACCOUNTS`] accounts, all as of one slot, which is `min_slot` or later.
    ///
    /// # Errors
    /// [`SourceError::Behind`] if it has not reached `min_slot`; any other [`SourceError`].
    async fn accounts(&self, addresses: &[Wallet], min_slot: u64) -> Result<AccountsAt, SourceError>;

    /// The data of all accounts of the program, and the slot as of which they are: `min_slot` or later.
    ///
    /// # Errors
    /// [`SourceError::Behind`] if it has not reached `min_slot`; any other [`SourceError`].
    async fn program_accounts(&self, min_slot: u64) -> Result<(u64, Vec<(Wallet, Vec<u8>)>), SourceError>;

    /// Notifies `wake` whenever there may be something new, until it is dropped. Nothing depends on it but
    /// how soon the indexer looks.
    async fn wake_ups(&self, wake: &Notify) -> Infallible;

    /// Says that a look at the list, which no notice had asked for, found transactions that were new: of a connection
    /// that is open but silent this is the only sign. Promotions to finalized are not new: no notice tells of them.
    fn unannounced(&self) {}
}
