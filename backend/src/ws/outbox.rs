//! What waits to be sent to one client: bounded in frames and in bytes, so that a slow client costs
//! itself and nobody else.

use chorale_wire::Problem;
use chorale_wire::socket::{Room, ServerFrame};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::sync::mpsc::{self, Receiver, Sender, error::TrySendError};
use tokio_util::sync::CancellationToken;
use tokio_websockets::Message;

/// Names a connection within this process.
pub(crate) type ClientId = u64;

/// Bytes that may wait for one client, and a state of a room besides: many frames that are far larger than events are.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// A frame as it goes over the wire: what it says is there once for all who get it.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) message: Message,
    pub(crate) about: About,
}

/// What a frame is, as far as those who pass it on have to know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum About {
    /// An event or a retraction: its room and cursor, which an `ack` will name.
    Delta(Room, i64),
    /// The whole state of a room.
    State(Room),
    /// What takes the place of all that was told of a room, unasked: its state anew, or why there is none.
    Anew(Room),
    /// What ends another answer to who wants into a room: that it has gone on.
    Answer(Room),
    /// Why a client that wants into a room may not. It is not in it, also if it was before.
    Refusal(Room),
    /// Whatever nobody has to know.
    Other,
}

impl Frame {
    /// Serializes a frame.
    pub(crate) fn of(frame: &ServerFrame) -> Arc<Self> {
        Arc::new(Self { message: message(frame), about: About::of(frame) })
    }

    /// The same frame for those who are in the room already and did not ask.
    pub(crate) fn anew(&self, room: Room) -> Arc<Self> {
        Arc::new(Self { message: self.message.clone(), about: About::Anew(room) })
    }

    fn bytes(&self) -> usize {
        self.message.as_payload().len()
    }
}

impl About {
    fn of(frame: &ServerFrame) -> Self {
        match frame {
            ServerFrame::Event { room, cursor, .. } | ServerFrame::Retracted { room, cursor, .. } => {
                Self::Delta(*room, *cursor)
            }
            ServerFrame::Snapshot { room, .. } => Self::State(*room),
            ServerFrame::Resumed { room, .. } => Self::Answer(*room),
            ServerFrame::Error { room: Some(room), .. } => Self::Refusal(*room),
            _ => Self::Other,
        }
    }
}

/// The sending side, held by the rooms a client is in; cloning it is cheap.
#[derive(Clone)]
pub(crate) struct Outbox(Arc<Way>);

/// The receiving side, held by the client's connection.
pub(crate) struct Waiting {
    queue: Receiver<Arc<Frame>>,
    way: Arc<Way>,
}

struct Way {
    client: ClientId,
    queue: Sender<Arc<Frame>>,
    overflow: CancellationToken,
    /// Bytes of what waits, without states of rooms.
    bytes: AtomicUsize,
    /// Bytes of the states of rooms that wait. They count by themselves: one may be of any size.
    states: AtomicUsize,
    /// Bytes of what nobody asked for. No bound: there is one for each room that the client is in, and the
    /// frames are bounded. But others wait for whoever has much of it.
    anew: AtomicUsize,
    /// Whether everyone has waited for this client since more than half of it was taken.
    waited_for: AtomicBool,
}

impl Outbox {
    /// An outbox for `frames` frames, and where they come out.
    pub(crate) fn new(client: ClientId, frames: usize) -> (Self, Waiting) {
        let (sender, queue) = mpsc::channel(frames.max(1));
        let way = Arc::new(Way {
            client,
            queue: sender,
            overflow: CancellationToken::new(),
            bytes: AtomicUsize::new(0),
            states: AtomicUsize::new(0),
            anew: AtomicUsize::new(0),
            waited_for: AtomicBool::new(false),
        });
        (Self(way.clone()), Waiting { queue, way })
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
        if !self.0.takes(&frame) {
            self.0.overflow.cancel();
            return false;
        }
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
        !self.0.queue.is_closed() && self.0.is_crowded()
    }

    /// Whether others should wait until less is taken: once, until less than half of it has been taken in between.
    pub(crate) fn deserves_time(&self) -> bool {
        self.is_crowded() && !self.0.waited_for.load(Ordering::Relaxed)
    }

    /// Others have waited, and it did not help.
    pub(crate) fn had_time(&self) {
        self.0.waited_for.store(true, Ordering::Relaxed);
    }

    /// Completes once a frame did not fit.
    pub(crate) async fn overflowed(&self) {
        self.0.overflow.cancelled().await;
    }
}

