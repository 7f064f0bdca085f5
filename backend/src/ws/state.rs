//! What a connection may do when. Transitions consume the old state and return the new one with what is to be
//! done; they touch nothing themselves.

use crate::auth::{AuthError, Caller, SignedIn, scope};
use crate::error::{ApiError, problem};
use axum::http::StatusCode;
use chorale_domain::id::Wallet;
use chorale_wire::socket::{ClientFrame, Room, Subscription};
use chorale_wire::{Code, Problem};
use std::collections::BTreeSet;

/// Who follows rooms: its session may be used for reading.
pub(crate) type Reader = Caller<scope::Read>;

/// Where a connection is on its way. A client knows one more, `Reconnecting`.
#[derive(Default)]
pub(crate) enum State {
    /// Connected; nobody knows who it is.
    #[default]
    Connecting,
    /// Signed in, in no room.
    Authenticated(Reader),
    /// Signed in and in these rooms, at least one.
    Subscribed(Reader, BTreeSet<Room>),
    /// Over.
    Disconnected,
}

/// What follows from a frame.
pub(crate) enum Step {
    /// Answer a ping.
    Pong,
    /// Say that the token was good, and whose it is.
    Welcome(Wallet),
    /// Say why not; of this room, if it is about one.
    Refuse(Problem, Option<Room>),
    /// Let the wallet into the room, if it exists.
    Join(Wallet, Subscription),
    /// Leave the room, and say so.
    Leave(Room),
    /// Send more of the room, up to this cursor it is done with.
    Acked(Room, i64),
}

impl State {
    /// Moves on by one frame of the client that is not about who it is: for that there is
    /// [`authenticate`](Self::authenticate).
    pub(crate) fn step(self, frame: &ClientFrame, max_rooms: usize) -> (Self, Step) {
        match (self, frame) {
            (state, ClientFrame::Ping) => (state, Step::Pong),
            (state @ (Self::Connecting | Self::Disconnected), _)
            | (state, ClientFrame::Authenticate { .. }) => (state, refuse(AuthError::NotSignedIn)),
            (state, ClientFrame::Subscribe(subscription)) => state.subscribe(*subscription, max_rooms),
            (state, ClientFrame::Unsubscribe { room }) => (state.without(*room), Step::Leave(*room)),
            (state, ClientFrame::Ack { room, cursor }) => (state, Step::Acked(*room, *cursor)),
        }
    }

    /// Moves on by what became of a token. A later session takes the place of an earlier one of the same wallet; the
    /// rooms stay.
    pub(crate) fn authenticate(self, session: Result<Reader, AuthError>) -> (Self, Step) {
        let session = match session {
            Ok(session) => session,
            Err(error) => return (self, refuse(error)),
        };
        let welcome = Step::Welcome(session.wallet());
        match self {
            Self::Authenticated(ref current) | Self::Subscribed(ref current, _)
                if current.wallet() != session.wallet() =>
            {
                let refusal = anothers_connection(current.wallet());
                (self, Step::Refuse(refusal, None))
            }
            Self::Subscribed(_, rooms) => (Self::Subscribed(session, rooms), welcome),
            Self::Connecting | Self::Authenticated(_) => (Self::Authenticated(session), welcome),
            Self::Disconnected => (Self::Disconnected, refuse(AuthError::NotSignedIn)),
        }
    }

    /// Whose connection it is, as long as that is known.
    pub(crate) fn session(&self) -> Option<&SignedIn> {
        match self {
            Self::Connecting | Self::Disconnected => None,
            Self::Authenticated(reader) | Self::Subscribed(reader, _) => Some(reader.session()),
        }
    }

    /// Ends the conversation; returns the rooms that have to be left, too.
    pub(crate) fn disconnect(self) -> (Self, BTreeSet<Room>) {
        match self {
            Self::Subscribed(_, rooms) => (Self::Disconnected, rooms),
            Self::Connecting | Self::Authenticated(_) | Self::Disconnected => {
                (Self::Disconnected, BTreeSet::new())
            }
        }
    }

    /// The state without the room.
    pub(crate) fn without(self, room: Room) -> Self {
        match self {
            Self::Subscribed(session, mut rooms) => {
                rooms.remove(&room);
                if rooms.is_empty() { Self::Authenticated(session) } else { Self::Subscribed(session, rooms) }
            }
            state => state,
        }
    }

    fn subscribe(self, subscription: Subscription, max_rooms: usize) -> (Self, Step) {
        let (session, mut rooms) = match self {
            Self::Connecting | Self::Disconnected => return (self, refuse(AuthError::NotSignedIn)),
            Self::Authenticated(session) => (session, BTreeSet::new()),
            Self::Subscribed(session, rooms) => (session, rooms),
        };
        let room = subscription.room;
        let step = match refusal(room, session.wallet(), &rooms, max_rooms) {
            Some(problem) => Step::Refuse(problem, Some(room)),
            None => {
                rooms.insert(room);
                Step::Join(session.wallet(), subscription)
            }
        };
        (if rooms.is_empty() { Self::Authenticated(session) } else { Self::Subscribed(session, rooms) }, step)
    }
}

/// Why a wallet that is in these rooms may not enter this one.
fn refusal(room: Room, wallet: Wallet, rooms: &BTreeSet<Room>, max_rooms: usize) -> Option<Problem> {
    if matches!(room, Room::Wallet(of) if of != wallet) {
        let detail = format!("{room} is not yours: you are signed in as {wallet}");
        return Some(problem(StatusCode::FORBIDDEN, Code::NotYours, detail));
    }
    let full = rooms.len() >= max_rooms && !rooms.contains(&room);
    let detail = format!("a connection can follow {max_rooms} rooms at a time: leave one first");
    full.then(|| problem(StatusCode::TOO_MANY_REQUESTS, Code::RateLimited, detail))
}

fn anothers_connection(wallet: Wallet) -> Problem {
    let detail = format!("this connection is {wallet}'s: open another one for another wallet");
    problem(StatusCode::FORBIDDEN, Code::NotYours, detail)
}

fn refuse(error: AuthError) -> Step {
    Step::Refuse(ApiError::from(error).into_problem(), None)
}
