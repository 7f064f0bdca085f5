//! What outlives a single connection: the rooms wanted, their states, and the way to the owner.

use super::{Rooms, SocketOptions, SocketStatus, Update, lock};
use crate::room::{Delta, RoomError, RoomState};
use chorale_wire::socket::{ClientFrame, Mark, PROTOCOL, Room, ServerFrame, VersionedEntity};
use chorale_wire::{Code, Problem};
use futures::{SinkExt, StreamExt};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// An authenticated connection.
pub(super) type Wire = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What the owner wants.
#[derive(Clone, Copy)]
pub(super) enum Command {
    Subscribe(Room),
    Unsubscribe(Room),
}

/// Why a connection ended.
pub(super) enum End {
    /// It broke: connect again.
    Lost(String),
    /// The owner dropped the socket.
    Dropped,
    /// The server does not accept the session.
    Refused(Problem),
}

pub(super) struct Session {
    options: SocketOptions,
    commands: mpsc::UnboundedReceiver<Command>,
    updates: mpsc::Sender<Update>,
    rooms: Rooms,
    failures: u32,
}

impl Session {
    pub(super) fn new(
        options: SocketOptions,
        commands: mpsc::UnboundedReceiver<Command>,
        updates: mpsc::Sender<Update>,
        rooms: Rooms,
    ) -> Self {
        Self { options, commands, updates, rooms, failures: 0 }
    }

    /// Tells the owner where the socket stands; `None` if there is no owner any more.
    pub(super) async fn report(&self, status: SocketStatus) -> Option<()> {
        self.updates.send(Update::Status(status)).await.ok()
    }

    /// Connects and authenticates.
    pub(super) async fn connect(&mut self) -> Result<Wire, End> {
        let attempt = timeout(self.options.patience, self.authenticated());
        attempt.await.unwrap_or_else(|_| Err(lost("the server took too long to let this client in")))
    }

    async fn authenticated(&self) -> Result<Wire, End> {
        let (mut wire, _) =
            connect_async_with_config(&self.options.url, Some(limits()), false).await.map_err(lost)?;
        expect_hello(&mut wire).await?;
        let token = self.options.token.clone();
        send(&mut wire, &ClientFrame::Authenticate { token }).await?;
        match receive(&mut wire).await? {
            ServerFrame::Authenticated { .. } => Ok(wire),
            ServerFrame::Error { problem, .. } => Err(End::Refused(problem)),
            other => Err(lost(format!("expected `authenticated`, not {other:?}"))),
        }
    }

    /// Asks for what was missed in every wanted room, or for its snapshot where there is no state of it yet.
    pub(super) async fn subscribe_all(&mut self, wire: &mut Wire) -> Result<(), End> {
        for room in self.options.rooms.clone() {
            let after = lock(&self.rooms).get(&room).map(RoomState::mark);
            send(wire, &ClientFrame::Subscribe { room, after }).await?;
        }
        Ok(())
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
                    Err(_) => { silent = true; send(&mut wire, &ClientFrame::Ping).await }
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
        send(wire, &frame).await
    }

    /// Remembers what the owner wants, for this connection and later ones.
    fn want(&mut self, command: Command) -> ClientFrame {
        match command {
            Command::Subscribe(room) => {
                self.options.rooms.insert(room);
                ClientFrame::Subscribe { room, after: None }
            }
            Command::Unsubscribe(room) => {
                self.options.rooms.remove(&room);
                lock(&self.rooms).remove(&room);
                ClientFrame::Unsubscribe { room }
            }
        }
    }

    async fn frame(&mut self, wire: &mut Wire, frame: Result<ServerFrame, End>) -> Result<(), End> {
        match frame? {
            ServerFrame::Snapshot { room, cursor, tag, entities } => {
                self.snapshot(room, Mark { cursor, tag }, entities).await
            }
            ServerFrame::Resumed { room, cursor, tag } => {
                self.resumed(wire, room, Mark { cursor, tag }).await
            }
            ServerFrame::Error { problem, room: Some(room) } if problem.code == Code::CursorTooOld => {
                self.begin_anew(wire, room).await
            }
            ServerFrame::Error { problem, .. } => self.tell(Update::Problem(problem)).await,
            frame => match Delta::of(frame) {
                Some(delta) => self.advance(wire, delta).await,
                None => Ok(()),
            },
        }
    }

