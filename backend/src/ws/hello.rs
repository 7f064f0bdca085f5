//! What the backend says of itself to every client of the socket.

use crate::backend::Limits;
use chorale_domain::id::Wallet;
use chorale_store::HANDSHAKE;
use chorale_wire::socket::{Encoding, Heartbeats, Hello, MAX_FRAME_BYTES, PROTOCOL, SocketLimits};
use std::time::Duration;

pub(crate) fn of(program: Wallet, limits: &Limits) -> Hello {
    Hello {
        protocol: PROTOCOL,
        server: env!("CARGO_PKG_VERSION").into(),
        program,
        handshake: HANDSHAKE.into(),
        heartbeat: Heartbeats {
            ping_every: seconds(limits.ping_every),
            pong_within: seconds(limits.pong_within),
        },
        limits: SocketLimits {
            frame_bytes: MAX_FRAME_BYTES,
            rooms: limits.rooms,
            queue_frames: limits.queue_frames,
            unacked: limits.unacked,
        },
        encodings: vec![Encoding::Json],
    }
}

/// Begun seconds count: a client must not expect a ping before it comes.
fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}
