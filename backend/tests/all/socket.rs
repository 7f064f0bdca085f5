//! A client of the socket, and what it is told when it does something wrong.

use crate::story::{THREAD, confirm, created, initialized};
use crate::wallet::Keys;
use crate::world::{NO_CHAIN, PATIENCE, World};
use chorale_backend::Limits;
use chorale_domain::id::ThreadId;
use chorale_wire::socket::{
    CODES, ClientFrame, Encoding, Heartbeats, Hello, MAX_FRAME_BYTES, PROTOCOL, Request, Room, ServerFrame,
    Subscription,
};
use chorale_wire::{Code, Problem};
use futures::{SinkExt, StreamExt};
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{WebSocketStream, client_async};

pub struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    /// Connected and greeted.
    pub async fn connect(world: &World) -> Self {
        Self::over(TcpStream::connect(&world.address).await.unwrap(), world).await
    }

    /// With little room in the kernel for what is not read.
    pub async fn with_small_buffers(world: &World) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        Self::over(socket.connect(world.address.parse().unwrap()).await.unwrap(), world).await
    }

    async fn over(stream: TcpStream, world: &World) -> Self {
        let (socket, _) = client_async(format!("ws://{}/v1/ws", world.address), stream).await.unwrap();
        let mut socket = Self(socket);
        let ServerFrame::Hello(Hello { protocol, program, .. }) = socket.frame().await else {
            panic!("no greeting")
        };
        assert_eq!((protocol, program.0), (PROTOCOL, chorale::ID.to_bytes()));
        socket
    }

    /// Connected and signed in.
    pub async fn signed_in(world: &World, keys: &Keys) -> Self {
        // The backend waits for the token until its first ping, and no longer.
        let token = world.sign_in(keys).await;
        let mut socket = Self::connect(world).await;
        socket.present(token, keys).await;
        socket
    }

    pub async fn authenticate(&mut self, world: &World, keys: &Keys) {
        let token = world.sign_in(keys).await;
        self.present(token, keys).await;
    }

    /// Shows a token of these keys, which is good.
    async fn present(&mut self, token: String, keys: &Keys) {
        self.send(&ClientFrame::Authenticate { token }).await;
        assert_eq!(self.frame().await, ServerFrame::Authenticated { id: None, wallet: keys.wallet() });
    }

    pub async fn send(&mut self, frame: &ClientFrame) {
        self.say(Message::text(serde_json::to_string(frame).unwrap())).await;
    }

    /// Sends a frame whose answer is to carry the id.
    pub async fn ask(&mut self, id: u64, frame: ClientFrame) {
        let request = Request { id: Some(id), frame };
        self.say(Message::text(serde_json::to_string(&request).unwrap())).await;
    }

    /// Asks for a room that it gets.
    pub async fn subscribe(&mut self, subscription: Subscription) {
        self.send(&ClientFrame::Subscribe(subscription)).await;
        let room = subscription.room;
        assert_eq!(self.frame().await, ServerFrame::Subscribed { id: None, room });
    }

    pub async fn say(&mut self, message: Message) {
        self.0.send(message).await.expect("the backend hung up");
    }

    /// The next thing that is not a ping.
    pub async fn next(&mut self) -> Message {
        loop {
            let next = timeout(PATIENCE, self.0.next()).await.expect("the backend says nothing");
            match next.expect("the backend hung up without a word").expect("the connection broke") {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return message,
            }
        }
    }

    pub async fn frame(&mut self) -> ServerFrame {
        let message = self.next().await;
        let text = message.to_text().expect("not a text frame");
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {message:?}"))
    }

    /// The code of the error that comes next.
    pub async fn error(&mut self) -> Code {
        match self.frame().await {
            ServerFrame::Error { problem: Problem { code, .. }, .. } => {
                assert!(CODES.contains(&code), "add {code:?} to the codes of the socket");
                code
            }
            other => panic!("expected an error, not {other:?}"),
        }
    }

    /// The code with which the backend closes next.
    pub async fn closed(&mut self) -> CloseCode {
        match self.next().await {
            Message::Close(Some(close)) => close.code,
            other => panic!("expected a close frame, not {other:?}"),
        }
    }

    /// Whether nothing comes for a while.
    pub async fn is_quiet(&mut self) -> bool {
        timeout(Duration::from_millis(400), self.0.next()).await.is_err()
    }
}

async fn signed_in() -> (World, Socket) {
    let keys = Keys::new(10);
    let world = World::with_thread(keys.wallet()).await;
    let socket = Socket::signed_in(&world, &keys).await;
    (world, socket)
}

#[tokio::test]
async fn whoever_is_not_signed_in_may_only_ping() {
    let world = World::with_thread(Keys::new(10).wallet()).await;
    let mut socket = Socket::connect(&world).await;
    socket.send(&ClientFrame::Ping).await;
    assert_eq!(socket.frame().await, ServerFrame::Pong { id: None });
    socket.send(&ClientFrame::Subscribe(Subscription::to(Room::Lobby))).await;
    assert_eq!(socket.error().await, Code::NotSignedIn);
    socket.send(&ClientFrame::Authenticate { token: "invented".into() }).await;
    assert_eq!(socket.error().await, Code::SessionExpired);
    socket.authenticate(&world, &Keys::new(10)).await;
}

