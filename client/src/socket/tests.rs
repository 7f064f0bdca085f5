//! The socket against a scripted server on a real WebSocket.

mod manners;

use super::*;
use chorale_domain::event::{ChainEvent, Event, EventId};
use chorale_domain::id::{Amount, Hash32, Signature, ThreadId, Wallet};
use chorale_domain::state::{Entity, EntityKey, Treasury};
use chorale_wire::Code;
use chorale_wire::socket::{
    ClientFrame, Commitment, Encoding, Heartbeats, Hello, Mark, PROTOCOL, ServerFrame, SocketLimits,
    Subscription, Tag, VersionedEntity,
};
use futures::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, accept_async};

const TOKEN: &str = "token";
const TAG: Tag = Tag([1, 2, 3, 4]);
const LIMIT: Duration = Duration::from_secs(10);

struct Server(TcpListener);

struct Peer(WebSocketStream<TcpStream>);

impl Server {
    async fn start() -> (Self, SocketOptions) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/v1/ws", listener.local_addr().unwrap());
        let mut options = SocketOptions::new(url, TOKEN, [Room::Lobby]);
        options.min_delay = Duration::from_millis(10);
        (Self(listener), options)
    }

    /// Greets the next connection and takes its `authenticate`.
    async fn greeted(&self) -> Peer {
        let (stream, _) = self.0.accept().await.unwrap();
        let mut peer = Peer(accept_async(stream).await.unwrap());
        peer.send(&ServerFrame::Hello(hello())).await;
        let token = TOKEN.into();
        peer.expect(ClientFrame::Authenticate { token }).await;
        peer
    }

    async fn accept(&self) -> Peer {
        self.accept_again(None).await
    }

    /// Lets a client in that has everything up to the cursor `after`.
    async fn accept_again(&self, after: Option<i64>) -> Peer {
        let mut peer = self.greeted().await;
        let wallet = Wallet([1; 32]);
        peer.send(&ServerFrame::Authenticated { id: None, wallet }).await;
        let after = after.map(|cursor| Mark { cursor, tag: TAG });
        peer.expect(subscribing(Room::Lobby, after)).await;
        peer
    }
}

impl Peer {
    async fn send(&mut self, frame: &ServerFrame) {
        let text = serde_json::to_string(frame).unwrap();
        self.0.send(Message::text(text)).await.unwrap();
    }

    async fn expect(&mut self, expected: ClientFrame) {
        let message = tokio::time::timeout(LIMIT, self.0.next()).await;
        let message = message.expect("the client sent nothing").unwrap().unwrap();
        let frame: ClientFrame = serde_json::from_str(message.to_text().unwrap()).unwrap();
        assert_eq!(frame, expected);
    }
}

fn hello() -> Hello {
    Hello {
        protocol: PROTOCOL,
        server: "0.1.0".into(),
        program: Wallet(chorale::ID.to_bytes()),
        handshake: "55-45-17".into(),
        heartbeat: Heartbeats { ping_every: 30, pong_within: 10 },
        limits: SocketLimits { frame_bytes: 16_384, rooms: 256, queue_frames: 256, unacked: 4 },
        encodings: vec![Encoding::Json],
    }
}

fn subscribing(room: Room, after: Option<Mark>) -> ClientFrame {
    ClientFrame::Subscribe(Subscription::to(room).after(after))
}

fn snapshot(cursor: i64) -> ServerFrame {
    let entity = Entity::Treasury(Treasury { balance: Amount(5) });
    let treasury =
        VersionedEntity { key: EntityKey::Treasury, version: 1, checksum: entity.checksum(), entity };
    let (room, entities) = (Room::Lobby, vec![treasury]);
    ServerFrame::Snapshot { room, cursor, tag: TAG, finalized: 1, entities }
}

