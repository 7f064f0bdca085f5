//! Frames of the WebSocket at `GET /v1/ws`: text, one JSON object each, told apart by `type`.
//!
//! The server says `hello`; the client authenticates, then subscribes to rooms. Each subscription begins
//! with a `snapshot`, followed by every later event of the room in the chain's order, each once. What a fork
//! drops after it was sent is taken back by `retracted`, newest first; what came instead follows as events. Once
//! nothing up to a cursor can be taken back any more, `finalized` says so.
//!
//! A client that was cut off goes on where it was, at this backend or another of the same store: it subscribes with
//! the mark of the last frame it took, and gets what it missed followed by `resumed`, or `cursor_too_old`.
//!
//! What a client sends may carry an `id` of its own choice, which comes back in the answer: `authenticated`,
//! `subscribed`, `unsubscribed`, `pong` or `error`. `ack` has no answer.
//!
//! # Acknowledgements
//! A client that subscribes with `acks` is sent at most so many deltas (`event` and `retracted`) ahead of its `ack`s as
//! `hello` says; the rest waits in the server's queue for it, and everything behind it, until `ack` makes room. So
//! what is under way to the client is bounded by what it has worked through, and not by how much the network and its
//! buffers take in. A queue that overflows, in frames or in bytes, ends the connection with `slow_consumer`, with
//! acknowledgements or without; so do acknowledgements that something waits for longer than for a ping and its answer.
//! Rooms are entered one at a time: a `subscribe` behind one that is not answered waits, and is refused with
//! `rate_limited` where too many do. The server keeps no mark for anyone: where to resume is what the client took, and only the client knows.
//!
//! # Encodings
//! `hello` lists them; JSON is the only one. Measured over 400 events of a thread with a thousand messages, 2,019 bytes
//! each: CBOR and MessagePack save 10 % of them (31 % with hashes and addresses as bytes), deflate for each frame by
//! itself 50 % for 50 µs of a core, deflate with a window that lasts 70 %. The last would cost every connection
//! 256 KiB, where it is to cost less than 30, and every event 25 to 40 µs for each client, where it is serialized once
//! for all. The second is what `permessage-deflate` without context takeover would be: the WebSocket library has no
//! extensions, and to save a kilobyte an event is not worth a framing of our own.

mod entity;
mod hello;
mod mark;
mod request;
mod room;
mod server;

pub use entity::{Commitment, RemovedEntity, VersionedEntity};
pub use hello::{Encoding, Heartbeats, Hello, SocketLimits};
pub use mark::{Mark, Tag};
pub use request::{ClientFrame, Request, Subscription};
pub use room::{ParseRoomError, Room, owner};
pub use server::ServerFrame;

use crate::problem::Code;

/// Version of this protocol.
pub const PROTOCOL: u32 = 4;

/// The largest frame a client may send, in bytes.
pub const MAX_FRAME_BYTES: usize = 16 * 1024;

/// Every code that comes in an `error` frame.
pub const CODES: [Code; 13] = [
    Code::MalformedFrame,
    Code::UnknownMessageType,
    Code::TooLarge,
    Code::UnknownThread,
    Code::UnknownRoom,
    Code::NotSignedIn,
    Code::SessionExpired,
    Code::ScopeMissing,
    Code::NotYours,
    Code::RateLimited,
    Code::CursorTooOld,
    Code::SlowConsumer,
    Code::Internal,
];
