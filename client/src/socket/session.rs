//! What outlives a single connection: the rooms wanted, their states, and the way to the owner.

use super::acks::Acks;
use super::backoff::{Backoff, Random};
use super::wire::{self, End, Wire, lost, receive, send};
use super::{Rooms, SocketOptions, SocketStatus, Update, lock};
use crate::room::{Delta, RoomError, RoomState};
use chorale_wire::socket::{ClientFrame, Mark, Room, ServerFrame, Subscription};
use chorale_wire::{Code, Problem};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

/// What the owner wants.
#[derive(Clone, Copy)]
pub(super) enum Command {
    Subscribe(Room),
    Unsubscribe(Room),
}

pub(super) struct Session {
    options: SocketOptions,
    commands: mpsc::UnboundedReceiver<Command>,
    updates: mpsc::Sender<Update>,
    rooms: Rooms,
    backoff: Backoff,
    /// Of this connection, where acknowledgements are promised.
    acks: Option<Acks>,
}

impl Session {
    pub(super) fn new(
        options: SocketOptions,
        commands: mpsc::UnboundedReceiver<Command>,
        updates: mpsc::Sender<Update>,
        rooms: Rooms,
        random: Random,
    ) -> Self {
        let backoff = Backoff::new(&options, random);
        Self { options, commands, updates, rooms, backoff, acks: None }
    }

    /// Tells the owner where the socket stands; `None` if there is no owner any more.
    pub(super) async fn report(&mut self, status: SocketStatus) -> Option<()> {
        self.updates.send(Update::Status(status)).await.ok()
    }

    /// Connects and authenticates.
    pub(super) async fn connect(&mut self) -> Result<Wire, End> {
        let attempt = timeout(self.options.patience, wire::authenticated(&self.options)).await;
        let in_time = attempt.unwrap_or_else(|_| Err(lost("the server took too long to let this client in")));
        let (wire, hello) = in_time?;
        self.acks = self.options.acks.then(|| Acks::new(hello.limits.unacked));
        Ok(wire)
    }

    /// Asks for what was missed in every wanted room, or for its snapshot where there is no state of it yet.
    pub(super) async fn subscribe_all(&mut self, wire: &mut Wire) -> Result<(), End> {
        for room in self.options.rooms.clone() {
            let after = lock(&self.rooms).get(&room).map(RoomState::mark);
            send(wire, self.subscription(room, after)).await?;
        }
        Ok(())
    }

    fn subscription(&self, room: Room, after: Option<Mark>) -> ClientFrame {
        let SocketOptions { acks, presence, .. } = self.options;
        ClientFrame::Subscribe(Subscription { room, after, acks, presence })
    }

