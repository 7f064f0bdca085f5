//! The life of one socket.

use super::end::End;
use super::entrance::{Entrance, Turn};
use super::entry::Entry;
use super::frame::{self, Unreadable};
use super::heartbeat::Heartbeat;
use super::hello;
use super::line::Line;
use super::outbox::{About, ClientId, Frame, Outbox, Waiting, error, message};
use super::state::{State, Step};
use super::window::Window;
use crate::app::App;
use crate::error::ApiError;
use crate::metrics::Connected;
use crate::trace::of_frame;
use chorale_domain::id::Wallet;
use chorale_domain::state::EntityKey;
use chorale_wire::Problem;
use chorale_wire::socket::{ClientFrame, Request, Room, ServerFrame, Subscription};
use std::iter;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use tokio_websockets::{Error, Message};
use tracing::Instrument as _;

/// Frames that go out before the client is listened to again: one system call takes as many (64 pieces, two a frame).
const AT_ONCE: usize = 32;

/// How long saying goodbye may take.
const FAREWELL: Duration = Duration::from_secs(5);

static NEXT_CLIENT: AtomicU64 = AtomicU64::new(0);

/// One client.
pub(crate) struct Connection {
    app: App,
    line: Line,
    outbox: Outbox,
    waiting: Waiting,
    state: State,
    entrance: Entrance,
    window: Window,
    /// When something that waits may no longer wait for acknowledgements, while it does.
    patience_ends: Option<Instant>,
    heartbeat: Heartbeat,
    _connected: Connected,
}

impl Connection {
    pub(crate) fn new(app: App, line: Line) -> Self {
        let client: ClientId = NEXT_CLIENT.fetch_add(1, Ordering::Relaxed);
        let (outbox, waiting) = Outbox::new(client, app.limits.queue_frames);
        let heartbeat = Heartbeat::new(app.limits.ping_every, app.limits.pong_within);
        let (window, entrance) = (Window::new(app.limits.unacked), Entrance::new(app.limits.rooms));
        let _connected = Connected::new(&app.metrics.sockets);
        let (state, patience_ends) = (State::default(), None);
        Self { app, line, outbox, waiting, state, entrance, window, patience_ends, heartbeat, _connected }
    }

    /// Talks until one side ends it.
    pub(crate) async fn run(mut self) {
        let hello = hello::of(self.app.chain_config.program, &self.app.limits);
        let mut going = self.reply(&ServerFrame::Hello(hello)).await;
        while going.is_ok() {
            going = self.turn().await;
        }
        let (state, rooms) = mem::take(&mut self.state).disconnect();
        self.state = state;
        self.app.rooms.disconnect(self.outbox.client(), rooms.into_iter().collect()).await;
        if let Err(end) = going {
            self.app.metrics.sockets.ended(end.name());
            self.farewell(end).await;
        }
    }

    /// Does the next thing there is to do.
    async fn turn(&mut self) -> Result<(), End> {
        if let Some(request) = self.entrance.next() {
            return self.obey(request).await;
        }
        self.mind_acknowledgements();
        tokio::select! {
            () = self.app.closing.cancelled() => Err(End::Closing),
            () = self.outbox.overflowed() => Err(End::Slow),
            () = self.heartbeat.due(self.patience_ends) => self.beat().await,
            Some(frame) = self.waiting.next(), if !self.window.is_full() => self.deliver(frame).await,
            received = self.line.hear() => match received {
                Some(Ok(message)) => self.hear(&message).await,
                Some(Err(error)) => Err(End::of_read(&error)),
                None => Err(End::Gone),
            },
        }
    }

    /// Whoever acknowledges nothing while something waits for that is no better than one that reads nothing, even if it
    /// answers pings and its outbox never overflows.
    fn mind_acknowledgements(&mut self) {
        let is_held_up = self.window.is_full() && !self.waiting.is_empty();
        let patience = patience(&self.app);
        self.patience_ends =
            is_held_up.then(|| self.patience_ends.unwrap_or_else(|| Instant::now() + patience));
    }

