//! The WebSocket at `GET /v1/ws`: one connection per client, any number of rooms.
//!
//! `connection` is the life of one client, `state` what it may do when, `frame` how its frames are read, `end`
//! what it is told when it is cut. One `follower` tails the store for everyone and hands each event to `rooms`,
//! which serializes it once per room and puts it into the bounded `outbox` of every client in it.
//!
//! A client that joins gets a snapshot and then every later event, none lost and none twice, because one task
//! does both: it fans out everything up to the snapshot before it lets the client in, and everything after it
//! afterwards. A snapshot's cursor is that of the last frame its room has seen, so that the `previous` of the
//! next event is the same number for those who just came and those who were there. What a fork drops is a row of the
//! store like any event, and reaches the rooms in the same way, as `retracted`.

mod connection;
mod end;
mod follower;
mod frame;
mod heartbeat;
mod outbox;
mod rooms;
mod state;

pub(crate) use follower::{Follower, Rooms};

use crate::app::App;
use crate::error::ApiError;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::response::Response;
use chorale_wire::socket::MAX_FRAME_BYTES;
use connection::Connection;

/// Frames up to this size are read and refused with the connection kept; larger ones end it.
const MAX_READ_BYTES: usize = 4 * MAX_FRAME_BYTES;

/// `GET /v1/ws`.
pub(crate) async fn upgrade(
    State(app): State<App>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let upgrade = upgrade.map_err(|refused| ApiError::malformed(refused.body_text()))?;
    let bounded = upgrade.max_message_size(MAX_READ_BYTES).max_frame_size(MAX_READ_BYTES);
    Ok(bounded.on_upgrade(|socket| converse(app, socket)))
}

/// Tracked, so that a backend that stops can wait for it.
async fn converse(app: App, socket: WebSocket) {
    let tasks = app.tasks.clone();
    tasks.track_future(Connection::new(app, socket).run()).await;
}