impl Waiting {
    /// The next frame. Nothing is lost if this is not waited for to the end.
    pub(crate) async fn next(&mut self) -> Option<Arc<Frame>> {
        let frame = self.queue.recv().await?;
        self.way.gave(&frame);
        Some(frame)
    }

    /// The next frame, if it is there.
    pub(crate) fn try_next(&mut self) -> Option<Arc<Frame>> {
        let frame = self.queue.try_recv().ok()?;
        self.way.gave(&frame);
        Some(frame)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}

impl Way {
    /// Counts a frame that is about to wait; false if it is too large, with what waits already. What did not fit stays
    /// counted: nothing comes after it.
    fn takes(&self, frame: &Frame) -> bool {
        let before = self.counter(frame).fetch_add(frame.bytes(), Ordering::Relaxed);
        match frame.about {
            About::Anew(_) => true,
            About::State(_) if before == 0 => true,
            _ => before.saturating_add(frame.bytes()) <= MOST_BYTES,
        }
    }

    /// A frame waits no longer.
    fn gave(&self, frame: &Frame) {
        self.counter(frame).fetch_sub(frame.bytes(), Ordering::Relaxed);
        if self.waited_for.load(Ordering::Relaxed) && !self.is_crowded() {
            self.waited_for.store(false, Ordering::Relaxed);
        }
    }

    fn counter(&self, frame: &Frame) -> &AtomicUsize {
        match frame.about {
            About::State(_) => &self.states,
            About::Anew(_) => &self.anew,
            _ => &self.bytes,
        }
    }

    fn is_crowded(&self) -> bool {
        self.queue.capacity() * 2 < self.queue.max_capacity()
            || self.bytes.load(Ordering::Relaxed) > MOST_BYTES / 2
            || self.anew.load(Ordering::Relaxed) > MOST_BYTES / 2
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

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;

    fn frame(about: About, bytes: usize) -> Arc<Frame> {
        Arc::new(Frame { message: Message::text("x".repeat(bytes)), about })
    }

    fn event(bytes: usize) -> Arc<Frame> {
        frame(About::Delta(Room::Lobby, 1), bytes)
    }

    fn state(bytes: usize) -> Arc<Frame> {
        frame(About::State(Room::Lobby), bytes)
    }

    fn has_overflowed(outbox: &Outbox) -> bool {
        outbox.0.overflow.is_cancelled()
    }

    #[test]
    fn frames_of_too_many_bytes_are_too_much_however_few_they_are() {
        let (outbox, mut waiting) = Outbox::new(1, 256);
        assert!((0..4).all(|_| outbox.push(event(MIB))));
        waiting.try_next().expect("four wait");
        assert!(outbox.push(event(MIB)), "what was taken waits no longer");
        assert!(!has_overflowed(&outbox));
        assert!(!outbox.push(event(1)) && has_overflowed(&outbox));
    }

    #[test]
    fn one_state_may_be_of_any_size_and_a_second_one_of_that_size_may_not_wait_with_it() {
        let (outbox, mut waiting) = Outbox::new(1, 256);
        assert!(outbox.push(event(MIB)) && outbox.push(state(8 * MIB)) && outbox.push(event(MIB)));
        for _ in 0..2 {
            waiting.try_next().expect("three wait");
        }
        assert!(outbox.push(state(8 * MIB)), "the first one waits no longer");
        assert!(!has_overflowed(&outbox));
        assert!(!outbox.push(state(8 * MIB)) && has_overflowed(&outbox));
    }

    #[test]
    fn states_that_nobody_asked_for_may_be_many_and_large_and_others_wait_for_whoever_has_them() {
        let (outbox, mut waiting) = Outbox::new(1, 256);
        assert!((0..3).all(|_| outbox.push(state(8 * MIB).anew(Room::Lobby))));
        assert!(outbox.is_crowded() && !has_overflowed(&outbox));
        assert!(outbox.push(state(8 * MIB)), "one that was asked for may wait beside");
        for _ in 0..3 {
            waiting.try_next().expect("four wait");
        }
        assert!(!outbox.is_crowded());
    }

    #[test]
    fn a_client_is_given_time_once_until_less_than_half_has_waited_for_it() {
        let (outbox, mut waiting) = Outbox::new(1, 8);
        assert!((0..5).all(|_| outbox.push(event(1))));
        assert!(outbox.deserves_time());
        outbox.had_time();
        assert!(outbox.push(event(1)) && !outbox.deserves_time());
        for _ in 0..2 {
            waiting.try_next().expect("six wait");
        }
        assert!((0..2).all(|_| outbox.push(event(1))) && outbox.deserves_time());
    }
}
