//! Answers of what is read: members, messages, proposals, history, entities as they are and were.

use super::MessageView;
use crate::socket::{Commitment, RemovedEntity, VersionedEntity};
use chorale_domain::event::ChainEvent;
use chorale_domain::id::{Hash32, Wallet};
use chorale_domain::proof::{InclusionProof, TreeHead};
use chorale_domain::state::{Entity, EntityKey, Member, Proposal, ProposalStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /v1/threads/{thread}/members?after=&limit=`: everyone who is or was a co-author, by number.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Members {
    /// One page.
    pub members: Vec<Member>,
    /// Pass as `after` for the next page; null on the last.
    pub next: Option<u32>,
}

/// Which end of a list comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The oldest.
    #[default]
    Oldest,
    /// The latest.
    Latest,
}

/// `GET /v1/threads/{thread}/messages?order=&after=&before=&limit=`: those between the two, from either end.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Messages {
    /// One page, in the order that was asked for.
    pub messages: Vec<MessageView>,
    /// Pass as `after`, or as `before` with the latest first, for the next page; null on the last.
    pub next: Option<u64>,
}

/// `GET /v1/threads/{thread}/messages/{message}`: a message with what it takes to check it alone. `head` is this
/// backend's word until it is compared with the thread's account on the chain.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageProof {
    /// The message.
    pub message: MessageView,
    /// The leaf's hash: `SHA-256(0x00 ‖ hash ‖ author)`.
    pub leaf: Hash32,
    /// The way from the leaf to the root.
    pub proof: InclusionProof,
    /// Size and root of the thread's content log.
    pub head: TreeHead,
}

/// Which proposals of a thread to list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProposalFilter {
    /// Those that can be voted on.
    #[default]
    Pending,
    /// Those that were approved.
    Approved,
    /// Those that were voted down.
    Rejected,
    /// Those that nobody decided in time.
    Expired,
    /// Those that were taken back.
    Cancelled,
    /// All of them.
    All,
}

impl ProposalFilter {
    /// The one status to look for, `None` for every one.
    #[must_use]
    pub fn status(self) -> Option<ProposalStatus> {
        match self {
            Self::Pending => Some(ProposalStatus::Pending),
            Self::Approved => Some(ProposalStatus::Approved),
            Self::Rejected => Some(ProposalStatus::Rejected),
            Self::Expired => Some(ProposalStatus::Expired),
            Self::Cancelled => Some(ProposalStatus::Cancelled),
            Self::All => None,
        }
    }
}

/// A row of what happened: an event, or a retraction of one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct EventView {
    /// Global sequence of the row.
    pub cursor: i64,
    /// How settled it is; `retracted` of a retraction and of what it takes back.
    pub commitment: Commitment,
    /// Of a retraction, since a fork dropped the transaction: the row it takes back, whose event it repeats.
    pub retracts: Option<i64>,
    /// What happened, or did not happen after all.
    pub event: ChainEvent,
    /// Every entity it changed, as it was after it.
    pub changes: Vec<VersionedEntity>,
    /// Every entity it left nothing of; only a retraction does that.
    pub removed: Vec<RemovedEntity>,
}

/// `GET /v1/events?after=&limit=&thread=&type=` and `GET /v1/threads/{thread}/history`: what happened, in order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Events {
    /// One page.
    pub events: Vec<EventView>,
    /// Pass as `after` for the next page; null where there is none yet.
    pub next: Option<i64>,
}

/// `GET /v1/entities?after=&limit=&slot=`: the whole state, in the order of the keys' text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Entities {
    /// One page.
    pub entities: Vec<VersionedEntity>,
    /// Pass as `after` for the next page; null on the last.
    pub next: Option<EntityKey>,
}

/// An entity at one of its versions, and how it came to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct EntityVersion {
    /// +1 with each change, from 1.
    pub version: i64,
    /// `create`, `update` or `retract`.
    #[schema(pattern = "^(create|update|retract)$")]
    pub change_type: String,
    /// The type of the event that changed it, or that was taken back.
    pub reason: String,
    /// Whose doing the event was.
    pub actor: Wallet,
    /// Global sequence of the event, or of the retraction.
    pub cursor: i64,
    /// The event's slot.
    pub slot: u64,
    /// Whether the chain still says so: not of what was retracted, nor of retractions.
    pub live: bool,
    /// Its state, null where a retraction left nothing.
    pub entity: Option<Entity>,
    /// SHA-256 of its state's canonical JSON.
    pub checksum: Option<Hash32>,
}

/// `GET /v1/entities/{key}/versions?after=&limit=`: every version of an entity, oldest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Versions {
    /// One page.
    pub versions: Vec<EntityVersion>,
    /// Pass as `after` for the next page; null on the last.
    pub next: Option<i64>,
}

/// `GET /v1/wallets/{wallet}?after=&limit=`: where a wallet takes part, in the order of the entities' keys.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct WalletView {
    /// Whose.
    pub wallet: Wallet,
    /// Its seats, former ones too; each with what can be claimed.
    pub memberships: Vec<Member>,
    /// What it proposed, decided or not.
    pub proposals: Vec<Proposal>,
    /// Pass as `after` for the next page; null on the last.
    pub next: Option<EntityKey>,
}
