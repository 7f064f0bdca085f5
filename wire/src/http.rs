//! Bodies of HTTP requests and answers. Paths are listed in the backend's `router.rs`.

mod effects;
mod reading;
mod scope;
mod session;
mod transaction;
mod transaction_status;

use chorale_domain::content::{ContentHash, SALT_BYTES, Salt};
use chorale_domain::id::{Amount, ThreadId, Wallet};
use chorale_domain::state::{AnchoredRoot, Config, Member, Message, Proposal, Thread, Treasury};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use effects::{Asset, BalanceChange, Effects, EntityChange};
pub use reading::{
    Entities, EntityVersion, EventView, Events, Members, MessageProof, Messages, Order, ProposalFilter,
    Versions, WalletView,
};
pub use scope::{Scope, Scopes, UnknownScope};
pub use session::{
    Challenge, NonceRequest, Session, SessionEntry, SessionKind, Sessions, SignIn, Token, TokenRequest,
    UnknownKind,
};
pub use transaction::{Prepare, Prepared, Relay, Relayed, Settings};
pub use transaction_status::{Refusal, TransactionStatus, TransactionView};

/// Header value prefix of a session token: `authorization: Bearer TOKEN`.
pub const BEARER: &str = "Bearer ";

/// Header of a request: the greatest cursor its client has seen, so that it is answered as of no earlier. Header of an
/// answer: everything up to this cursor is in it.
pub const CURSOR: &str = "chorale-cursor";

/// Header by which a client names a write, so that it may send it again without its being done again: 1 to 64 visible
/// ASCII characters. For 24 hours the same key by the same wallet gets the first answer.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Header of an answer that was given before, to the same write: `true`.
pub const IDEMPOTENCY_REPLAYED: &str = "idempotency-replayed";

/// `GET /v1/info`: where this backend gets its truth.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Info {
    /// Version of the software.
    pub version: String,
    /// The program's address.
    pub program: Wallet,
    /// RPC endpoint of the chain it follows, without path and query: those may hold keys.
    pub rpc_url: String,
    /// The endpoint of the chain's own notices, likewise.
    pub ws_url: String,
    /// The deployment's configuration, `None` until its first event is in.
    pub config: Option<Config>,
    /// The system's reserve.
    pub treasury: Treasury,
    /// The state roots that were posted on the chain last, oldest first.
    pub roots: Vec<AnchoredRoot>,
    /// Largest body accepted, in bytes.
    pub max_body_bytes: usize,
    /// Whether `POST /v1/faucet` is open (development only).
    pub faucet: bool,
    /// Global sequence of the last event that is in.
    pub cursor: i64,
}

/// A salt in hex.
mod salt_hex {
    use super::{SALT_BYTES, Salt};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// One that may be missing.
    pub mod option {
        use super::Salt;
        use serde::{Deserializer, Serializer};

        pub fn serialize<S: Serializer>(salt: &Option<Salt>, serializer: S) -> Result<S::Ok, S::Error> {
            match salt {
                Some(salt) => super::serialize(salt, serializer),
                None => serializer.serialize_none(),
            }
        }

        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Salt>, D::Error> {
            super::deserialize(deserializer).map(Some)
        }
    }

    pub fn serialize<S: Serializer>(salt: &Salt, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(salt))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Salt, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = hex::decode(&text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or_else(|| {
            D::Error::custom(format!("{text:?} is not a salt: expected {SALT_BYTES} bytes in hex"))
        })
    }
}

/// `POST /v1/contents`: a body, before the chain hears of it. The author is who is signed in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Upload {
    /// The thread it is meant for.
    pub thread: ThreadId,
    /// Its content hash.
    pub hash: ContentHash,
    /// The salt that went into the hash.
    #[serde(with = "salt_hex")]
    #[schema(value_type = String, format = "salt", pattern = "^[0-9a-fA-F]{32}$", examples("09090909090909090909090909090909"))]
    pub salt: Salt,
    /// The text.
    pub body: String,
    /// Who gets to read it; everyone where not given.
    #[serde(default)]
    pub visibility: Visibility,
}

/// Who gets to read a body. Its author always does, and a draft is its author's alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everyone.
    #[default]
    Public,
    /// The thread's co-authors. Others see that it is there, who wrote it and when, and do not find it by its text.
    Premium,
    /// The thread's co-authors. To others it is not there.
    Thread,
}

/// Where a body stands, from what the chain says of its hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContentStatus {
    /// Uploaded; the chain has not approved it.
    Pending,
    /// In the thread's content log.
    Approved,
    /// Voted down.
    Rejected,
    /// Body and salt were erased by the author, and cannot be uploaded again. The chain's hash stays.
    Erased,
}

/// `GET /v1/threads/{thread}/contents/{hash}`; `DELETE` by its author erases body and salt for good.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Content {
    /// The thread.
    pub thread: ThreadId,
    /// Its content hash.
    pub hash: ContentHash,
    /// Who wrote it.
    pub author: Wallet,
    /// The salt that went into the hash; only with the body.
    #[serde(default, with = "salt_hex::option", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "salt", pattern = "^[0-9a-fA-F]{32}$", examples("09090909090909090909090909090909"))]
    pub salt: Option<Salt>,
    /// The text, unless the reader may not read it or it was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Where it stands.
    pub status: ContentStatus,
    /// Who gets to read it.
    #[serde(default)]
    pub visibility: Visibility,
    /// When it was uploaded, Unix seconds of the backend's clock.
    pub created_at: i64,
}

