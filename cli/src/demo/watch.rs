//! What a client saw, and when: its socket's updates, kept by transaction.

use anyhow::{Context, Result, bail};
use chorale_client::{EventFrame, RoomError, RoomState, Socket, SocketHandle, SocketStatus, Update};
use chorale_domain::event::ChainEvent;
use chorale_domain::id::Signature;
use chorale_wire::socket::Room;
use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Longer than anything that works takes, an indexer that is started again included.
const PATIENCE: Duration = Duration::from_secs(60);

/// An event in a room: which transaction, and what kind, since one transaction can bring several.
type Key = (Room, Signature, &'static str);

/// An event as a client saw it.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// When the client had checked it and taken it into its state.
    pub at: Instant,
    /// What happened, where.
    pub event: ChainEvent,
    /// Whether it changed something the lobby holds too, so that it must come there as well.
    pub in_lobby: bool,
}

#[derive(Default)]
struct Seen {
    snapshots: BTreeSet<Room>,
    sightings: HashMap<Key, Sighting>,
    faults: Vec<String>,
    refused: Option<String>,
    lost: Option<String>,
}

/// Watches one client's socket.
pub struct Watch {
    seen: watch::Receiver<Seen>,
    socket: SocketHandle,
    task: JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Watch {
    /// Begins to watch.
    #[must_use]
    pub fn new(socket: Socket) -> Self {
        let (sender, seen) = watch::channel(Seen::default());
        let handle = socket.handle();
        let task = tokio::spawn(follow(socket, sender));
        Self { seen, socket: handle, task }
    }

    /// Follows `room`, and waits until its snapshot is in.
    ///
    /// # Errors
    /// If it does not come.
    pub async fn enter(&self, room: Room) -> Result<()> {
        self.socket.subscribe(room);
        self.wait(&format!("the snapshot of {room}"), |seen| seen.snapshots.contains(&room).then_some(()))
            .await
    }

    /// Waits until the event is in this client's state.
    ///
    /// # Errors
    /// If it does not come.
    pub async fn sighting(&self, room: Room, signature: Signature, kind: &'static str) -> Result<Sighting> {
        self.wait(&format!("{kind} of transaction {signature} in {room}"), |seen| {
            seen.sightings.get(&(room, signature, kind)).cloned()
        })
        .await
    }

    /// The room's state as this client has it.
    ///
    /// # Errors
    /// If it has none.
    pub fn room(&self, room: Room) -> Result<RoomState> {
        self.socket.room(room).with_context(|| format!("the client holds no state of {room}"))
    }

    /// Frames the client had to refuse, in words.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        self.seen.borrow().faults.clone()
    }

    async fn wait<T>(&self, what: &str, find: impl Fn(&Seen) -> Option<T>) -> Result<T> {
        let mut seen = self.seen.clone();
        let there = |seen: &Seen| seen.refused.is_some() || find(seen).is_some();
        let Ok(found) = tokio::time::timeout(PATIENCE, seen.wait_for(there)).await else {
            bail!("{what} was not pushed within {PATIENCE:?}; {}", self.hint());
        };
        let seen = found.context("the client's socket has ended")?;
        find(&seen).with_context(|| format!("the socket was refused: {:?}", seen.refused))
    }

    /// What may be the matter.
    fn hint(&self) -> String {
        let lost = &self.seen.borrow().lost;
        lost.as_ref().map_or_else(
            || "does the indexer run?".into(),
            |reason| format!("the connection was last lost because: {reason}"),
        )
    }
}

async fn follow(mut socket: Socket, seen: watch::Sender<Seen>) {
    while let Some(update) = socket.next().await {
        let at = Instant::now();
        seen.send_modify(|seen| note(seen, at, update));
    }
}

fn note(seen: &mut Seen, at: Instant, update: Update) {
    match update {
        Update::Snapshot { room, .. } => {
            seen.snapshots.insert(room);
        }
        Update::Event(frame) => {
            let (key, sighting) = sight(at, *frame);
            seen.sightings.insert(key, sighting);
        }
        Update::Retracted(frame) => {
            seen.sightings.remove(&(frame.room, frame.event.id.signature, frame.event.event.kind()));
        }
        // Missing frames are what reconnecting is for; anything else is somebody's mistake.
        Update::Resync { error: RoomError::Gap { .. }, .. } | Update::Resumed { .. } => {}
        Update::Finalized { .. } | Update::Presence { .. } => {}
        Update::Resync { room, error } => seen.faults.push(format!("in {room}: {error}")),
        Update::Problem(problem) => seen.faults.push(problem.to_string()),
        Update::Status(SocketStatus::Refused(problem)) => seen.refused = Some(problem.to_string()),
        Update::Status(SocketStatus::Disconnected { reason }) => seen.lost = Some(reason),
        Update::Status(status) => tracing::debug!(?status, "socket"),
    }
}

fn sight(at: Instant, frame: EventFrame) -> (Key, Sighting) {
    let in_lobby = frame.changes.iter().any(|change| Room::Lobby.covers(&change.key));
    let event = frame.event;
    let key = (frame.room, event.id.signature, event.event.kind());
    let sighting = Sighting { at, event, in_lobby };
    (key, sighting)
}
