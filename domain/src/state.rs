//! The state followers keep: one entity per thing the chain decides about.

mod difference;
mod key;

use crate::content::ContentHash;
use crate::content_log::{ContentLog, MAX_PEAKS};
use crate::id::{Amount, Hash32, ThreadId, Wallet, sha256};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use difference::{FieldDifference, difference, optional_difference};
pub use key::{EntityKey, ParseKeyError};

/// Seats of a thread: the most co-authors it can have.
pub const MAX_CO_AUTHORS: u32 = 32;

/// State roots that are kept.
pub const MAX_ROOTS: usize = 32;

/// Entities by key: what a follower holds of the state, or the part of it an event touches.
pub type Entities = BTreeMap<EntityKey, Entity>;

/// One entity's state.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "entity_type", rename_all = "snake_case")]
pub enum Entity {
    /// See [`Config`].
    Config(Config),
    /// See [`Treasury`].
    Treasury(Treasury),
    /// See [`Roots`].
    Roots(Roots),
    /// See [`Thread`].
    Thread(Thread),
    /// See [`Member`].
    Member(Member),
    /// See [`Proposal`].
    Proposal(Proposal),
    /// See [`Message`].
    Message(Message),
}

impl Entity {
    /// RFC 8785 canonical JSON: what is stored and what the checksum is over.
    ///
    /// # Panics
    /// Never: every field has a JSON form without floating point numbers.
    #[must_use]
    pub fn canonical_json(&self) -> String {
        serde_jcs::to_string(self).expect("entities have only text, integers and lists")
    }

    /// SHA-256 of [`canonical_json`](Self::canonical_json).
    #[must_use]
    pub fn checksum(&self) -> Hash32 {
        Hash32(sha256(&[self.canonical_json().as_bytes()]))
    }
}

/// The deployment's configuration.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Config {
    /// May change the configuration.
    pub authority: Wallet,
    /// Invited to take the authority over.
    pub pending_authority: Option<Wallet>,
    /// May post state roots.
    pub anchor_authority: Wallet,
    /// The deployment's token.
    pub mint: Wallet,
    /// The program that owns the mint.
    pub token_program: Wallet,
    /// Decimal places of the token.
    pub decimals: u8,
    /// The least stake of a proposal.
    pub min_stake: Amount,
    /// Seconds a proposal stays open.
    pub proposal_ttl: i64,
    /// Seconds from joining before a co-author may leave.
    pub divest_cooldown: i64,
    /// What a thread keeps when a co-author leaves.
    pub min_thread_balance: Amount,
    /// Whether new threads, messages and proposals are stopped.
    pub paused: bool,
}

/// The system's reserve.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Treasury {
    /// Base units held.
    pub balance: Amount,
}

/// The root of the whole state as of a slot, as posted on the chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnchoredRoot {
    /// The slot it is the root of.
    pub slot: u64,
    /// The root.
    pub root: Hash32,
    /// When it was posted.
    pub anchored_at: i64,
}

/// The state roots that were posted last.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Roots {
    /// Oldest first, at most [`MAX_ROOTS`]; slots grow.
    pub roots: Vec<AnchoredRoot>,
}

/// Whether a thread takes part.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ThreadStatus {
    /// Takes messages, proposals and votes.
    Active,
    /// Its last co-author left or ended it: read only.
    Archived,
}

/// A body of writing with owners; its co-authors are its [`Member`]s.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Thread {
    /// The thread.
    pub thread: ThreadId,
    /// Its first co-author.
    pub creator: Wallet,
    /// Share of co-authors that must approve, in basis points.
    pub approval_bps: u16,
    /// Active or archived.
    pub status: ThreadStatus,
    /// Co-authors now.
    pub co_authors: u32,
    /// The number the next new member gets.
    pub next_member: u32,
    /// Tokens the thread owns.
    pub token_balance: Amount,
    /// Stakes of its open proposals.
    pub escrow: Amount,
    /// Proposals not yet decided.
    pub open_proposals: u32,
    /// Its content log.
    pub content_log: LogState,
    /// When it began.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
}

/// A content log as followers write it: what the account holds, and the root that follows from it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogState {
    /// Messages in the log.
    pub count: u64,
    /// Subtree roots, largest first.
    pub peaks: Vec<Hash32>,
    /// The root of the whole tree.
    pub root: Hash32,
}

impl From<&ContentLog> for LogState {
    fn from(log: &ContentLog) -> Self {
        let peaks = log.peaks().iter().copied().map(Hash32).collect();
        Self { count: log.count(), peaks, root: log.root() }
    }
}

impl From<&LogState> for ContentLog {
    fn from(state: &LogState) -> Self {
        let mut peaks = [[0; 32]; MAX_PEAKS];
        for (slot, peak) in peaks.iter_mut().zip(&state.peaks) {
            *slot = peak.0;
        }
        Self::from_parts(state.count, peaks)
    }
}

/// A co-author of a thread.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    /// The thread.
    pub thread: ThreadId,
    /// Never given to anyone else in this thread.
    pub number: u32,
    /// Who.
    pub wallet: Wallet,
    /// Since when.
    pub joined_at: i64,
    /// What can be claimed.
    pub claimable: Amount,
    /// Whether this member is a co-author now.
    pub current: bool,
}

/// Where a proposal stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProposalStatus {
    /// Co-authors may vote.
    Pending,
    /// In the content log.
    Approved,
    /// Voted down.
    Rejected,
    /// Nobody decided in time.
    Expired,
    /// Taken back by its author.
    Cancelled,
}

/// A vote on a proposal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Vote {
    /// Who voted.
    pub voter: Wallet,
    /// The voter's member number.
    pub member: u32,
    /// Approve or deny.
    pub approve: bool,
}

/// Someone's request to become a co-author with this content.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Proposal {
    /// The thread.
    pub thread: ThreadId,
    /// Hash of the content.
    pub hash: ContentHash,
    /// Who asks.
    pub author: Wallet,
    /// What was staked.
    pub stake: Amount,
    /// Where it stands.
    pub status: ProposalStatus,
    /// In the order they were cast.
    pub votes: Vec<Vote>,
    /// When it was made.
    pub created_at: i64,
    /// From when on it can only expire.
    pub expires_at: i64,
    /// When it was decided, if it was.
    pub decided_at: Option<i64>,
}

/// An approved or published message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// The thread.
    pub thread: ThreadId,
    /// Hash of the content.
    pub hash: ContentHash,
    /// Who wrote it.
    pub author: Wallet,
    /// Position in the content log, from 0.
    pub sequence: u64,
    /// When it entered the log.
    pub approved_at: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_json_is_sorted_and_has_no_spaces() {
        let entity = Entity::Treasury(Treasury { balance: Amount(7) });
        assert_eq!(entity.canonical_json(), r#"{"balance":"7","entity_type":"treasury"}"#);
        assert_eq!(entity.checksum().0, sha256(&[br#"{"balance":"7","entity_type":"treasury"}"#]));
    }
}