#[tokio::test]
async fn every_bad_frame_is_refused_and_the_connection_stays() {
    let (_world, mut socket) = signed_in().await;
    let long = format!(r#"{{"type":"authenticate","token":"{}"}}"#, "x".repeat(MAX_FRAME_BYTES));
    let frames = [
        (Message::text("{"), Code::MalformedFrame),
        (Message::text("[1]"), Code::MalformedFrame),
        (Message::text(r#"{"type":"subscribe"}"#), Code::MalformedFrame),
        (Message::binary(vec![1, 2, 3]), Code::MalformedFrame),
        (Message::text(r#"{"type":"own_everything"}"#), Code::UnknownMessageType),
        (Message::text(r#"{"type":"subscribe","room":"kitchen"}"#), Code::UnknownRoom),
        (Message::text(long), Code::TooLarge),
    ];
    for (frame, code) in frames {
        let what = format!("{frame:.60?}");
        socket.say(frame).await;
        assert_eq!(socket.error().await, code, "{what}");
    }
    socket.send(&ClientFrame::Subscribe(Subscription::to(Room::Thread(ThreadId([7; 32]))))).await;
    assert_eq!(socket.error().await, Code::UnknownThread);
    socket.send(&ClientFrame::Ping).await;
    assert_eq!(socket.frame().await, ServerFrame::Pong { id: None });
}

#[tokio::test]
async fn a_frame_too_large_to_be_read_ends_the_connection() {
    let (_world, mut socket) = signed_in().await;
    socket.say(Message::text("x".repeat(5 * MAX_FRAME_BYTES))).await;
    assert_eq!(socket.error().await, Code::TooLarge);
    assert_eq!(socket.closed().await, CloseCode::Size);
}

#[tokio::test]
async fn what_breaks_the_protocol_of_websockets_itself_is_answered_by_its_code() {
    let (_world, mut socket) = signed_in().await;
    // A client's frames are masked: this one is not.
    socket.0.get_mut().write_all(&[0x81, 1, b'x']).await.unwrap();
    assert_eq!(socket.closed().await, CloseCode::Protocol);
    let (_world, mut socket) = signed_in().await;
    // Masked with zeros, and not UTF-8.
    socket.0.get_mut().write_all(&[0x81, 0x81, 0, 0, 0, 0, 0xff]).await.unwrap();
    assert_eq!(socket.closed().await, CloseCode::Invalid);
}

#[tokio::test]
async fn whoever_says_goodbye_is_answered() {
    let (_world, mut socket) = signed_in().await;
    let close = CloseFrame { code: CloseCode::Normal, reason: "bye".into() };
    socket.say(Message::Close(Some(close))).await;
    assert_eq!(socket.closed().await, CloseCode::Normal);
    let after = timeout(PATIENCE, socket.0.next()).await.expect("the backend keeps the connection");
    assert!(after.is_none(), "{after:?} after goodbye");
}

#[tokio::test]
async fn whoever_sends_pings_and_reads_no_answer_is_not_listened_to_any_more() {
    const MOST: usize = 400;
    let world = World::with_small_buffers(Limits::default()).await;
    let mut socket = Socket::with_small_buffers(&world).await;
    // Masked with zeros, and empty.
    let pings = [0x89, 0x80, 0, 0, 0, 0].repeat(10_000);
    let stream = socket.0.get_mut();
    for _ in 0..MOST {
        if timeout(Duration::from_secs(2), stream.write_all(&pings)).await.is_err() {
            return;
        }
    }
    panic!("{MOST} times 10,000 pings were taken: their answers wait in the backend's memory");
}

#[tokio::test]
async fn rooms_per_connection_are_bounded() {
    let keys = Keys::new(10);
    let world = World::start(NO_CHAIN, Limits { rooms: 1, ..Limits::default() }).await;
    confirm(&world.writer, [initialized(), created(THREAD, keys.wallet())]).await;
    let mut socket = Socket::signed_in(&world, &keys).await;
    let thread = Room::Thread(THREAD);
    socket.subscribe(Subscription::to(thread)).await;
    assert!(matches!(socket.frame().await, ServerFrame::Snapshot { .. }));
    socket.send(&ClientFrame::Subscribe(Subscription::to(Room::Lobby))).await;
    assert_eq!(socket.error().await, Code::RateLimited);
    socket.subscribe(Subscription::to(thread)).await;
    assert!(
        matches!(socket.frame().await, ServerFrame::Snapshot { .. }),
        "the same room again is no more rooms"
    );
    socket.send(&ClientFrame::Unsubscribe { room: thread }).await;
    assert_eq!(socket.frame().await, ServerFrame::Unsubscribed { id: None, room: thread });
    socket.subscribe(Subscription::to(Room::Lobby)).await;
    assert!(matches!(socket.frame().await, ServerFrame::Snapshot { .. }));
}

#[tokio::test]
async fn the_greeting_says_what_a_client_should_know() {
    let world = World::start(NO_CHAIN, Limits { rooms: 7, ..hasty(Duration::from_secs(3)) }).await;
    let (mut greeting, _) = client_async(
        format!("ws://{}/v1/ws", world.address),
        TcpStream::connect(&world.address).await.unwrap(),
    )
    .await
    .unwrap();
    let text = timeout(PATIENCE, greeting.next()).await.unwrap().unwrap().unwrap();
    let frame = serde_json::from_str(text.to_text().unwrap()).unwrap();
    let ServerFrame::Hello(hello) = frame else { panic!("{frame:?}") };
    assert_eq!((hello.server.as_str(), hello.handshake.as_str()), (env!("CARGO_PKG_VERSION"), "55-45-17"));
    assert_eq!(hello.heartbeat, Heartbeats { ping_every: 1, pong_within: 3 });
    assert_eq!((hello.limits.frame_bytes, hello.limits.rooms), (MAX_FRAME_BYTES, 7));
    assert_eq!(hello.encodings, [Encoding::Json]);
}

#[tokio::test]
async fn an_answer_carries_the_id_of_what_it_answers() {
    let (_world, mut socket) = signed_in().await;
    let (room, nowhere) = (Room::Lobby, Room::Thread(ThreadId([7; 32])));
    socket.ask(1, ClientFrame::Ping).await;
    assert_eq!(socket.frame().await, ServerFrame::Pong { id: Some(1) });
    socket.ask(2, ClientFrame::Subscribe(Subscription::to(room))).await;
    assert_eq!(socket.frame().await, ServerFrame::Subscribed { id: Some(2), room });
    assert!(matches!(socket.frame().await, ServerFrame::Snapshot { .. }));
    socket.ask(3, ClientFrame::Unsubscribe { room }).await;
    assert_eq!(socket.frame().await, ServerFrame::Unsubscribed { id: Some(3), room });
    socket.ask(4, ClientFrame::Subscribe(Subscription::to(nowhere))).await;
    let refused = socket.frame().await;
    assert!(
        matches!(&refused, ServerFrame::Error { id: Some(4), room, .. } if *room == Some(nowhere)),
        "{refused:?}"
    );
    socket.ask(5, ClientFrame::Authenticate { token: "invented".into() }).await;
    assert!(matches!(socket.frame().await, ServerFrame::Error { id: Some(5), .. }));
}

#[tokio::test]
async fn a_connection_stays_with_its_wallet() {
    let (world, mut socket) = signed_in().await;
    socket.authenticate(&world, &Keys::new(10)).await;
    let token = world.sign_in(&Keys::new(11)).await;
    socket.send(&ClientFrame::Authenticate { token }).await;
    assert_eq!(socket.error().await, Code::NotYours);
}

/// Late enough for whoever signs in at once, on a busy machine too.
const PING_EVERY: Duration = Duration::from_secs(1);

/// Pings soon, and waits this long for pongs.
fn hasty(pong_within: Duration) -> Limits {
    Limits { ping_every: PING_EVERY, pong_within, ..Limits::default() }
}

#[tokio::test]
async fn whoever_does_not_sign_in_is_cut() {
    let world = World::start(NO_CHAIN, hasty(PATIENCE)).await;
    let mut socket = Socket::connect(&world).await;
    assert_eq!(socket.error().await, Code::NotSignedIn);
    assert_eq!(socket.closed().await, CloseCode::Policy);
}

#[tokio::test]
async fn a_connection_ends_with_its_session() {
    let world = World::start(NO_CHAIN, hasty(PATIENCE)).await;
    let mut socket = Socket::signed_in(&world, &Keys::new(10)).await;
    let pings = PING_EVERY * 5 / 2;
    assert!(timeout(pings, socket.next()).await.is_err(), "pongs should keep it open");
    world.wait(Limits::default().session_ttl);
    assert_eq!(socket.error().await, Code::SessionExpired);
    assert_eq!(socket.closed().await, CloseCode::Policy);
}

#[tokio::test]
async fn a_client_that_answers_no_ping_is_cut() {
    let pong_within = Duration::from_millis(200);
    let world = World::start(NO_CHAIN, hasty(pong_within)).await;
    let mut socket = Socket::signed_in(&world, &Keys::new(10)).await;
    // Not reading means not answering pings, too.
    tokio::time::sleep(3 * (PING_EVERY + pong_within)).await;
    assert_eq!(socket.closed().await, CloseCode::Policy);
}

#[tokio::test]
async fn a_backend_that_stops_says_goodbye() {
    let (world, mut socket) = signed_in().await;
    world.shutdown.cancel();
    assert_eq!(socket.closed().await, CloseCode::Away);
    drop(socket);
    let stopped = timeout(PATIENCE, world.running).await.expect("the backend does not stop");
    stopped.unwrap().unwrap();
}