    async fn beat(&mut self) -> Result<(), End> {
        if self.patience_ends.is_some_and(|end| end <= Instant::now()) {
            return self.hear_out().await;
        }
        if !self.heartbeat.is_due() {
            return Ok(());
        }
        if self.heartbeat.is_waiting() {
            // Its pong may have come while something was being sent.
            return match timeout(Duration::ZERO, self.line.hear()).await {
                Ok(Some(Ok(message))) => self.hear(&message).await,
                _ => Err(End::Silent),
            };
        }
        let session = self.state.session().ok_or(End::NotSignedIn)?;
        if !self.app.auth.stands(session).await {
            return Err(End::SessionExpired);
        }
        self.heartbeat.pinged();
        self.send(Message::ping("")).await
    }

    /// The acknowledgement that was waited for may have come while something was being sent. Nothing else
    /// that comes helps.
    async fn hear_out(&mut self) -> Result<(), End> {
        for _ in 0..AT_ONCE {
            let Ok(Some(Ok(message))) = timeout(Duration::ZERO, self.line.hear()).await else { break };
            self.hear(&message).await?;
            if !self.window.is_full() {
                return Ok(());
            }
        }
        Err(End::Slow)
    }

    async fn hear(&mut self, message: &Message) -> Result<(), End> {
        self.heartbeat.heard();
        let frame = match message {
            text if text.is_text() => frame::read(text.as_payload()),
            binary if binary.is_binary() => Err(frame::binary()),
            close if close.is_close() => return Err(End::Gone),
            // Its answer waits in the line already. It goes out before anything else is heard, or whoever sends pings and
            // reads nothing could fill the memory.
            _ => return patiently(&self.app, &self.outbox, self.line.say([])).await,
        };
        match frame {
            Ok(request) => match self.entrance.turn(request) {
                Turn::Now(request) => self.obey(request).await,
                Turn::Later(room) => {
                    // It may acknowledge nothing more of the room, and what it waits for is behind that.
                    self.window.end(room);
                    Ok(())
                }
                Turn::Refused(id, problem, room) => self.refuse(id, problem, Some(room)).await,
            },
            Err(Unreadable { id, problem }) => self.refuse(id, problem, None).await,
        }
    }

    /// Not `async` itself: that would keep the request twice, for every connection there is.
    fn obey(&mut self, request: Request) -> impl Future<Output = Result<(), End>> {
        let span = of_frame(kind(&request.frame));
        self.act(request).instrument(span)
    }

    async fn act(&mut self, Request { id, frame }: Request) -> Result<(), End> {
        match self.step(&frame).await {
            Step::Pong => self.reply(&ServerFrame::Pong { id }).await,
            Step::Welcome(wallet) => self.reply(&ServerFrame::Authenticated { id, wallet }).await,
            Step::Refuse(problem, room) => self.refuse(id, problem, room).await,
            Step::Join(wallet, subscription) => self.join(id, wallet, subscription).await,
            Step::Leave(room) => {
                self.window.end(room);
                self.app.rooms.leave(self.outbox.clone(), room, id).await;
                Ok(())
            }
            Step::Acked(room, cursor) => {
                self.window.acked(room, cursor);
                Ok(())
            }
        }
    }

    /// Looks up what a token is of, and moves the state on.
    async fn step(&mut self, frame: &ClientFrame) -> Step {
        let session = match frame {
            ClientFrame::Authenticate { token } => Some(self.app.auth.reader(token).await),
            _ => None,
        };
        let state = mem::take(&mut self.state);
        let (state, step) = match session {
            Some(session) => state.authenticate(session),
            None => state.step(frame, self.app.limits.rooms),
        };
        self.state = state;
        step
    }

    async fn join(&mut self, id: Option<u64>, wallet: Wallet, subscription: Subscription) -> Result<(), End> {
        let room = subscription.room;
        if let Err(refusal) = exists(&self.app, &subscription).await {
            self.state = mem::take(&mut self.state).without(room);
            // It may have been there until now.
            self.app.rooms.disconnect(self.outbox.client(), vec![room]).await;
            return self.refuse(id, refusal.into_problem(), Some(room)).await;
        }
        self.window.begin(room, subscription.acks && !self.entrance.is_leaving(room));
        self.entrance.await_answer(room);
        let client = self.outbox.clone();
        self.app.rooms.join(Entry { client, wallet, id, subscription }).await;
        Ok(())
    }