    /// A snapshot that does not hold together ends the connection: asking at once for another one could
    /// go on for ever.
    async fn snapshot(&mut self, room: Room, mark: Mark, entities: Vec<VersionedEntity>) -> Result<(), End> {
        if !self.options.rooms.contains(&room) {
            return Ok(());
        }
        let state = RoomState::from_snapshot(room, mark, entities).map_err(lost)?;
        lock(&self.rooms).insert(room, state);
        self.failures = 0;
        self.tell(Update::Snapshot { room, cursor: mark.cursor }).await
    }

    /// All that was missed is in.
    async fn resumed(&mut self, wire: &mut Wire, room: Room, mark: Mark) -> Result<(), End> {
        let resumed = lock(&self.rooms).get_mut(&room).map(|state| state.resumed(mark));
        match resumed {
            None => Ok(()),
            Some(Ok(())) => {
                self.failures = 0;
                self.tell(Update::Resumed { room, cursor: mark.cursor }).await
            }
            Some(Err(error)) => self.resync(wire, room, error).await,
        }
    }

    /// What was missed is too much to be told, or of another store.
    async fn begin_anew(&mut self, wire: &mut Wire, room: Room) -> Result<(), End> {
        lock(&self.rooms).remove(&room);
        send(wire, &ClientFrame::Subscribe { room, after: None }).await
    }

    /// What comes for a room without a state is from before its next snapshot, which has it in it.
    async fn advance(&mut self, wire: &mut Wire, delta: Delta) -> Result<(), End> {
        let room = delta.room();
        let advanced = lock(&self.rooms).get_mut(&room).map(|state| state.advance(delta.clone()));
        match advanced {
            None => Ok(()),
            Some(Ok(())) => self.tell(delta.into()).await,
            Some(Err(error)) => self.resync(wire, room, error).await,
        }
    }

    async fn resync(&mut self, wire: &mut Wire, room: Room, error: RoomError) -> Result<(), End> {
        tracing::warn!(%room, %error, "asking for a new snapshot");
        lock(&self.rooms).remove(&room);
        self.tell(Update::Resync { room, error }).await?;
        self.begin_anew(wire, room).await
    }

    async fn tell(&self, update: Update) -> Result<(), End> {
        self.updates.send(update).await.map_err(|_| End::Dropped)
    }

    /// How long to wait before the next attempt: doubles with each failure in a row.
    pub(super) fn next_delay(&mut self) -> Duration {
        let factor = 2_u32.saturating_pow(self.failures);
        self.failures += 1;
        self.options.min_delay.saturating_mul(factor).min(self.options.max_delay)
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

#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands its errors over by value")]
fn lost(reason: impl ToString) -> End {
    End::Lost(reason.to_string())
}

async fn expect_hello(wire: &mut Wire) -> Result<(), End> {
    match receive(wire).await? {
        ServerFrame::Hello { protocol, program } => {
            let ours = chorale::ID.to_bytes();
            let known = protocol == PROTOCOL && program.0 == ours;
            known.then_some(()).ok_or_else(|| {
                lost(format!(
                    "the server speaks protocol {protocol} for program {program}, not this client's"
                ))
            })
        }
        other => Err(lost(format!("expected `hello`, not {other:?}"))),
    }
}

async fn send(wire: &mut Wire, frame: &ClientFrame) -> Result<(), End> {
    let text = serde_json::to_string(frame).map_err(lost)?;
    wire.send(Message::text(text)).await.map_err(lost)
}

/// The next frame with JSON in it; pings are answered by the library while it reads.
async fn receive(wire: &mut Wire) -> Result<ServerFrame, End> {
    loop {
        match wire.next().await {
            Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).map_err(lost),
            Some(Ok(Message::Close(reason))) => return Err(lost(closed(reason.as_ref()))),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(lost(error)),
            None => return Err(lost("the server closed the connection")),
        }
    }
}

fn closed(reason: Option<&tokio_tungstenite::tungstenite::protocol::CloseFrame>) -> String {
    reason.map_or_else(
        || "the server closed the connection".into(),
        |frame| format!("the server closed the connection: {frame}"),
    )
}

/// A room's snapshot is one frame: 1 GiB holds the fullest thread there can be.
fn limits() -> WebSocketConfig {
    const SNAPSHOT: usize = 1 << 30;
    WebSocketConfig::default().max_message_size(Some(SNAPSHOT)).max_frame_size(Some(SNAPSHOT))
}