fn event(cursor: i64, previous: i64) -> ServerFrame {
    let id = EventId { signature: Signature([1; 64]), instruction: 0, inner: 0 };
    let event = Event::VoteCast {
        thread: ThreadId([1; 32]),
        hash: Hash32([2; 32]),
        voter: Wallet([3; 32]),
        member: 0,
        approve: true,
        voted_at: 1,
    };
    let event = ChainEvent { id, slot: 1, schema: 1, event };
    ServerFrame::Event {
        room: Room::Lobby,
        cursor,
        tag: TAG,
        previous,
        commitment: Commitment::Confirmed,
        event,
        changes: vec![],
        removed: vec![],
    }
}

#[tokio::test]
async fn dropping_the_socket_closes_the_connection() {
    let (server, options) = Server::start().await;
    let socket = Socket::open(options);
    let handle = socket.handle();
    let mut peer = server.accept().await;
    drop(socket);
    let end = tokio::time::timeout(LIMIT, peer.0.next()).await.unwrap();
    assert!(!matches!(end, Some(Ok(Message::Text(_)))), "{end:?}");
    handle.subscribe(Room::Lobby);
}

/// The next update that is not about the socket's status.
async fn next(socket: &mut Socket) -> Update {
    loop {
        let update = tokio::time::timeout(LIMIT, socket.next()).await;
        match update.expect("no update came").expect("the socket ended") {
            Update::Status(_) => {}
            update => return update,
        }
    }
}

fn arrived(cursor: i64) -> Update {
    let room = Room::Lobby;
    Update::Snapshot { room, cursor }
}

#[tokio::test]
async fn events_after_the_snapshot_are_in_the_rooms_state() {
    let (server, options) = Server::start().await;
    let mut socket = Socket::open(options);
    let mut peer = server.accept().await;
    peer.send(&event(3, 0)).await;
    peer.send(&snapshot(4)).await;
    peer.send(&event(9, 4)).await;
    assert_eq!(next(&mut socket).await, arrived(4));
    assert!(matches!(next(&mut socket).await, Update::Event(frame) if frame.mark.cursor == 9));
    assert_eq!(socket.room(Room::Lobby).unwrap().cursor(), 9);
}

/// Takes back what [`event`] told.
fn retracted(cursor: i64, retracts: i64) -> ServerFrame {
    let ServerFrame::Event { room, event, .. } = event(retracts, 0) else { panic!() };
    let (restored, removed) = (vec![], vec![]);
    ServerFrame::Retracted { room, cursor, tag: TAG, previous: retracts, retracts, event, restored, removed }
}

#[tokio::test]
async fn a_retraction_is_in_the_rooms_state_and_told() {
    let (server, options) = Server::start().await;
    let mut socket = Socket::open(options);
    let mut peer = server.accept().await;
    peer.send(&snapshot(4)).await;
    peer.send(&event(9, 4)).await;
    peer.send(&retracted(10, 9)).await;
    assert_eq!(next(&mut socket).await, arrived(4));
    assert!(matches!(next(&mut socket).await, Update::Event(frame) if frame.mark.cursor == 9));
    assert!(matches!(next(&mut socket).await, Update::Retracted(frame) if frame.retracts == 9));
    assert_eq!(socket.room(Room::Lobby).unwrap().cursor(), 10);
}

#[tokio::test]
async fn a_gap_is_followed_by_a_new_snapshot() {
    let (server, options) = Server::start().await;
    let mut socket = Socket::open(options);
    let mut peer = server.accept().await;
    peer.send(&snapshot(4)).await;
    peer.send(&event(9, 8)).await;
    peer.expect(subscribing(Room::Lobby, None)).await;
    peer.send(&snapshot(9)).await;
    assert_eq!(next(&mut socket).await, arrived(4));
    let error = RoomError::Gap { previous: 8, seen: 4 };
    let room = Room::Lobby;
    assert_eq!(next(&mut socket).await, Update::Resync { room, error });
    assert_eq!(next(&mut socket).await, arrived(9));
}

