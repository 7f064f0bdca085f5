//! What a server says of itself first.

use chorale_domain::id::Wallet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a server says of itself first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Hello {
    /// [`PROTOCOL`](super::PROTOCOL): a client that speaks another should not go on.
    pub protocol: u32,
    /// Version of the server's software.
    pub server: String,
    /// The program followed.
    pub program: Wallet,
    /// The mark on every event and state of the store.
    pub handshake: String,
    /// How the server finds out whether a client is still there.
    pub heartbeat: Heartbeats,
    /// What bounds a client.
    pub limits: SocketLimits,
    /// How frames may be encoded.
    pub encodings: Vec<Encoding>,
}

/// How the server finds out whether a client is still there: by pings of the WebSocket protocol itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Heartbeats {
    /// Seconds between two pings. Whoever has not authenticated by the first is cut.
    pub ping_every: u64,
    /// Seconds within which a pong, or any frame, must come.
    pub pong_within: u64,
}

/// What bounds a client.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SocketLimits {
    /// The largest frame a client may send, in bytes.
    pub frame_bytes: usize,
    /// Rooms a connection may follow at a time.
    pub rooms: usize,
    /// Frames that may wait for a client before it is cut as too slow.
    pub queue_frames: usize,
    /// Deltas that are sent ahead of their `ack`, where a client promises those.
    pub unacked: usize,
}

/// How frames may be encoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Text frames of JSON, not compressed.
    Json,
}
