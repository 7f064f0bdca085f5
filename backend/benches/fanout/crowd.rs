//! Many clients in one room, who only count.

use crate::nats;
use crate::peer::{Peer, Running};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What a client reads at once. All of it is set to zero before each read, which with the 128 KiB that `tungstenite`
/// takes by itself costs the clients more than all the rest; with this, nats-server was measured to be at its fastest.
const READ_BUFFER: usize = 16 * 1024;

/// A round takes seconds.
const PATIENCE: Duration = Duration::from_secs(300);

/// What all clients have counted together.
#[derive(Default)]
struct Tally {
    messages: AtomicUsize,
    ready: AtomicUsize,
    bytes: AtomicUsize,
    wanted: AtomicUsize,
    reached: Notify,
}

impl Tally {
    fn add(&self, messages: usize, bytes: usize) {
        let before = self.messages.fetch_add(messages, Ordering::Relaxed);
        let wanted = self.wanted.load(Ordering::Relaxed);
        if before < wanted && before + messages >= wanted {
            self.bytes.store(bytes, Ordering::Relaxed);
            self.reached.notify_one();
        }
    }
}

/// The clients; gone when dropped.
pub struct Crowd {
    tally: Arc<Tally>,
    clients: JoinSet<()>,
}

impl Crowd {
    /// Connects so many clients and waits until all are in the room.
    pub async fn gather(running: &Running, clients: usize) -> Self {
        let mut crowd = Self { tally: Arc::default(), clients: JoinSet::new() };
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
        for _ in 0..clients {
            let (socket, _) = connect_async_with_config(&running.url, Some(config), false)
                .await
                .expect("the server takes another client");
            let (mut sink, stream) = socket.split();
            for message in &running.greeting {
                sink.send(message.clone()).await.expect("the server listens");
            }
            crowd.clients.spawn(listen(running.peer, sink, stream, crowd.tally.clone()));
        }
        let all_ready = async {
            while crowd.tally.ready.load(Ordering::Relaxed) < clients {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, all_ready).await.expect("not every client got into the room");
        crowd
    }

    /// Seconds from the first message sent to the last one received by the last client.
    pub async fn time(&mut self, running: &mut Running, messages: usize) -> f64 {
        let all = messages * self.clients.len();
        self.tally.messages.store(0, Ordering::Relaxed);
        self.tally.wanted.store(all, Ordering::Relaxed);
        let begun = Instant::now();
        running.publish(messages).await;
        let came = timeout(PATIENCE, self.tally.reached.notified()).await;
        let seconds = begun.elapsed().as_secs_f64();
        let counted = self.tally.messages.load(Ordering::Relaxed);
        assert!(came.is_ok(), "{counted} of {all} messages came within {PATIENCE:?}");
        assert_eq!(counted, all, "more messages came than were sent");
        seconds
    }

    /// Bytes of a message that came last.
    pub fn bytes(&self) -> usize {
        self.tally.bytes.load(Ordering::Relaxed)
    }
}

async fn listen(
    peer: Peer,
    mut sink: SplitSink<Socket, Message>,
    mut stream: SplitStream<Socket>,
    tally: Arc<Tally>,
) {
    let mut nats = nats::Counter::default();
    if peer == Peer::Ws {
        tally.ready.fetch_add(1, Ordering::Relaxed);
    }
    while let Some(Ok(message)) = stream.next().await {
        match (peer, &message) {
            (Peer::Nats, Message::Binary(bytes)) => {
                let counted = nats.count(bytes);
                tally.ready.fetch_add(usize::from(counted.pong), Ordering::Relaxed);
                tally.add(counted.messages, bytes.len());
                if counted.ping {
                    let _ = sink.send(Message::binary("PONG\r\n")).await;
                }
            }
            (Peer::Chorale, Message::Text(text)) if text.starts_with(r#"{"type":"snapshot""#) => {
                tally.ready.fetch_add(1, Ordering::Relaxed);
            }
            (Peer::Chorale, Message::Text(text)) if text.starts_with(r#"{"type":"event""#) => {
                tally.add(1, text.len());
            }
            (Peer::Chorale, Message::Text(text)) if text.starts_with(r#"{"type":"error""#) => {
                panic!("{text}")
            }
            (Peer::Ws, Message::Text(text)) => tally.add(1, text.len()),
            _ => {}
        }
    }
}
