//! What the server sends.

use super::{Commitment, Hello, RemovedEntity, Room, Tag, VersionedEntity};
use crate::problem::Problem;
use chorale_domain::event::ChainEvent;
use chorale_domain::id::Wallet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the server sends.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// On connecting.
    Hello(Hello),
    /// The token was good.
    Authenticated {
        /// The request's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// Whose it is.
        wallet: Wallet,
    },
    /// The room is followed from here on; what comes next of it is its `snapshot`, or what was missed.
    Subscribed {
        /// The request's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// Which.
        room: Room,
    },
    /// A room's state.
    Snapshot {
        /// Which room.
        room: Room,
        /// Global sequence of the last event that is in it.
        cursor: i64,
        /// The cursor's.
        tag: Tag,
        /// Nothing of the room up to this cursor will be taken back.
        finalized: i64,
        /// Every entity of the room, by key.
        entities: Vec<VersionedEntity>,
    },
    /// Something happened in a room.
    Event {
        /// Which room.
        room: Room,
        /// Global sequence of the event; grows, with gaps where other rooms' events are.
        cursor: i64,
        /// The cursor's.
        tag: Tag,
        /// Nothing happened in this room after this cursor and before this frame's: if it is beyond the last one you
        /// took, subscribe again.
        previous: i64,
        /// How settled it is; `retracted` where what takes it back is on its way already.
        commitment: Commitment,
        /// What happened, where.
        event: ChainEvent,
        /// The room's entities that changed, after the event.
        changes: Vec<VersionedEntity>,
        /// Entities that are the room's no longer. Only in a wallet's room, where another proposed the same content
        /// anew.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        removed: Vec<RemovedEntity>,
    },
    /// An event of the room is taken back, since a fork dropped its transaction: the room's entities that it changed
    /// are again as they were before it, at new versions. Events are taken back newest first, so whatever built on
    /// an event was taken back before it.
    Retracted {
        /// Which room.
        room: Room,
        /// Global sequence of the retraction; grows like that of events.
        cursor: i64,
        /// The cursor's.
        tag: Tag,
        /// As in an event.
        previous: i64,
        /// Global sequence of the event that is taken back; always below `cursor`.
        retracts: i64,
        /// That event: what did not happen after all.
        event: ChainEvent,
        /// The room's entities that it had changed, before the event.
        restored: Vec<VersionedEntity>,
        /// The room's entities that it had created.
        removed: Vec<RemovedEntity>,
    },
    /// Nothing of a room up to a cursor will be taken back: every event up to there is final.
    Finalized {
        /// Which room.
        room: Room,
        /// Up to and with this cursor.
        through: i64,
        /// The newest slot with a final transaction of the program.
        slot: u64,
    },
    /// A client that subscribed with a mark has everything now, and will get what comes.
    Resumed {
        /// Which room.
        room: Room,
        /// Nothing up to this cursor is missing.
        cursor: i64,
        /// The cursor's.
        tag: Tag,
        /// Nothing of the room up to this cursor will be taken back.
        finalized: i64,
    },
    /// Who is in a room; for those who asked, on subscribing and at most once a second when it changes.
    Presence {
        /// Which room.
        room: Room,
        /// Connections in it.
        clients: usize,
        /// Whose they are, each once, sorted; at most 100.
        wallets: Vec<Wallet>,
    },
    /// The room is no longer followed.
    Unsubscribed {
        /// The request's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// Which.
        room: Room,
    },
    /// Answer to `ping`.
    Pong {
        /// The request's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
    },
    /// A frame was refused; the connection stays unless the problem's code says otherwise.
    Error {
        /// The request's, where it could be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// Why.
        problem: Problem,
        /// The room that could not be entered, where it is about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<Room>,
    },
}