    /// Sends what was waiting, with as much of what waits behind it as goes into the same write.
    async fn deliver(&mut self, first: Arc<Frame>) -> Result<(), End> {
        let Self { app, line, outbox, waiting, state, entrance, window, .. } = self;
        let mut first = Some(first);
        let together = iter::from_fn(|| {
            // None is taken from those that wait before it is sure to go out.
            let frame = match first.take() {
                None if window.is_full() => None,
                None => waiting.try_next(),
                first => first,
            }?;
            window.sent(&frame);
            entrance.sent(&frame);
            if let About::Refusal(room) = frame.about {
                // The follower has taken it out.
                *state = mem::take(state).without(room);
                window.end(room);
            }
            app.metrics.sockets.frame_sent();
            Some(frame.message.clone())
        });
        patiently(app, outbox, line.say(together.take(AT_ONCE))).await
    }

    async fn refuse(&mut self, id: Option<u64>, problem: Problem, room: Option<Room>) -> Result<(), End> {
        self.reply(&ServerFrame::Error { id, problem, room }).await
    }

    async fn reply(&mut self, frame: &ServerFrame) -> Result<(), End> {
        self.send(message(frame)).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        self.app.metrics.sockets.frame_sent();
        patiently(&self.app, &self.outbox, self.line.say([message])).await
    }

    /// Tells the client why, as far as it listens.
    async fn farewell(self, end: End) {
        let client = self.outbox.client();
        tracing::debug!(client, ?end, "a socket ends");
        if timeout(FAREWELL, last_words(self.line, end)).await.is_err() {
            tracing::debug!(client, "it did not listen to the end");
        }
    }
}

async fn last_words(mut line: Line, end: End) {
    if end == End::TooLarge {
        line = line.renewed();
    }
    let problem = end.problem().map(|problem| message(&error(problem)));
    let close = (end != End::Gone).then(|| Message::close(Some(end.close_code()), ""));
    if line.say(problem.into_iter().chain(close)).await.is_ok() {
        line.hang_up().await;
    }
}

/// What a frame is called in traces.
fn kind(frame: &ClientFrame) -> &'static str {
    match frame {
        ClientFrame::Ping => "ping",
        ClientFrame::Authenticate { .. } => "authenticate",
        ClientFrame::Subscribe { .. } => "subscribe",
        ClientFrame::Unsubscribe { .. } => "unsubscribe",
        ClientFrame::Ack { .. } => "ack",
    }
}

/// Waits until something is sent, unless there is a reason to give up first: a client that takes nothing must not keep
/// its connection waiting.
async fn patiently(
    app: &App,
    outbox: &Outbox,
    sending: impl Future<Output = Result<(), Error>>,
) -> Result<(), End> {
    tokio::select! {
        // Nearly always there is nothing to wait for, and no reason to look at the rest.
        biased;
        sent = sending => sent.map_err(|_| End::Gone),
        () = outbox.overflowed() => Err(End::Slow),
        () = app.closing.cancelled() => Err(End::Closing),
        () = sleep(patience(app)) => Err(End::Slow),
    }
}

/// How long a client may keep its connection from going on.
fn patience(app: &App) -> Duration {
    app.limits.ping_every + app.limits.pong_within
}

/// Whoever has a mark was there: that a fork left nothing of the thread meanwhile is what it has to hear.
async fn exists(app: &App, subscription: &Subscription) -> Result<(), ApiError> {
    let Subscription { room: Room::Thread(thread), after: None, .. } = *subscription else { return Ok(()) };
    let found = app.store.entity(&EntityKey::Thread(thread)).await?;
    found.map(|_| ()).ok_or_else(|| ApiError::unknown_thread(thread))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The size of what a task keeps.
    fn task_of<A, F: Future>(_: fn(A) -> F) -> usize {
        size_of::<F>()
    }

    /// There may be ten thousand: what one costs beside its buffers is to stay in sight.
    #[test]
    fn a_connections_task_takes_a_few_kilobytes() {
        let (connection, task) = (size_of::<Connection>(), task_of(Connection::run));
        assert!(connection <= 1024 && task <= 6 * 1024, "{connection} bytes, its task {task}");
    }
}
