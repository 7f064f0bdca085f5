//! The WebSocket at `GET /v1/ws`: one connection per client, any number of rooms.
//!
//! `connection` is the life of one client, `state` what it may do when, `frame` how its frames are read, `window` what
//! it has not acknowledged, `end` what it is told when it is cut. One `follower` tails the store for everyone and hands
//! each event, as `happening`, to `rooms`: each `room` serializes it once and puts it into the bounded `outbox` of every
//! client in it. `missed` is what a client gets that comes back, `presence` who is told to be there.
//!
//! A connection costs its task, an empty queue and the buffers below: a few KiB. Whatever is sent to a room is one
//! allocation that every queue only points to.
//!
//! A client that joins gets a snapshot and then every later event, none lost and none twice, because one task
//! does both: it fans out everything up to the snapshot before it lets the client in, and everything after it
//! afterwards. A snapshot's cursor is that of the last frame its room has seen, so that the `previous` of the
//! next event is the same number for those who just came and those who were there. What a fork drops is a row of the
//! store like any event, and reaches the rooms in the same way, as `retracted`.

mod connection;
mod end;
mod entry;
mod follower;
mod frame;
mod happening;
mod heartbeat;
mod hello;
mod missed;
mod outbox;
mod presence;
mod room;
mod rooms;
mod state;
mod window;

pub(crate) use follower::{Follower, Rooms};

use crate::app::App;
use crate::busy::Place;
use crate::error::ApiError;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::response::Response;
use chorale_wire::socket::MAX_FRAME_BYTES;
use connection::Connection;

/// Frames up to this size are read and refused with the connection kept; larger ones end it.
const MAX_READ_BYTES: usize = 4 * MAX_FRAME_BYTES;

/// What a connection reads at once: a client's frames are small, and there may be very many connections.
const READ_BUFFER: usize = 2048;

/// Bytes that are collected before they are written: some frames, so that a room in which much happens costs each
/// client less than one system call a frame. It grows only where there is as much to write.
const WRITE_BUFFER: usize = 8192;

/// `GET /v1/ws`.
pub(crate) async fn upgrade(
    State(app): State<App>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let place = app.busy.socket()?;
    let upgrade = upgrade.map_err(|refused| ApiError::malformed(refused.body_text()))?;
    let bounded = upgrade.max_message_size(MAX_READ_BYTES).max_frame_size(MAX_READ_BYTES);
    let bounded = bounded.read_buffer_size(READ_BUFFER).write_buffer_size(WRITE_BUFFER);
    Ok(bounded.on_upgrade(|socket| converse(app, socket, place)))
}

/// Tracked, so that a backend that stops can wait for it.
async fn converse(app: App, socket: WebSocket, _place: Place) {
    let tasks = app.tasks.clone();
    tasks.track_future(Connection::new(app, socket).run()).await;
}