#[tokio::test]
async fn a_lost_connection_is_made_again_with_its_rooms() {
    let (server, options) = Server::start().await;
    let mut socket = Socket::open(options);
    let mut peer = server.accept().await;
    peer.send(&snapshot(4)).await;
    assert_eq!(next(&mut socket).await, arrived(4));
    drop(peer);
    let mut peer = server.accept_again(Some(4)).await;
    peer.send(&event(7, 4)).await;
    peer.send(&ServerFrame::Resumed { room: Room::Lobby, cursor: 8, tag: TAG, finalized: 7 }).await;
    assert!(matches!(next(&mut socket).await, Update::Event(frame) if frame.mark.cursor == 7));
    assert_eq!(next(&mut socket).await, Update::Resumed { room: Room::Lobby, cursor: 8 });
    let state = socket.room(Room::Lobby).unwrap();
    assert_eq!((state.cursor(), state.finalized()), (8, 7));
}

#[tokio::test]
async fn whoever_was_away_for_too_long_begins_anew() {
    let (server, options) = Server::start().await;
    let mut socket = Socket::open(options);
    let mut peer = server.accept().await;
    peer.send(&snapshot(4)).await;
    assert_eq!(next(&mut socket).await, arrived(4));
    drop(peer);
    let mut peer = server.accept_again(Some(4)).await;
    let problem = Problem {
        status: 410,
        code: Code::CursorTooOld,
        detail: "subscribe again".into(),
        program_error: None,
        retry_after: None,
    };
    peer.send(&ServerFrame::Error { id: None, problem, room: Some(Room::Lobby) }).await;
    peer.expect(subscribing(Room::Lobby, None)).await;
    peer.send(&snapshot(70)).await;
    assert_eq!(next(&mut socket).await, arrived(70));
}

#[tokio::test]
async fn a_snapshot_that_does_not_hold_together_is_not_taken() {
    let (server, options) = Server::start().await;
    let mut socket = Socket::open(options);
    let mut peer = server.accept().await;
    let ServerFrame::Snapshot { room, cursor, tag, finalized, mut entities } = snapshot(4) else { panic!() };
    entities[0].checksum = Hash32::ZERO;
    peer.send(&ServerFrame::Snapshot { room, cursor, tag, finalized, entities }).await;
    server.accept().await.send(&snapshot(5)).await;
    assert_eq!(next(&mut socket).await, arrived(5));
}

#[tokio::test]
async fn a_silent_server_is_asked_and_then_given_up() {
    let (server, mut options) = Server::start().await;
    // Connecting and signing in must fit into it, too.
    options.patience = Duration::from_secs(1);
    let _socket = Socket::open(options);
    let mut peer = server.accept().await;
    peer.expect(ClientFrame::Ping).await;
    server.accept().await;
}

#[tokio::test]
async fn a_refused_session_ends_the_socket() {
    let (server, options) = Server::start().await;
    let socket = Socket::open(options);
    let problem = Problem {
        status: 401,
        code: Code::SessionExpired,
        detail: "sign in again".into(),
        program_error: None,
        retry_after: None,
    };
    let mut peer = server.greeted().await;
    let frame = ServerFrame::Error { id: None, problem: problem.clone(), room: None };
    peer.send(&frame).await;
    let updates: Vec<_> = tokio::time::timeout(LIMIT, socket.collect()).await.unwrap();
    let refused = Update::Status(SocketStatus::Refused(problem));
    assert_eq!(updates.last(), Some(&refused));
}

#[tokio::test]
async fn rooms_come_and_go_while_connected() {
    let (server, options) = Server::start().await;
    let socket = Socket::open(options);
    let mut peer = server.accept().await;
    let room = Room::Thread(ThreadId([1; 32]));
    socket.handle().subscribe(room);
    peer.expect(subscribing(room, None)).await;
    socket.handle().unsubscribe(room);
    peer.expect(ClientFrame::Unsubscribe { room }).await;
}