    /// Takes frames and commands until the connection ends.
    pub(super) async fn follow(&mut self, mut wire: Wire) -> End {
        let mut silent = false;
        loop {
            let step = tokio::select! {
                () = self.updates.closed() => Err(End::Dropped),
                command = self.commands.recv() => self.command(&mut wire, command).await,
                frame = timeout(self.options.patience, receive(&mut wire)) => match frame {
                    Ok(frame) => { silent = false; self.frame(&mut wire, frame).await }
                    Err(_) if silent => Err(lost("the server has gone silent")),
                    Err(_) => { silent = true; send(&mut wire, ClientFrame::Ping).await }
                },
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn command(&mut self, wire: &mut Wire, command: Option<Command>) -> Result<(), End> {
        let command = command.ok_or(End::Dropped)?;
        let frame = self.want(command);
        send(wire, frame).await
    }

    /// Remembers what the owner wants, for this connection and later ones.
    fn want(&mut self, command: Command) -> ClientFrame {
        match command {
            Command::Subscribe(room) => {
                self.options.rooms.insert(room);
                self.subscription(room, None)
            }
            Command::Unsubscribe(room) => {
                self.options.rooms.remove(&room);
                lock(&self.rooms).remove(&room);
                ClientFrame::Unsubscribe { room }
            }
        }
    }

    async fn frame(&mut self, wire: &mut Wire, frame: Result<ServerFrame, End>) -> Result<(), End> {
        let frame = frame?;
        self.see(&frame);
        match frame {
            frame @ ServerFrame::Snapshot { .. } => self.snapshot(frame).await,
            ServerFrame::Resumed { room, cursor, tag, finalized } => {
                self.resumed(wire, room, Mark { cursor, tag }, finalized).await
            }
            ServerFrame::Finalized { room, through, slot } => self.finalized(room, through, slot).await,
            ServerFrame::Presence { room, clients, wallets } => {
                self.tell(Update::Presence { room, clients, wallets }).await
            }
            ServerFrame::Error { problem, room, .. } => self.refused(wire, problem, room).await,
            frame => match Delta::of(frame) {
                Some(delta) => self.advance(wire, delta).await,
                None => Ok(()),
            },
        }
    }

    /// First of all, so that whoever knows of a frame, however that is, reads nothing older.
    fn see(&self, frame: &ServerFrame) {
        if let ServerFrame::Snapshot { cursor, .. }
        | ServerFrame::Resumed { cursor, .. }
        | ServerFrame::Event { cursor, .. }
        | ServerFrame::Retracted { cursor, .. } = frame
        {
            self.options.seen.raise(*cursor);
        }
    }

    /// A snapshot that does not hold together ends the connection: asking at once for another one could
    /// go on for ever.
    async fn snapshot(&mut self, frame: ServerFrame) -> Result<(), End> {
        let ServerFrame::Snapshot { room, cursor, tag, finalized, entities } = frame else { return Ok(()) };
        if !self.options.rooms.contains(&room) {
            return Ok(());
        }
        let mark = Mark { cursor, tag };
        let state = RoomState::from_snapshot(room, mark, finalized, entities).map_err(lost)?;
        lock(&self.rooms).insert(room, state);
        self.backoff.succeeded();
        self.tell(Update::Snapshot { room, cursor }).await
    }

    async fn finalized(&mut self, room: Room, through: i64, slot: u64) -> Result<(), End> {
        if let Some(state) = lock(&self.rooms).get_mut(&room) {
            state.finalize(through);
        }
        self.tell(Update::Finalized { room, through, slot }).await
    }

    /// What cannot be resumed begins anew. A server whose parts are away is left until it says to come back: then every
    /// room is asked for again.
    async fn refused(&mut self, wire: &mut Wire, problem: Problem, room: Option<Room>) -> Result<(), End> {
        match room {
            Some(room) if problem.code == Code::CursorTooOld => self.begin_anew(wire, room).await,
            Some(_) if problem.status >= 500 => Err(End::away(&problem)),
            _ => {
                self.backoff.hint(problem.retry_after);
                self.tell(Update::Problem(problem)).await
            }
        }
    }

    /// All that was missed is in.
    async fn resumed(&mut self, wire: &mut Wire, room: Room, mark: Mark, finalized: i64) -> Result<(), End> {
        let resumed = lock(&self.rooms).get_mut(&room).map(|state| state.resumed(mark, finalized));
        match resumed {
            None => Ok(()),
            Some(Ok(())) => {
                self.backoff.succeeded();
                self.tell(Update::Resumed { room, cursor: mark.cursor }).await
            }
            Some(Err(error)) => self.resync(wire, room, error).await,
        }
    }

    /// What was missed is too much to be told, or of another store.
    async fn begin_anew(&mut self, wire: &mut Wire, room: Room) -> Result<(), End> {
        lock(&self.rooms).remove(&room);
        send(wire, self.subscription(room, None)).await
    }

    /// What comes for a room without a state is from before its next snapshot, which has it in it.
    async fn advance(&mut self, wire: &mut Wire, delta: Delta) -> Result<(), End> {
        let (room, cursor) = (delta.room(), delta.cursor());
        let advanced = lock(&self.rooms).get_mut(&room).map(|state| state.advance(delta.clone()));
        match advanced {
            None => {}
            Some(Ok(())) => self.tell(delta.into()).await?,
            Some(Err(error)) => self.resync(wire, room, error).await?,
        }
        self.acknowledge(wire, room, cursor).await
    }

    /// Whatever became of a delta, the server need not wait for it.
    async fn acknowledge(&mut self, wire: &mut Wire, room: Room, cursor: i64) -> Result<(), End> {
        let acks = self.acks.as_mut().map(|acks| acks.taken(room, cursor));
        for ack in acks.into_iter().flatten() {
            send(wire, ack).await?;
        }
        Ok(())
    }

    async fn resync(&mut self, wire: &mut Wire, room: Room, error: RoomError) -> Result<(), End> {
        tracing::warn!(%room, %error, "asking for a new snapshot");
        lock(&self.rooms).remove(&room);
        self.tell(Update::Resync { room, error }).await?;
        self.begin_anew(wire, room).await
    }

    async fn tell(&mut self, update: Update) -> Result<(), End> {
        self.updates.send(update).await.map_err(|_| End::Dropped)
    }

    /// How long to wait before the next attempt, if there is to be one: at least as long as the server asked for.
    pub(super) fn next_delay(&mut self, retry_after: Option<u64>) -> Option<Duration> {
        self.backoff.hint(retry_after);
        self.options.reconnect.then(|| self.backoff.next())
    }

    /// Waits, minding commands; `None` if the owner dropped the socket.
    pub(super) async fn wait(&mut self, delay: Duration) -> Option<()> {
        let over = sleep(delay);
        tokio::pin!(over);
        loop {
            tokio::select! {
                () = &mut over => return Some(()),
                () = self.updates.closed() => return None,
                command = self.commands.recv() => { self.want(command?); }
            }
        }
    }
}
