//! The way into rooms, on which a client has one request at a time.
//!
//! The answer to `subscribe` may be the state of a large room, and it waits in the outbox like everything else. Were
//! the next one read before that is sent, whoever subscribes again and again and takes nothing would fill the memory.
//! So such frames wait here, where they are small, while acknowledgements and pings are heard as ever: without those
//! the answer might never be sent.

use super::outbox::{About, Frame};
use crate::error::problem;
use axum::http::StatusCode;
use chorale_wire::socket::{ClientFrame, Request, Room};
use chorale_wire::{Code, Problem};
use std::collections::VecDeque;

/// Frames of a client that may wait for each room that it may follow: it may leave and enter every one of them.
const FOR_EACH_ROOM: usize = 2;

/// See the module.
pub(crate) struct Entrance {
    /// The room into which the client is on its way.
    awaited: Option<Room>,
    held: VecDeque<Request>,
    most: usize,
}

/// Whose turn it is.
pub(crate) enum Turn {
    /// The request's, which is handed back.
    Now(Request),
    /// Another's; this one waits, which is about this room.
    Later(Room),
    /// Never this one's: too many wait.
    Refused(Option<u64>, Problem, Room),
}

impl Entrance {
    /// For a client that may follow so many rooms.
    pub(crate) fn new(rooms: usize) -> Self {
        Self { awaited: None, held: VecDeque::new(), most: FOR_EACH_ROOM * rooms.max(1) }
    }

    /// Takes a request in.
    pub(crate) fn turn(&mut self, request: Request) -> Turn {
        let Some(room) = self.must_wait(&request.frame) else { return Turn::Now(request) };
        if self.held.len() >= self.most {
            return Turn::Refused(request.id, too_many(self.most), room);
        }
        self.held.push_back(request);
        Turn::Later(room)
    }

    /// The request that waited longest, once it is its turn.
    pub(crate) fn next(&mut self) -> Option<Request> {
        if self.awaited.is_some() { None } else { self.held.pop_front() }
    }

    /// The client is on its way into a room.
    pub(crate) fn await_answer(&mut self, room: Room) {
        self.awaited = Some(room);
    }

    /// A frame goes out to the client, maybe the one it needs to be in.
    pub(crate) fn sent(&mut self, frame: &Frame) {
        if let About::State(room) | About::Answer(room) | About::Refusal(room) = frame.about
            && self.awaited == Some(room)
        {
            self.awaited = None;
        }
    }

    /// Whether the client has asked to leave the room, or to enter it again, and that waits.
    pub(crate) fn is_leaving(&self, room: Room) -> bool {
        self.held.iter().any(|request| room_of(&request.frame) == Some(room))
    }

    /// The room because of which a frame has to wait. What is asked of one room stays in order.
    fn must_wait(&self, frame: &ClientFrame) -> Option<Room> {
        match frame {
            ClientFrame::Subscribe(subscription) => {
                (self.awaited.is_some() || !self.held.is_empty()).then_some(subscription.room)
            }
            ClientFrame::Unsubscribe { room } => self.is_on_the_way_into(*room).then_some(*room),
            ClientFrame::Authenticate { .. } | ClientFrame::Ack { .. } | ClientFrame::Ping => None,
        }
    }

    fn is_on_the_way_into(&self, room: Room) -> bool {
        let is_about_it = |request: &Request| match &request.frame {
            ClientFrame::Subscribe(subscription) => subscription.room == room,
            _ => false,
        };
        self.awaited == Some(room) || self.held.iter().any(is_about_it)
    }
}

/// The room that a frame asks to enter or to leave.
fn room_of(frame: &ClientFrame) -> Option<Room> {
    match frame {
        ClientFrame::Subscribe(subscription) => Some(subscription.room),
        ClientFrame::Unsubscribe { room } => Some(*room),
        ClientFrame::Authenticate { .. } | ClientFrame::Ack { .. } | ClientFrame::Ping => None,
    }
}

fn too_many(most: usize) -> Problem {
    let detail = format!("{most} requests of yours to enter and leave rooms wait: read the answers first");
    problem(StatusCode::TOO_MANY_REQUESTS, Code::RateLimited, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chorale_domain::id::ThreadId;
    use chorale_wire::socket::Subscription;
    use tokio_websockets::Message;

    const THREAD: Room = Room::Thread(ThreadId([1; 32]));

    fn subscribe(room: Room) -> Request {
        ClientFrame::Subscribe(Subscription::to(room)).into()
    }

    fn unsubscribe(room: Room) -> Request {
        ClientFrame::Unsubscribe { room }.into()
    }

    fn frame(about: About) -> Frame {
        Frame { message: Message::text(""), about }
    }

    fn on_its_way(rooms: usize) -> Entrance {
        let mut entrance = Entrance::new(rooms);
        assert!(matches!(entrance.turn(subscribe(THREAD)), Turn::Now(_)));
        entrance.await_answer(THREAD);
        entrance
    }

    #[test]
    fn whoever_is_on_its_way_into_a_room_waits_with_the_next_and_is_heard_otherwise() {
        let mut entrance = on_its_way(8);
        for room in [Room::Lobby, THREAD] {
            assert!(matches!(entrance.turn(subscribe(room)), Turn::Later(_)));
            assert!(matches!(entrance.turn(unsubscribe(room)), Turn::Later(_)));
        }
        let elsewhere = Room::Thread(ThreadId([2; 32]));
        let others = [ClientFrame::Ping, ClientFrame::Ack { room: THREAD, cursor: 1 }];
        for request in others.map(Request::from).into_iter().chain([unsubscribe(elsewhere)]) {
            assert!(matches!(entrance.turn(request), Turn::Now(_)));
        }
    }

    #[test]
    fn only_the_answer_of_the_room_itself_lets_the_next_one_pass() {
        let mut entrance = on_its_way(8);
        assert!(matches!(entrance.turn(subscribe(Room::Lobby)), Turn::Later(_)));
        for about in [About::Other, About::State(Room::Lobby), About::Delta(THREAD, 1), About::Anew(THREAD)] {
            entrance.sent(&frame(about));
            assert!(entrance.next().is_none(), "{about:?} is no answer");
        }
        entrance.sent(&frame(About::State(THREAD)));
        assert_eq!(entrance.next(), Some(subscribe(Room::Lobby)));
        entrance.await_answer(Room::Lobby);
        entrance.sent(&frame(About::Answer(Room::Lobby)));
        assert!(matches!(entrance.turn(subscribe(THREAD)), Turn::Now(_)));
    }

    #[test]
    fn whoever_asks_to_leave_or_to_enter_again_is_leaving_until_that_is_its_turn() {
        for request in [unsubscribe(THREAD), subscribe(THREAD)] {
            let mut entrance = on_its_way(8);
            assert!(!entrance.is_leaving(THREAD));
            assert!(matches!(entrance.turn(request), Turn::Later(_)));
            assert!(entrance.is_leaving(THREAD) && !entrance.is_leaving(Room::Lobby));
            entrance.sent(&frame(About::Refusal(THREAD)));
            entrance.next().expect("it is its turn");
            assert!(!entrance.is_leaving(THREAD));
        }
    }

    #[test]
    fn whoever_floods_while_waiting_is_refused() {
        let mut entrance = on_its_way(2);
        let turns: Vec<_> = (0..5).map(|_| entrance.turn(subscribe(THREAD))).collect();
        assert!(turns[..4].iter().all(|turn| matches!(turn, Turn::Later(_))));
        assert!(matches!(&turns[4], Turn::Refused(_, problem, _) if problem.code == Code::RateLimited));
    }
}
