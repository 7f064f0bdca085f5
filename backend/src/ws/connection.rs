//! The life of one socket.

use super::end::End;
use super::frame;
use super::heartbeat::Heartbeat;
use super::outbox::{ClientId, Outbox, error, text};
use super::state::{State, Step};
use crate::app::App;
use crate::error::ApiError;
use crate::metrics::Connected;
use crate::trace::of_frame;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use chorale_domain::state::EntityKey;
use chorale_wire::Problem;
use chorale_wire::socket::{ClientFrame, Mark, PROTOCOL, Room, ServerFrame};
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::time::{sleep, timeout};
use tracing::Instrument as _;

/// How long saying goodbye may take.
const FAREWELL: Duration = Duration::from_secs(5);

static NEXT_CLIENT: AtomicU64 = AtomicU64::new(0);

/// One client.
pub(crate) struct Connection {
    app: App,
    socket: WebSocket,
    outbox: Outbox,
    waiting: Receiver<Utf8Bytes>,
    state: State,
    heartbeat: Heartbeat,
    _connected: Connected,
}

impl Connection {
    pub(crate) fn new(app: App, socket: WebSocket) -> Self {
        let client: ClientId = NEXT_CLIENT.fetch_add(1, Ordering::Relaxed);
        let (outbox, waiting) = Outbox::new(client, app.limits.queue_frames);
        let heartbeat = Heartbeat::new(app.limits.ping_every, app.limits.pong_within);
        let _connected = Connected::new(&app.metrics.sockets);
        Self { app, socket, outbox, waiting, state: State::default(), heartbeat, _connected }
    }

    /// Talks until one side ends it.
    pub(crate) async fn run(mut self) {
        let program = self.app.chain_config.program;
        let mut going = self.reply(&ServerFrame::Hello { protocol: PROTOCOL, program }).await;
        while going.is_ok() {
            going = self.turn().await;
        }
        let rooms = self.state.disconnect().into_iter().collect();
        self.app.rooms.disconnect(self.outbox.client, rooms).await;
        if let Err(end) = going {
            self.app.metrics.sockets.ended(end.name());
            self.farewell(end).await;
        }
    }

    /// Does the next thing there is to do.
    async fn turn(&mut self) -> Result<(), End> {
        tokio::select! {
            () = self.app.closing.cancelled() => Err(End::Closing),
            () = self.outbox.overflowed() => Err(End::Slow),
            () = self.heartbeat.due() => self.beat().await,
            Some(frame) = self.waiting.recv() => self.send(Message::Text(frame)).await,
            received = self.socket.recv() => match received {
                Some(Ok(message)) => self.hear(message).await,
                Some(Err(error)) => Err(End::of_read(error)),
                None => Err(End::Gone),
            },
        }
    }

    async fn beat(&mut self) -> Result<(), End> {
        if self.heartbeat.is_waiting() {
            // Its pong may have come while something was being sent.
            return match timeout(Duration::ZERO, self.socket.recv()).await {
                Ok(Some(Ok(message))) => self.hear(message).await,
                _ => Err(End::Silent),
            };
        }
        let session = self.state.session().ok_or(End::NotSignedIn)?;
        if !self.app.auth.stands(session) {
            return Err(End::SessionExpired);
        }
        self.heartbeat.pinged();
        self.send(Message::Ping(Default::default())).await
    }

    async fn hear(&mut self, message: Message) -> Result<(), End> {
        self.heartbeat.heard();
        let frame = match message {
            Message::Text(text) => frame::parse(&text),
            Message::Binary(_) => Err(frame::binary()),
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) => return Err(End::Gone),
        };
        match frame {
            Ok(frame) => {
                let span = of_frame(kind(&frame));
                self.obey(frame).instrument(span).await
            }
            Err(problem) => self.refuse(problem).await,
        }
    }

    async fn obey(&mut self, frame: ClientFrame) -> Result<(), End> {
        let (state, step) = mem::take(&mut self.state).step(frame, &self.app.auth, self.app.limits.rooms);
        self.state = state;
        match step {
            Step::Pong => self.reply(&ServerFrame::Pong).await,
            Step::Welcome(wallet) => self.reply(&ServerFrame::Authenticated { wallet }).await,
            Step::Refuse(problem) => self.refuse(problem).await,
            Step::Join(room, after) => self.join(room, after).await,
            Step::Leave(room) => {
                self.app.rooms.leave(self.outbox.clone(), room).await;
                Ok(())
            }
        }
    }

    async fn join(&mut self, room: Room, after: Option<Mark>) -> Result<(), End> {
        if let Err(refusal) = exists(&self.app, room).await {
            self.state = mem::take(&mut self.state).without(room);
            return self.refuse(refusal.into_problem()).await;
        }
        self.app.rooms.join(self.outbox.clone(), room, after).await;
        Ok(())
    }

    async fn refuse(&mut self, problem: Problem) -> Result<(), End> {
        self.reply(&error(problem)).await
    }

    async fn reply(&mut self, frame: &ServerFrame) -> Result<(), End> {
        self.send(Message::Text(text(frame))).await
    }

    /// Sends, unless there is a reason to give up first: a client that takes nothing must not keep this waiting.
    async fn send(&mut self, message: Message) -> Result<(), End> {
        let patience = self.app.limits.ping_every + self.app.limits.pong_within;
        self.app.metrics.sockets.frame_sent();
        tokio::select! {
            sent = self.socket.send(message) => sent.map_err(|_| End::Gone),
            () = self.outbox.overflowed() => Err(End::Slow),
            () = self.app.closing.cancelled() => Err(End::Closing),
            () = sleep(patience) => Err(End::Slow),
        }
    }

    /// Tells the client why, as far as it listens.
    async fn farewell(mut self, end: End) {
        tracing::debug!(client = self.outbox.client, ?end, "a socket ends");
        if end != End::Gone && timeout(FAREWELL, self.say(end)).await.is_err() {
            tracing::debug!(client = self.outbox.client, "it did not listen to the end");
        }
    }

    async fn say(&mut self, end: End) {
        let told = match end.problem() {
            Some(problem) => self.socket.send(Message::Text(text(&error(problem)))).await,
            None => Ok(()),
        };
        let close = CloseFrame { code: end.close_code(), reason: Utf8Bytes::default() };
        if told.is_ok() && self.socket.send(Message::Close(Some(close))).await.is_ok() {
            // What the client sent meanwhile is read: unread bytes would reset the connection under our last words.
            while let Some(Ok(_)) = self.socket.recv().await {}
        }
    }
}

/// What a frame is called in traces.
fn kind(frame: &ClientFrame) -> &'static str {
    match frame {
        ClientFrame::Ping => "ping",
        ClientFrame::Authenticate { .. } => "authenticate",
        ClientFrame::Subscribe { .. } => "subscribe",
        ClientFrame::Unsubscribe { .. } => "unsubscribe",
    }
}

async fn exists(app: &App, room: Room) -> Result<(), ApiError> {
    let Room::Thread(thread) = room else { return Ok(()) };
    let found = app.store.entity(&EntityKey::Thread(thread)).await?;
    found.map(|_| ()).ok_or_else(|| ApiError::unknown_thread(thread))
}
