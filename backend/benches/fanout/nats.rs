//! nats-server with its WebSocket, which speaks NATS's own text protocol inside binary frames.

use crate::peer::{Peer, Publisher as How, Running, spawn};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::Message;

const CONNECT: &str = "CONNECT {\"verbose\":false,\"pedantic\":false,\"protocol\":1}\r\n";

/// Starts a server on free ports.
pub async fn start(size: usize) -> Result<Running, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (plain, socket) = (free_port().await, free_port().await);
    let config = format!(
        "host: 127.0.0.1\nport: {plain}\nmax_connections: 65536\n\
         websocket {{ host: 127.0.0.1, port: {socket}, no_tls: true }}\n"
    );
    let file = folder.path().join("nats.conf");
    std::fs::write(&file, config).map_err(|error| error.to_string())?;
    let mut command = Command::new("nats-server");
    command.arg("-c").arg(&file).stderr(std::process::Stdio::null());
    let server = spawn(command)?;
    let publisher = Publisher::connect(([127, 0, 0, 1], plain).into(), size).await?;
    let greeting = vec![Message::binary(CONNECT), Message::binary("SUB room 1\r\nPING\r\n")];
    let url = format!("ws://127.0.0.1:{socket}");
    Ok(Running::new((Peer::Nats, url), greeting, How::Nats(publisher), (server, folder)))
}

/// Free a moment ago, which has to do: nats-server does not say which port it took.
async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    listener.local_addr().expect("a listener has an address").port()
}

/// A client that publishes, over plain TCP.
pub struct Publisher {
    stream: TcpStream,
    message: Vec<u8>,
}

impl Publisher {
    async fn connect(address: SocketAddr, size: usize) -> Result<Self, String> {
        let mut stream = reached(address).await?;
        stream.write_all(CONNECT.as_bytes()).await.map_err(|error| error.to_string())?;
        let message =
            [format!("PUB room {size}\r\n").into_bytes(), vec![b'x'; size], b"\r\n".to_vec()].concat();
        Ok(Self { stream, message })
    }

    pub async fn publish(&mut self, messages: usize) {
        for _ in 0..messages {
            self.stream.write_all(&self.message).await.expect("nats-server takes messages");
        }
    }
}

/// It takes a moment to listen.
async fn reached(address: SocketAddr) -> Result<TcpStream, String> {
    for _ in 0..100 {
        if let Ok(stream) = TcpStream::connect(address).await {
            return Ok(stream);
        }
        sleep(Duration::from_millis(50)).await;
    }
    Err(format!("nats-server does not listen at {address}"))
}

/// Counts messages in the bytes of one connection, however they are cut into frames.
#[derive(Default)]
pub struct Counter {
    rest: Vec<u8>,
    /// Bytes of a message that are still to come.
    skip: usize,
}

/// What came.
#[derive(Default)]
pub struct Counted {
    pub messages: usize,
    /// The server asked whether we are there.
    pub ping: bool,
    /// The server answered that it is.
    pub pong: bool,
}

impl Counter {
    pub fn count(&mut self, bytes: &[u8]) -> Counted {
        self.rest.extend_from_slice(bytes);
        let (mut at, mut counted) = (0, Counted::default());
        loop {
            let skipped = self.skip.min(self.rest.len() - at);
            (at, self.skip) = (at + skipped, self.skip - skipped);
            let Some(end) = self.rest[at..].windows(2).position(|pair| pair == b"\r\n") else { break };
            self.line(at..at + end, &mut counted);
            at += end + 2;
        }
        self.rest.drain(..at);
        counted
    }

    fn line(&mut self, place: std::ops::Range<usize>, counted: &mut Counted) {
        let line = String::from_utf8_lossy(&self.rest[place]);
        if line.starts_with("MSG ") {
            let size = line.rsplit(' ').next().and_then(|size| size.parse::<usize>().ok());
            self.skip = size.expect("MSG says how long it is") + 2;
            counted.messages += 1;
        }
        counted.ping |= line == "PING";
        counted.pong |= line == "PONG";
    }
}
