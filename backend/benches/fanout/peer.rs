//! The three that are compared, as the clients see them.

use crate::{chorale, nats, ws};
use std::process::Stdio;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, ChildStdin, Command};
use tokio_tungstenite::tungstenite::Message;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Peer {
    Chorale,
    Nats,
    Ws,
}

impl Peer {
    /// Starts its server. `size` is how long its messages are to be, where that is ours to say.
    pub async fn start(self, size: Option<usize>) -> Result<Running, String> {
        match self {
            Self::Chorale => chorale::start().await,
            Self::Nats => nats::start(size.unwrap_or(1000)).await,
            Self::Ws => ws::start(size.unwrap_or(1000)).await,
        }
    }
}

/// How messages are sent into the room.
pub enum Publisher {
    /// The server is told how many by a line on its input.
    Line(ChildStdin),
    /// A client of NATS publishes.
    Nats(nats::Publisher),
}

/// A server that takes clients; killed when dropped.
pub struct Running {
    pub peer: Peer,
    pub url: String,
    /// What a client sends first.
    pub greeting: Vec<Message>,
    pub publisher: Publisher,
    _server: Child,
    _folder: tempfile::TempDir,
}

impl Running {
    pub fn new(
        (peer, url): (Peer, String),
        greeting: Vec<Message>,
        publisher: Publisher,
        (server, folder): (Child, tempfile::TempDir),
    ) -> Self {
        Self { peer, url, greeting, publisher, _server: server, _folder: folder }
    }

    pub fn name(&self) -> String {
        format!("{:?}", self.peer)
    }

    /// Sends so many messages into the room.
    pub async fn publish(&mut self, messages: usize) {
        match &mut self.publisher {
            Publisher::Line(input) => {
                input.write_all(format!("{messages}\n").as_bytes()).await.expect("the server takes lines");
                input.flush().await.expect("the server takes lines");
            }
            Publisher::Nats(publisher) => publisher.publish(messages).await,
        }
    }
}

/// A server's process, with its input and output ours, gone when dropped.
pub fn spawn(mut command: Command) -> Result<Child, String> {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    piped.spawn().map_err(|error| format!("{program} does not start: {error}"))
}
