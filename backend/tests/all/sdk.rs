//! The Rust SDK against the real backend: by TLS, and never told anything older than what it has seen.

use crate::shared::Pair;
use crate::story::{THREAD, confirm, created, initialized};
use crate::tls::{Authority, secured};
use crate::wallet::Keys;
use crate::world::{NO_CHAIN, PATIENCE};
use chorale_client::{Client, ClientError, Socket, SocketStatus, Trust, Update, wallet_of};
use chorale_domain::content::ContentHash;
use chorale_domain::event::Event;
use chorale_domain::id::Wallet;
use chorale_domain::state::EntityKey;
use chorale_wire::socket::Room;
use futures::StreamExt as _;
use solana_keypair::Keypair;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

const ROOM: Room = Room::Thread(THREAD);

fn published(hash: ContentHash, author: Wallet, sequence: u64) -> Event {
    Event::MessagePublished { thread: THREAD, hash, author, sequence, published_at: 200 }
}

/// The next update that is about a room.
async fn next(socket: &mut Socket) -> Update {
    loop {
        match timeout(PATIENCE, socket.next()).await.expect("no update came").expect("the socket ended") {
            Update::Status(SocketStatus::Disconnected { reason }) => panic!("{reason}"),
            Update::Status(_) => {}
            update => return update,
        }
    }
}

#[tokio::test]
async fn the_sdk_signs_in_writes_and_follows_a_room_by_tls() {
    let (world, authority) = secured().await;
    let keypair = Keypair::new();
    confirm(&world.writer, [initialized(), created(THREAD, wallet_of(&keypair))]).await;
    let client = Client::trusting(&format!("https://{}", world.address), authority.trust()).unwrap();
    let me = client.sign_in(&keypair).await.expect("it signs in");
    let hash = me.upload(THREAD, "by TLS", &mut rand::rng()).await.expect("it uploads");
    let mut socket = Socket::open(me.socket([ROOM]));
    assert!(matches!(next(&mut socket).await, Update::Snapshot { .. }));
    confirm(&world.writer, [published(hash, me.wallet(), 0)]).await;
    assert!(matches!(next(&mut socket).await, Update::Event(_)));
    assert!(socket.room(ROOM).unwrap().entities().contains_key(&EntityKey::Message(THREAD, hash)));
    assert_eq!(me.content(THREAD, hash).await.unwrap().body.as_deref(), Some("by TLS"));
}

#[tokio::test]
async fn the_sdk_refuses_a_server_whose_certificate_it_does_not_know() {
    let (world, _) = secured().await;
    for trust in [Trust::public(), Authority::new().trust()] {
        let client = Client::trusting(&format!("https://{}", world.address), trust).unwrap();
        let refused = client.health().await.expect_err("it was believed");
        assert!(matches!(refused, ClientError::Untrusted { .. }), "{refused:?}");
        let mut options = client.socket("a token that nobody else may see", [ROOM]);
        options.reconnect = false;
        let updates: Vec<_> = timeout(PATIENCE, Socket::open(options).collect()).await.expect("it goes on");
        let [Update::Status(SocketStatus::Connecting), Update::Status(last)] = &updates[..] else {
            panic!("{updates:?}")
        };
        let SocketStatus::Disconnected { reason } = last else { panic!("{last:?}") };
        assert!(reason.contains("certificate"), "{reason}");
    }
}

/// Takes sockets to one backend and everything else to another.
struct Balancer {
    url: String,
    _running: JoinSet<()>,
}

impl Balancer {
    async fn between(sockets: &str, others: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sockets, others) = (sockets.to_owned(), others.to_owned());
        let mut running = JoinSet::new();
        running.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(forward(stream, sockets.clone(), others.clone()));
            }
        });
        Self { url, _running: running }
    }
}

async fn forward(mut stream: TcpStream, sockets: String, others: String) {
    const UPGRADE: &[u8] = b"GET /v1/ws";
    let mut begin = [0; UPGRADE.len()];
    let read = stream.peek(&mut begin).await.unwrap();
    assert_eq!(read, begin.len(), "a request comes in one piece");
    let to = if begin == UPGRADE { sockets } else { others };
    let mut backend = TcpStream::connect(to).await.unwrap();
    // Whoever hangs up, it is over.
    let _ = copy_bidirectional(&mut stream, &mut backend).await;
}

#[tokio::test]
async fn whoever_was_told_by_a_socket_reads_nothing_older_at_another_backend() {
    let keys = Keys::new(10);
    let pair = Pair::with_thread(&keys, NO_CHAIN).await;
    let (here, there) = (&pair.here, &pair.there);
    let token = there.sign_in(&keys).await;
    let balancer = Balancer::between(&here.address, &there.address).await;
    let client = Client::new(&balancer.url).unwrap();
    let mut socket = Socket::open(client.socket(&token, [ROOM]));
    assert!(matches!(next(&mut socket).await, Update::Snapshot { .. }));
    for n in 0..50 {
        let before = client.thread(THREAD, None, 200).await.unwrap();
        assert_eq!(before.thread.content_log.count, n);
        confirm(&here.writer, [crate::socket_flow::message(&keys, n)]).await;
        assert!(matches!(next(&mut socket).await, Update::Event(_)));
        let after = client.thread(THREAD, None, 200).await.unwrap();
        assert_eq!((after.thread.content_log.count, after.messages.len() as u64), (n + 1, n + 1));
    }
}
