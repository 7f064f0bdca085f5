//! A WebSocket as `connection` uses it.
//!
//! By `tokio-websockets`, whose frames are written from where they are, many with one system call. Behind axum's own
//! WebSocket is `tungstenite`, which copies every frame into a buffer of its connection's and keeps that as large as it
//! ever was. The handshake is `tungstenite`'s all the same.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use futures::{SinkExt as _, StreamExt as _};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{self, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::{self, handshake::server::create_response_with_body};
use tokio_websockets::{Config, Error, Limits, Message, ServerBuilder, WebSocketStream};

/// Bytes that may wait to be written together. They are others' bytes: what waits here only points to them.
const TOGETHER: usize = 256 * 1024;

/// A WebSocket.
pub(crate) struct Line {
    stream: WebSocketStream<TokioIo<Upgraded>>,
    max_bytes: usize,
}

/// The answer to a client that wants a WebSocket, and what becomes one once it has the answer.
///
/// # Errors
/// What is wrong with the request.
pub(crate) fn handshake(request: &mut Request) -> Result<(Response, OnUpgrade), tungstenite::Error> {
    let response = create_response_with_body(request, Body::empty)?;
    Ok((response, hyper::upgrade::on(request)))
}

impl Line {
    /// Takes messages of up to `max_bytes`.
    pub(crate) fn new(connection: Upgraded, max_bytes: usize) -> Self {
        Self::over(TokioIo::new(connection), max_bytes)
    }

    fn over(connection: TokioIo<Upgraded>, max_bytes: usize) -> Self {
        let limits = Limits::default().max_payload_len(Some(max_bytes));
        let config = Config::default().flush_threshold(TOGETHER);
        Self { stream: ServerBuilder::new().limits(limits).config(config).serve(connection), max_bytes }
    }

    /// The next message; nothing once the client has closed. Nothing is lost if this is not waited for to the end.
    pub(crate) async fn hear(&mut self) -> Option<Result<Message, Error>> {
        self.stream.next().await
    }

    /// Sends messages, with as few system calls as they can be sent with.
    pub(crate) async fn say(&mut self, messages: impl IntoIterator<Item = Message>) -> Result<(), Error> {
        for message in messages {
            self.stream.feed(message).await?;
        }
        self.stream.flush().await
    }

    /// After a message that is too large to be read, nothing can be read, but something can be said once more.
    pub(crate) fn renewed(self) -> Self {
        Self::over(self.stream.into_inner(), self.max_bytes)
    }

    /// Waits until the client has heard everything and hangs up. Unread bytes would reset the connection under our last
    /// words, so whatever it still sends is read.
    pub(crate) async fn hang_up(mut self) {
        while let Some(Ok(_)) = self.hear().await {}
        let mut connection = self.stream.into_inner();
        if connection.shutdown().await.is_ok() {
            // Why the connection ends does not matter any more.
            let _ = io::copy(&mut connection, &mut io::sink()).await;
        }
    }
}
