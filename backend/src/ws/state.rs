//! What a connection may do when. Transitions consume the old state and return the new one with what is to be
//! done; they touch nothing themselves.

use crate::auth::{Auth, AuthError, SignedIn};
use crate::error::{ApiError, problem};
use axum::http::StatusCode;
use chorale_domain::id::Wallet;
use chorale_wire::socket::{ClientFrame, Mark, Room};
use chorale_wire::{Code, Problem};
use std::collections::BTreeSet;
use std::mem;

/// Where a connection is on its way.
#[derive(Default)]
pub(crate) enum State {
    /// Connected; nobody knows who it is.
    #[default]
    Connecting,
    /// Signed in, in no room.
    Authenticated(SignedIn),
    /// Signed in and in these rooms, at least one.
    Subscribed(SignedIn, BTreeSet<Room>),
}

/// What follows from a frame.
pub(crate) enum Step {
    /// Answer a ping.
    Pong,
    /// Say that the token was good, and whose it is.
    Welcome(Wallet),
    /// Say why not.
    Refuse(Problem),
    /// Enter the room, if it exists, with everything after the mark or with its state.
    Join(Room, Option<Mark>),
    /// Leave the room, and say so.
    Leave(Room),
}

impl State {
    /// Moves on by one frame of the client.
    pub(crate) async fn step(self, frame: ClientFrame, auth: &Auth, max_rooms: usize) -> (Self, Step) {
        match (self, frame) {
            (state, ClientFrame::Ping) => (state, Step::Pong),
            (state, ClientFrame::Authenticate { token }) => {
                let session = auth.reader(&token).await;
                state.authenticate(session)
            }
            (Self::Connecting, _) => (Self::Connecting, refuse(AuthError::NotSignedIn)),
            (state, ClientFrame::Subscribe { room, after }) => state.subscribe((room, after), max_rooms),
            (state, ClientFrame::Unsubscribe { room }) => (state.without(room), Step::Leave(room)),
        }
    }

    /// Whose connection it is, once that is known.
    pub(crate) fn session(&self) -> Option<&SignedIn> {
        match self {
            Self::Connecting => None,
            Self::Authenticated(session) | Self::Subscribed(session, _) => Some(session),
        }
    }

    /// Ends the conversation; returns the rooms that have to be left.
    pub(crate) fn disconnect(&mut self) -> BTreeSet<Room> {
        match mem::take(self) {
            Self::Subscribed(_, rooms) => rooms,
            Self::Connecting | Self::Authenticated(_) => BTreeSet::new(),
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

    /// A later session takes the place of an earlier one; the rooms stay.
    fn authenticate(self, session: Result<SignedIn, AuthError>) -> (Self, Step) {
        let session = match session {
            Ok(session) => session,
            Err(error) => return (self, refuse(error)),
        };
        let state = match self {
            Self::Subscribed(_, rooms) => Self::Subscribed(session, rooms),
            Self::Connecting | Self::Authenticated(_) => Self::Authenticated(session),
        };
        (state, Step::Welcome(session.wallet()))
    }

    fn subscribe(self, (room, after): (Room, Option<Mark>), max_rooms: usize) -> (Self, Step) {
        let (session, mut rooms) = match self {
            Self::Connecting => return (self, refuse(AuthError::NotSignedIn)),
            Self::Authenticated(session) => (session, BTreeSet::new()),
            Self::Subscribed(session, rooms) => (session, rooms),
        };
        if rooms.len() >= max_rooms && !rooms.contains(&room) {
            return (Self::Subscribed(session, rooms), too_many(max_rooms));
        }
        rooms.insert(room);
        (Self::Subscribed(session, rooms), Step::Join(room, after))
    }
}

fn too_many(max_rooms: usize) -> Step {
    let detail = format!("a connection can follow {max_rooms} rooms at a time: leave one first");
    Step::Refuse(problem(StatusCode::TOO_MANY_REQUESTS, Code::RateLimited, detail))
}

fn refuse(error: AuthError) -> Step {
    Step::Refuse(ApiError::from(error).into_problem())
}
