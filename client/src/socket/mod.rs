//! The WebSocket: rooms followed in the background, every frame checked, every lost connection made again.

mod acks;
mod backoff;
mod connection;
mod session;
mod wire;

use crate::room::{Delta, EventFrame, RetractionFrame, RoomError, RoomState};
use crate::seen::Seen;
use crate::trust::Trust;
use chorale_domain::id::Wallet;
use chorale_wire::Problem;
use chorale_wire::socket::Room;
use connection::Connection;
use futures::Stream;
use session::{Command, Session};
use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc;

/// Updates a slow reader may leave lying before the socket stops reading (and the server cuts it).
const BACKLOG: usize = 1024;

/// What to follow, as whom.
#[derive(Clone, Debug)]
pub struct SocketOptions {
    /// [`Client::socket_url`](crate::Client::socket_url).
    pub url: String,
    /// Who is believed to be the server, where the URL begins with `wss`.
    pub trust: Trust,
    /// [`SignedIn::token`](crate::SignedIn::token).
    pub token: String,
    /// Followed from the start; more can be subscribed to later.
    pub rooms: BTreeSet<Room>,
    /// After so long without a frame the server is asked for a sign of life; after twice that, given up.
    pub patience: Duration,
    /// The first delay before connecting again; doubles with each failure up to [`max_delay`](Self::max_delay).
    pub min_delay: Duration,
    /// The longest delay before connecting again, beyond what the server asks for.
    pub max_delay: Duration,
    /// Whether to connect again when the connection breaks.
    pub reconnect: bool,
    /// Whether to acknowledge events, so that no more are under way than the owner works through.
    pub acks: bool,
    /// Whether to be told who is in the rooms.
    pub presence: bool,
    /// What the client's reads must not be older than.
    pub(crate) seen: Seen,
}

impl SocketOptions {
    /// Options for `rooms`, with 20 s of patience and delays from 100 ms to 5 s; it connects again, and neither
    /// acknowledges nor asks who is there. No client's reads know of what this socket is told: where one does read,
    /// [`Client::socket`](crate::Client::socket) gives these options.
    #[must_use]
    pub fn new(url: String, token: &str, rooms: impl IntoIterator<Item = Room>) -> Self {
        Self {
            url,
            trust: Trust::public(),
            token: token.into(),
            rooms: rooms.into_iter().collect(),
            patience: Duration::from_secs(20),
            min_delay: Duration::from_millis(100),
            max_delay: Duration::from_secs(5),
            reconnect: true,
            acks: false,
            presence: false,
            seen: Seen::default(),
        }
    }
}

/// Where a socket stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SocketStatus {
    /// Connecting and authenticating.
    Connecting,
    /// The server knows who this is.
    Authenticated,
    /// Its rooms are being followed.
    Subscribed,
    /// The connection is gone.
    Disconnected {
        /// Why, in words.
        reason: String,
    },
    /// Waiting before connecting again.
    Reconnecting {
        /// For how long.
        delay: Duration,
    },
    /// The server does not accept the session: sign in again and open a new socket.
    Refused(Problem),
}

/// What a socket has to say. Room states are [`Socket::room`]'s; updates tell when to look.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Update {
    /// The socket stands elsewhere now.
    Status(SocketStatus),
    /// A room's state has arrived whole: the first, or a later one in its place.
    Snapshot {
        /// Which room.
        room: Room,
        /// Global sequence of the last event that is in it.
        cursor: i64,
    },
    /// After a break the room's state has everything again; what was missed came as events before this.
    Resumed {
        /// Which room.
        room: Room,
        /// Global sequence up to which nothing is missing.
        cursor: i64,
    },
    /// An event was checked and is in the room's state.
    Event(Box<EventFrame>),
    /// A retraction was checked: its event, which a fork dropped, is no longer in the room's state.
    Retracted(Box<RetractionFrame>),
    /// Nothing of a room up to a cursor will be taken back.
    Finalized {
        /// Which room.
        room: Room,
        /// Up to and with this cursor.
        through: i64,
        /// The newest slot with a final transaction of the program.
        slot: u64,
    },
    /// Who is in a room, where that was asked for.
    Presence {
        /// Which room.
        room: Room,
        /// Connections in it.
        clients: usize,
        /// Whose they are, each once; at most 100.
        wallets: Vec<Wallet>,
    },
    /// A frame did not continue the room's state, which was dropped; a new snapshot is on its way.
    Resync {
        /// Which room.
        room: Room,
        /// What was wrong.
        error: RoomError,
    },
    /// The server refused a frame of this client's.
    Problem(Problem),
}

