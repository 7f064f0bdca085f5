//! What waits to be sent to one client: bounded, so that a slow client costs itself and nobody else.

use chorale_wire::Problem;
use chorale_wire::socket::{Room, ServerFrame};
use std::sync::Arc;
use tokio::sync::mpsc::{self, Receiver, Sender, error::TrySendError};
use tokio_util::sync::CancellationToken;
use tokio_websockets::Message;

/// Names a connection within this process.
pub(crate) type ClientId = u64;

/// A frame as it goes over the wire: what it says is there once for all who get it.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) message: Message,
    /// Of an event or a retraction: its room and cursor, which an `ack` will name.
    pub(crate) delta: Option<(Room, i64)>,
}

impl Frame {
    /// Serializes a frame.
    pub(crate) fn of(frame: &ServerFrame) -> Arc<Self> {
        let delta = match frame {
            ServerFrame::Event { room, cursor, .. } | ServerFrame::Retracted { room, cursor, .. } => {
                Some((*room, *cursor))
            }
            _ => None,
        };
        Arc::new(Self { message: message(frame), delta })
    }
}

/// The sending side, held by the rooms a client is in; cloning it is cheap.
#[derive(Clone)]
pub(crate) struct Outbox(Arc<Way>);

struct Way {
    client: ClientId,
    queue: Sender<Arc<Frame>>,
    overflow: CancellationToken,
}

impl Outbox {
    /// An outbox for `frames` frames, and where they come out.
    pub(crate) fn new(client: ClientId, frames: usize) -> (Self, Receiver<Arc<Frame>>) {
        let (queue, waiting) = mpsc::channel(frames.max(1));
        (Self(Arc::new(Way { client, queue, overflow: CancellationToken::new() })), waiting)
    }

    /// Whose it is.
    pub(crate) fn client(&self) -> ClientId {
        self.0.client
    }

    /// Serializes a frame for this client alone, and puts it in.
    pub(crate) fn tell(&self, frame: &ServerFrame) -> bool {
        self.push(Frame::of(frame))
    }

    /// Puts a frame in without waiting. False if the client is gone, or just lost by being too slow.
    pub(crate) fn push(&self, frame: Arc<Frame>) -> bool {
        match self.0.queue.try_send(frame) {
            Ok(()) => true,
            Err(TrySendError::Closed(_)) => false,
            Err(TrySendError::Full(_)) => {
                self.0.overflow.cancel();
                false
            }
        }
    }

    /// How many frames it takes just now.
    pub(crate) fn room(&self) -> usize {
        self.0.queue.capacity()
    }

    /// How many frames wait just now.
    pub(crate) fn waiting(&self) -> usize {
        self.0.queue.max_capacity() - self.0.queue.capacity()
    }

    /// Whether more than half of it is taken.
    pub(crate) fn is_crowded(&self) -> bool {
        let Way { queue, .. } = &*self.0;
        !queue.is_closed() && queue.capacity() * 2 < queue.max_capacity()
    }

    /// Completes once a frame did not fit.
    pub(crate) async fn overflowed(&self) {
        self.0.overflow.cancelled().await;
    }
}

/// A problem with no request in particular as a frame.
pub(crate) fn error(problem: Problem) -> ServerFrame {
    ServerFrame::Error { id: None, problem, room: None }
}

/// A frame as it goes over the wire. Its copies share what it says.
pub(crate) fn message(frame: &ServerFrame) -> Message {
    let text = serde_json::to_string(frame);
    Message::text(text.expect("frames hold text, integers and lists, which always have JSON"))
}