/// `GET /v1/threads?after=&limit=`: threads in the order of their ids.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Threads {
    /// One page.
    pub threads: Vec<Thread>,
    /// Pass as `after` for the next page; `None` on the last.
    pub next: Option<ThreadId>,
}

/// A message with its text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageView {
    /// What the chain says.
    #[serde(flatten)]
    pub message: Message,
    /// The text, `None` where no body was uploaded.
    pub content: Option<Content>,
    /// True where bodies cannot be reached just now: that there is none above says nothing then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub content_away: bool,
}

/// `GET /v1/threads/{thread}?after=&limit=`: a thread with its co-authors and a page of its messages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ThreadView {
    /// The thread.
    pub thread: Thread,
    /// Everyone who is or was a co-author, by number.
    pub members: Vec<Member>,
    /// Messages by sequence number, from `after` (exclusive) on.
    pub messages: Vec<MessageView>,
    /// Pass as `after` for the next page of messages; `None` on the last.
    pub next: Option<u64>,
}

/// A proposal with its text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProposalView {
    /// What the chain says.
    #[serde(flatten)]
    pub proposal: Proposal,
    /// The text, `None` where no body was uploaded.
    pub content: Option<Content>,
    /// True where bodies cannot be reached just now: that there is none above says nothing then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub content_away: bool,
}

/// `GET /v1/threads/{thread}/proposals?after=&limit=`: those that are pending, oldest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Proposals {
    /// One page.
    pub proposals: Vec<ProposalView>,
    /// Pass as `after` for the next page; `None` on the last.
    pub next: Option<ContentHash>,
}

/// How texts are compared with what is looked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchMode {
    /// By words and by meaning, fused by reciprocal rank: a score is the sum of 1 / (2 + place) over the two lists.
    #[default]
    Hybrid,
    /// By words alone (BM25): the rarer a word, and the more often a text has it, the higher; from 0 on, without a bound.
    Words,
    /// By meaning alone: a score is the cosine between the two texts' vectors, 1 at most.
    Meaning,
}

/// Query of `GET /v1/search`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct SearchQuery {
    /// Words to look for.
    pub q: String,
    /// Only in this thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<ThreadId>,
    /// Only by this author.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<Wallet>,
    /// Uploaded at or after, Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// Uploaded before, Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// Only with this status; approved where not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<ContentStatus>,
    /// How to compare; hybrid where not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<SearchMode>,
    /// At most so many, 10 where not given, 100 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<usize>,
}

/// A search result.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Hit {
    /// Higher is better; comparable within one answer only. See [`SearchMode`].
    pub score: f32,
    /// What was found.
    #[serde(flatten)]
    pub content: Content,
}

/// Answer of `GET /v1/search`, best first.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Hits {
    /// The results.
    pub hits: Vec<Hit>,
    /// How they were found: by words where hybrid was asked for and nothing tells meanings just now.
    #[serde(default)]
    pub mode: SearchMode,
}

/// `POST /v1/faucet` (development only).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Fund {
    /// Who is to get something.
    pub wallet: Wallet,
}

/// What the faucet gave.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Funded {
    /// Lamports, for fees and rent.
    pub lamports: Amount,
    /// Base units of the token, for stakes.
    pub tokens: Amount,
}

/// `GET /v1/health`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `ACTIVE`, or `DEGRADED` with what is away.
    pub status: HealthStatus,
    /// What is away and since when, in words; empty when active.
    pub away: Vec<String>,
    /// What clients can do just now, and how well.
    #[serde(default)]
    pub abilities: Abilities,
    /// When the store last had everything that was on chain, Unix seconds: whatever is read is as old as that at most.
    /// `None` before the indexer has caught up for the first time.
    #[serde(default)]
    pub as_of: Option<i64>,
    /// Uploads that wait on this backend's disk for Qdrant.
    #[serde(default)]
    pub queued_uploads: usize,
    /// Global sequence of the last event that is in.
    pub cursor: i64,
    /// Slot of that event.
    pub slot: u64,
    /// The slot through which the indexer has seen everything, `None` before it has caught up for the first time.
    pub seen_slot: Option<u64>,
    /// Transactions that are in, but that a fork may still drop.
    pub unfinalized: u64,
}

/// What clients can do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Abilities {
    /// Reading what the chain decided: threads, members, messages, proposals, wallets.
    pub reads: Ability,
    /// Reading bodies.
    pub bodies: Ability,
    /// Searching.
    pub search: Ability,
    /// Being told by the socket what happens.
    pub events: Ability,
    /// Uploading bodies.
    pub uploads: Ability,
    /// Having transactions prepared and relayed.
    pub transactions: Ability,
    /// Signing in and out.
    pub sign_in: Ability,
}

/// How well something can be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ability {
    /// As always.
    #[default]
    Works,
    /// With what is at hand here, which grows older: the `age` header of an answer tells, and what is not at hand is 503.
    Stale,
    /// It is taken, kept on disk, and done once the part is back.
    Queued,
    /// 503 until the part is back.
    Away,
}

/// Whether everything is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum HealthStatus {
    /// All parts answer.
    Active,
    /// Some part is away; what does not need it still works.
    Degraded,
}