impl From<Delta> for Update {
    fn from(delta: Delta) -> Self {
        match delta {
            Delta::Event(frame) => Self::Event(Box::new(frame)),
            Delta::Retraction(frame) => Self::Retracted(Box::new(frame)),
        }
    }
}

type Rooms = Arc<Mutex<BTreeMap<Room, RoomState>>>;

/// A followed set of rooms: a stream of [`Update`]s. Dropping it closes the connection.
#[derive(Debug)]
pub struct Socket {
    updates: mpsc::Receiver<Update>,
    handle: SocketHandle,
}

/// What can be asked of a [`Socket`] while someone else reads its updates; cloning it is cheap.
#[derive(Clone, Debug)]
pub struct SocketHandle {
    commands: mpsc::UnboundedSender<Command>,
    rooms: Rooms,
}

impl Socket {
    /// Begins to connect in the background, on the current tokio runtime.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn open(options: SocketOptions) -> Self {
        Self::open_with(options, rand::random)
    }

    /// As [`open`](Self::open), drawing from `random`, which gives numbers from 0 to 1 (1 excluded), how much of a delay
    /// to wait before connecting again.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn open_with(options: SocketOptions, random: impl FnMut() -> f64 + Send + 'static) -> Self {
        let (commands, receiver) = mpsc::unbounded_channel();
        let (sender, updates) = mpsc::channel(BACKLOG);
        let rooms = Rooms::default();
        let session = Session::new(options, receiver, sender, rooms.clone(), Box::new(random));
        tokio::spawn(Connection::run(session));
        let handle = SocketHandle { commands, rooms };
        Self { updates, handle }
    }

    /// What can be asked of it from elsewhere.
    #[must_use]
    pub fn handle(&self) -> SocketHandle {
        self.handle.clone()
    }

    /// A room's state as it is now; `None` until its snapshot is in.
    #[must_use]
    pub fn room(&self, room: Room) -> Option<RoomState> {
        self.handle.room(room)
    }

    /// The next update; `None` once the server has refused the session, or the connection broke and is not to be made
    /// again.
    pub async fn next(&mut self) -> Option<Update> {
        self.updates.recv().await
    }
}

impl Stream for Socket {
    type Item = Update;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Update>> {
        self.updates.poll_recv(context)
    }
}

impl SocketHandle {
    /// Follows a room too. Its snapshot comes as an update; subscribing again gives a new one.
    pub fn subscribe(&self, room: Room) {
        self.command(Command::Subscribe(room));
    }

    /// Follows a room no longer.
    pub fn unsubscribe(&self, room: Room) {
        self.command(Command::Unsubscribe(room));
    }

    fn command(&self, command: Command) {
        if self.commands.send(command).is_err() {
            tracing::debug!("the socket has ended and takes no more commands");
        }
    }

    /// A room's state as it is now; `None` until its snapshot is in.
    #[must_use]
    pub fn room(&self, room: Room) -> Option<RoomState> {
        lock(&self.rooms).get(&room).cloned()
    }
}

/// The states are replaced one room at a time, so a panic elsewhere leaves none half done.
fn lock(rooms: &Rooms) -> MutexGuard<'_, BTreeMap<Room, RoomState>> {
    rooms.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
