//! A client that takes as little as one can, since there are many of them.

use crate::serving::THREAD;
use chorale_domain::event::Event;
use chorale_wire::socket::{ClientFrame, Room, ServerFrame, Subscription};
use futures::{SinkExt as _, StreamExt as _};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use tokio_util::sync::CancellationToken;

const ROOM: Room = Room::Thread(THREAD);

/// What all clients hear: the same frames in the same order, which the first of them notes.
pub struct Heard {
    frames: Vec<OnceLock<Utf8Bytes>>,
    in_all: AtomicUsize,
    leaving: CancellationToken,
}

impl Heard {
    pub fn new(events: u64) -> Self {
        let frames = (0..events).map(|_| OnceLock::new()).collect();
        Self { frames, in_all: AtomicUsize::new(0), leaving: CancellationToken::new() }
    }

    /// How many events were heard, by all clients together.
    pub fn in_all(&self) -> usize {
        self.in_all.load(Ordering::Relaxed)
    }

    /// Sends everyone out.
    pub fn leave(&self) {
        self.leaving.cancel();
    }

    /// A client heard this as its `place`th event.
    fn note(&self, place: usize, frame: &Utf8Bytes) {
        let noted = self.frames.get(place).unwrap_or_else(|| panic!("one event too many: {frame}"));
        let first = noted.get_or_init(|| frame.clone());
        assert_eq!(first.as_str(), frame.as_str(), "two clients heard different events as number {place}");
        self.in_all.fetch_add(1, Ordering::Relaxed);
    }

    /// The frames are the messages 1 to `events` of the thread, each said to follow the one before.
    pub fn assert_is_the_story(&self, events: u64) {
        let mut last = None;
        for (frame, number) in self.frames.iter().zip(1..=events) {
            let text = frame.get().expect("everything was heard");
            let Ok(ServerFrame::Event { cursor, previous, event, .. }) = serde_json::from_str(text) else {
                panic!("not an event: {text}");
            };
            assert!(
                matches!(event.event, Event::MessagePublished { sequence, .. } if sequence == number),
                "{text} came as number {number}"
            );
            assert_eq!(previous, last.unwrap_or(previous), "something is left out before {text}");
            last = Some(cursor);
        }
    }
}

/// A client in the room.
pub struct Client {
    socket: WebSocketStream<TcpStream>,
}

impl Client {
    /// Connects, signs in, and waits until it is in the room.
    pub async fn enter(url: &str, token: &str) -> Self {
        let entering = timeout(crate::process::PATIENCE, Self::enter_at_last(url, token)).await;
        entering.expect("the server lets another client in")
    }

    async fn enter_at_last(url: &str, token: &str) -> Self {
        let config = WebSocketConfig::default().read_buffer_size(1024).write_buffer_size(0);
        let address = url.strip_prefix("http://").expect("it serves without TLS");
        let stream = TcpStream::connect(address).await.expect("the server listens");
        let url = format!("ws://{address}/v1/ws");
        let (socket, _) = client_async_with_config(url, stream, Some(config)).await.expect("a WebSocket");
        let mut client = Self { socket };
        client.say(&ClientFrame::Authenticate { token: token.to_owned() }).await;
        client.say(&ClientFrame::Subscribe(Subscription::to(ROOM))).await;
        while kind(&client.next().await) != "snapshot" {}
        client
    }

    /// Hears events until it is sent out, and nothing but events.
    pub async fn listen(mut self, heard: std::sync::Arc<Heard>) {
        for place in 0.. {
            let frame = tokio::select! {
                frame = self.next() => frame,
                () = heard.leaving.cancelled() => break,
            };
            assert_eq!(kind(&frame), "event", "{frame}");
            heard.note(place, &frame);
        }
        self.say(&ClientFrame::Unsubscribe { room: ROOM }).await;
        let answer = self.next().await;
        assert_eq!(kind(&answer), "unsubscribed", "something came after all: {answer}");
    }

    async fn say(&mut self, frame: &ClientFrame) {
        let text = serde_json::to_string(frame).unwrap();
        self.socket.send(Message::text(text)).await.expect("the server takes it");
    }

    /// The next frame, which says no error. Pings are answered on the way.
    async fn next(&mut self) -> Utf8Bytes {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) if kind(&text) != "error" => return text,
                Some(Ok(Message::Ping(_))) => {}
                other => panic!("{other:?} in place of a frame"),
            }
        }
    }
}

/// A frame's `type`, without reading the rest of it.
fn kind(frame: &str) -> &str {
    let rest = frame.strip_prefix(r#"{"type":""#).unwrap_or_default();
    rest.split('"').next().unwrap_or_default()
}
