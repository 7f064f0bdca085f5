//! What waits to be sent to one client: bounded, so that a slow client costs itself and nobody else.

use axum::extract::ws::Utf8Bytes;
use chorale_wire::Problem;
use chorale_wire::socket::ServerFrame;
use tokio::sync::mpsc::{self, Receiver, Sender, error::TrySendError};
use tokio_util::sync::CancellationToken;

/// Names a connection within this process.
pub(crate) type ClientId = u64;

/// The sending side, held by the rooms a client is in.
#[derive(Clone)]
pub(crate) struct Outbox {
    pub(crate) client: ClientId,
    queue: Sender<Utf8Bytes>,
    overflow: CancellationToken,
}

impl Outbox {
    /// An outbox for `frames` frames, and where they come out.
    pub(crate) fn new(client: ClientId, frames: usize) -> (Self, Receiver<Utf8Bytes>) {
        let (queue, waiting) = mpsc::channel(frames.max(1));
        (Self { client, queue, overflow: CancellationToken::new() }, waiting)
    }

    /// Puts a frame in without waiting. False if the client is gone, or just lost by being too slow.
    pub(crate) fn push(&self, frame: Utf8Bytes) -> bool {
        match self.queue.try_send(frame) {
            Ok(()) => true,
            Err(TrySendError::Closed(_)) => false,
            Err(TrySendError::Full(_)) => {
                self.overflow.cancel();
                false
            }
        }
    }

    /// How many frames it takes just now.
    pub(crate) fn room(&self) -> usize {
        self.queue.capacity()
    }

    /// How many frames wait just now.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Whether more than half of it is taken.
    pub(crate) fn is_crowded(&self) -> bool {
        !self.queue.is_closed() && self.queue.capacity() * 2 < self.queue.max_capacity()
    }

    /// Completes once a frame did not fit.
    pub(crate) async fn overflowed(&self) {
        self.overflow.cancelled().await;
    }
}

/// A problem as a frame.
pub(crate) fn error(problem: Problem) -> ServerFrame {
    ServerFrame::Error { problem, room: None }
}

/// A frame as it goes over the wire.
pub(crate) fn text(frame: &ServerFrame) -> Utf8Bytes {
    serde_json::to_string(frame).expect("frames hold text, integers and lists, which always have JSON").into()
}
