//! Frames of the WebSocket at `GET /v1/ws`: text, one JSON object each, told apart by `type`.
//!
//! The server says `hello`; the client authenticates, then subscribes to rooms. Each subscription begins
//! with a `snapshot`, followed by every later event of the room in the chain's order, each once. What a fork
//! drops after it was sent is taken back by `retracted`, newest first; what came instead follows as events.
//!
//! A client that was cut off goes on where it was, at this backend or another of the same store: it subscribes with
//! the mark of the last frame it took, and gets what it missed followed by `resumed`, or `cursor_too_old`.

use crate::problem::Problem;
use chorale_domain::event::ChainEvent;
use chorale_domain::id::{Hash32, ThreadId, Wallet};
use chorale_domain::state::{Entity, EntityKey};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Version of this protocol.
pub const PROTOCOL: u32 = 3;

/// The largest frame a client may send, in bytes.
pub const MAX_FRAME_BYTES: usize = 16 * 1024;

/// What a client can follow. Its text form is `lobby` or `thread/ID`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Room {
    /// The deployment: configuration, treasury, state roots and every thread (not what is in them).
    Lobby,
    /// One thread with its members, proposals and messages.
    Thread(ThreadId),
}

impl Room {
    /// Whether an entity belongs to the room's state.
    #[must_use]
    pub fn holds(&self, key: &EntityKey) -> bool {
        match self {
            // All that is nobody's thread, and the threads themselves.
            Self::Lobby => key.thread().is_none() || matches!(key, EntityKey::Thread(_)),
            Self::Thread(thread) => key.thread() == Some(*thread),
        }
    }
}

impl fmt::Display for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lobby => f.write_str("lobby"),
            Self::Thread(thread) => write!(f, "thread/{thread}"),
        }
    }
}

/// Text that names no room.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} names no room: expected \"lobby\" or \"thread/ID\"")]
pub struct ParseRoomError(String);

impl FromStr for Room {
    type Err = ParseRoomError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "lobby" {
            return Ok(Self::Lobby);
        }
        let thread = text.strip_prefix("thread/").and_then(|id| id.parse().ok());
        thread.map(Self::Thread).ok_or_else(|| ParseRoomError(text.into()))
    }
}

impl Serialize for Room {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Room {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The first four bytes of the hash of what a cursor stands for; in hex.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tag(pub [u8; 4]);

impl From<Hash32> for Tag {
    fn from(Hash32([a, b, c, d, ..]): Hash32) -> Self {
        Self([a, b, c, d])
    }
}

impl Serialize for Tag {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = hex::decode(&text).ok().and_then(|bytes| bytes.try_into().ok());
        let expected = || serde::de::Error::custom(format!("{text:?} is not a tag: expected 4 bytes in hex"));
        bytes.map(Self).ok_or_else(expected)
    }
}

/// A place in what happened. In another store of the same chain, as a rebuild makes one, the same cursor stands for
/// something else: the tag tells them apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Mark {
    /// Global sequence of an event or a retraction, 0 before the first.
    pub cursor: i64,
    /// Of that event or retraction, zeros before the first.
    pub tag: Tag,
}

/// What a client sends.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// First: who is there.
    Authenticate {
        /// A session's token.
        token: String,
    },
    /// Follow a room. Subscribing again gives a new snapshot.
    Subscribe {
        /// Which.
        room: Room,
        /// What the client has of it already: cursor and tag of the last frame of this room that it took. Nothing for
        /// a snapshot.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Mark>,
    },
    /// Stop following a room.
    Unsubscribe {
        /// Which.
        room: Room,
    },
    /// Answered by `pong`.
    Ping,
}

/// How settled an event is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Commitment {
    /// Voted on by a supermajority.
    Confirmed,
    /// Cannot be undone.
    Finalized,
    /// Taken back: a fork dropped its transaction.
    Retracted,
}

/// An entity at a version.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct VersionedEntity {
    /// Which.
    pub key: EntityKey,
    /// +1 with each change, from 1.
    pub version: i64,
    /// SHA-256 of the entity's canonical JSON.
    pub checksum: Hash32,
    /// Its state.
    pub entity: Entity,
}

/// An entity that a retraction left nothing of, since what it took back had created it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RemovedEntity {
    /// Which.
    pub key: EntityKey,
    /// The version that says it is gone: +1 as with any change. Created again, it goes on from there.
    pub version: i64,
}

/// What the server sends.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// On connecting.
    Hello {
        /// [`PROTOCOL`].
        protocol: u32,
        /// The program followed.
        program: Wallet,
    },
    /// The token was good.
    Authenticated {
        /// Whose it is.
        wallet: Wallet,
    },
    /// A room's state.
    Snapshot {
        /// Which room.
        room: Room,
        /// Global sequence of the last event that is in it.
        cursor: i64,
        /// The cursor's.
        tag: Tag,
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
    /// A client that subscribed with a mark has everything now, and will get what comes.
    Resumed {
        /// Which room.
        room: Room,
        /// Nothing up to this cursor is missing.
        cursor: i64,
        /// The cursor's.
        tag: Tag,
    },
    /// The room is no longer followed.
    Unsubscribed {
        /// Which.
        room: Room,
    },
    /// Answer to `ping`.
    Pong,
    /// A frame was refused; the connection stays unless the problem's code says otherwise.
    Error {
        /// Why.
        problem: Problem,
        /// The room that could not be entered, where it is about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<Room>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_survive_their_text_form() {
        for room in [Room::Lobby, Room::Thread(ThreadId([7; 32]))] {
            assert_eq!(room.to_string().parse(), Ok(room));
        }
        for text in ["", "thread/", "thread/abc", "LOBBY"] {
            assert!(text.parse::<Room>().is_err(), "{text}");
        }
    }

    #[test]
    fn frames_are_told_apart_by_type() {
        let frame: ClientFrame = serde_json::from_str(r#"{"type":"subscribe","room":"lobby"}"#).unwrap();
        assert_eq!(frame, ClientFrame::Subscribe { room: Room::Lobby, after: None });
        let text = r#"{"type":"subscribe","room":"lobby","after":{"cursor":7,"tag":"0a0b0c0d"}}"#;
        let after = Some(Mark { cursor: 7, tag: Tag([10, 11, 12, 13]) });
        let frame = ClientFrame::Subscribe { room: Room::Lobby, after };
        assert_eq!(serde_json::from_str::<ClientFrame>(text).unwrap(), frame);
        assert_eq!(serde_json::to_string(&frame).unwrap(), text);
        assert!(serde_json::from_str::<ClientFrame>(&text.replace("0a0b", "0a")).is_err());
        assert_eq!(serde_json::to_string(&ClientFrame::Ping).unwrap(), r#"{"type":"ping"}"#);
        assert!(serde_json::from_str::<ClientFrame>(r#"{"type":"own_everything"}"#).is_err());
    }

    #[test]
    fn a_retraction_names_what_is_gone_and_at_which_version() {
        let key = EntityKey::Message(ThreadId([7; 32]), Hash32([8; 32]));
        let removed = RemovedEntity { key, version: 2 };
        let json = serde_json::to_value(removed).unwrap();
        assert_eq!(json, serde_json::json!({ "key": key.to_string(), "version": 2 }));
        assert_eq!(serde_json::from_value::<RemovedEntity>(json).unwrap(), removed);
        assert_eq!(serde_json::to_string(&Commitment::Retracted).unwrap(), r#""retracted""#);
    }
}
