//! The WebSocket at `GET /v1/ws`: one connection per client, any number of rooms.
//!
//! `connection` is the life of one client, `state` what it may do when, `frame` how its frames are read, `window` what
//! it has not acknowledged, `end` what it is told when it is cut. One `follower` tails the store for everyone and hands
//! each event, as `happening`, to `rooms`: each `room` serializes it once and puts it into the bounded `outbox` of every
//! client in it. `missed` is what a client gets that comes back, `presence` who is told to be there. `entrance` is the
//! way into rooms, one at a time, and `builds` makes the states that those who come in begin with.
//!
//! A connection costs its task, an empty queue and what is read at once: some KiB. Whatever is sent to a room is one
//! allocation that every queue only points to, and that `line` writes from where it is.
//!
//! A client that joins gets a snapshot and then every later event, none lost and none twice. A snapshot that is not at
//! hand is read beside the follower, so that a large one holds nobody up. The follower alone lets the client in: with
//! the snapshot and what was published in the room since, in one go, and everything after that follows. The `previous`
//! of the next event may be less than the cursor of who just came, since it is the same number for those who were
//! there; it is never more. What a fork drops is a row of the store like any event, and reaches the rooms in the same
//! way, as `retracted`.

mod builds;
mod connection;
mod end;
mod entrance;
mod entry;
mod follower;
mod frame;
mod happening;
mod heartbeat;
mod hello;
mod line;
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
use axum::extract::{Request, State};
use axum::response::Response;
use chorale_wire::socket::MAX_FRAME_BYTES;
use connection::Connection;
use hyper::upgrade::OnUpgrade;
use line::Line;

/// Frames up to this size are read and refused with the connection kept; larger ones end it.
const MAX_READ_BYTES: usize = 4 * MAX_FRAME_BYTES;

/// `GET /v1/ws`.
pub(crate) async fn upgrade(State(app): State<App>, mut request: Request) -> Result<Response, ApiError> {
    let place = app.busy.socket()?;
    let (answer, upgrading) =
        line::handshake(&mut request).map_err(|error| ApiError::malformed(error.to_string()))?;
    // Tracked, so that a backend that stops can wait for it.
    app.tasks.clone().spawn(converse(app, upgrading, place));
    Ok(answer)
}

async fn converse(app: App, upgrading: OnUpgrade, _place: Place) {
    match upgrading.await {
        Ok(upgraded) => Connection::new(app, Line::new(upgraded, MAX_READ_BYTES)).run().await,
        Err(error) => tracing::debug!(%error, "a client is gone before it has its socket"),
    }
}
