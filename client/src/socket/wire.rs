//! Frames on a connection.

use super::SocketOptions;
use chorale_wire::Problem;
use chorale_wire::socket::{ClientFrame, Hello, PROTOCOL, ServerFrame};
use futures::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::http::header::RETRY_AFTER;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};

/// An authenticated connection.
pub(super) type Wire = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why a connection ended.
pub(super) enum End {
    /// It broke: connect again, not before so many seconds where the server asked for that.
    Lost(String, Option<u64>),
    /// The owner dropped the socket.
    Dropped,
    /// The server does not accept the session.
    Refused(Problem),
}

/// Connects and authenticates.
pub(super) async fn authenticated(options: &SocketOptions) -> Result<(Wire, Hello), End> {
    let tls = Connector::Rustls(options.trust.config());
    let connected = connect_async_tls_with_config(&options.url, Some(limits()), false, Some(tls)).await;
    let (mut wire, _) = connected.map_err(|error| End::Lost(error.to_string(), retry_after(&error)))?;
    let hello = expect_hello(&mut wire).await?;
    let token = options.token.clone();
    send(&mut wire, ClientFrame::Authenticate { token }).await?;
    match receive(&mut wire).await? {
        ServerFrame::Authenticated { .. } => Ok((wire, hello)),
        // It could not even look the session up.
        ServerFrame::Error { problem, .. } if problem.status >= 500 => Err(End::away(&problem)),
        ServerFrame::Error { problem, .. } => Err(End::Refused(problem)),
        other => Err(lost(format!("expected `authenticated`, not {other:?}"))),
    }
}

impl End {
    /// The server cannot do its part just now.
    pub(super) fn away(problem: &Problem) -> Self {
        Self::Lost(problem.detail.clone(), problem.retry_after)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands its errors over by value")]
pub(super) fn lost(reason: impl ToString) -> End {
    End::Lost(reason.to_string(), None)
}

/// What a server that took no connection says about when it may.
fn retry_after(error: &Error) -> Option<u64> {
    let Error::Http(response) = error else { return None };
    response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()
}

async fn expect_hello(wire: &mut Wire) -> Result<Hello, End> {
    match receive(wire).await? {
        ServerFrame::Hello(hello) => {
            let ours = chorale::ID.to_bytes();
            let Hello { protocol, program, .. } = &hello;
            if *protocol == PROTOCOL && program.0 == ours {
                return Ok(hello);
            }
            Err(lost(format!(
                "the server speaks protocol {protocol} for program {program}, not this client's"
            )))
        }
        other => Err(lost(format!("expected `hello`, not {other:?}"))),
    }
}

pub(super) async fn send(wire: &mut Wire, frame: ClientFrame) -> Result<(), End> {
    let text = serde_json::to_string(&frame).map_err(lost)?;
    wire.send(Message::text(text)).await.map_err(lost)
}

/// The next frame with JSON in it; pings are answered by the library while it reads.
pub(super) async fn receive(wire: &mut Wire) -> Result<ServerFrame, End> {
    loop {
        match wire.next().await {
            Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).map_err(lost),
            Some(Ok(Message::Close(reason))) => return Err(lost(closed(reason.as_ref()))),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(lost(error)),
            None => return Err(lost("the server closed the connection")),
        }
    }
}

fn closed(reason: Option<&CloseFrame>) -> String {
    reason.map_or_else(
        || "the server closed the connection".into(),
        |frame| format!("the server closed the connection: {frame}"),
    )
}

/// A room's snapshot is one frame: 1 GiB holds the fullest thread there can be.
fn limits() -> WebSocketConfig {
    const SNAPSHOT: usize = 1 << 30;
    WebSocketConfig::default().max_message_size(Some(SNAPSHOT)).max_frame_size(Some(SNAPSHOT))
}
