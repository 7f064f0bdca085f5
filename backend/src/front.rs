//! Where clients come in: a listener, with TLS or without, and what every connection is bound by.
//!
//! The loop is our own because the two that could be had leave a door open: `axum::serve` waits for a request's head for
//! ever, and so does `axum-server` for a connection's first bytes. Here one path serves both kinds of listeners, speaks
//! HTTP/1.1 only, which the upgrade to a WebSocket needs, and gives everything a client has to send a time.

use crate::tls::Tls;
use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// How long to wait when the system has no room for another connection.
const NO_ROOM: Duration = Duration::from_millis(100);

/// A listener, with TLS or without.
pub struct Front {
    listener: TcpListener,
    tls: Option<Tls>,
}

impl From<TcpListener> for Front {
    /// Without TLS: for the loopback, and behind a proxy that has it.
    fn from(listener: TcpListener) -> Self {
        Self { listener, tls: None }
    }
}

impl Front {
    /// With TLS.
    #[must_use]
    pub fn secured(listener: TcpListener, tls: Tls) -> Self {
        Self { listener, tls: Some(tls) }
    }

    pub(crate) fn is_secured(&self) -> bool {
        self.tls.is_some()
    }

    /// Serves until `closing`, then takes nothing new and gives what is under way the time `drain` to end.
    pub(crate) async fn serve(
        self,
        router: Router,
        closing: CancellationToken,
        Times { head, unread, drain }: Times,
    ) {
        let (connections, cut) = (TaskTracker::new(), CancellationToken::new());
        let _cut = cut.clone().drop_guard();
        let connection = Connection { router, head, unread, closing: closing.clone(), cut: cut.clone() };
        while let Some(accepted) = closing.run_until_cancelled(self.listener.accept()).await {
            match accepted {
                Ok((stream, peer)) => {
                    let served = connection.clone().serve(stream, peer, self.tls.clone());
                    connections.spawn(served);
                }
                Err(error) => refused(&error).await,
            }
        }
        drop(self.listener);
        connections.close();
        if timeout(drain, connections.wait()).await.is_err() {
            tracing::warn!("some requests did not end within {drain:?} and are cut off");
        }
    }
}

/// The kernel ends a connection whose client takes nothing for so long: what waits for it is in our memory.
#[cfg(target_os = "linux")]
fn end_if_unread(stream: &TcpStream, within: Duration) -> io::Result<()> {
    socket2::SockRef::from(stream).set_tcp_user_timeout(Some(within))
}

#[cfg(not(target_os = "linux"))]
fn end_if_unread(_: &TcpStream, _: Duration) -> io::Result<()> {
    Ok(())
}

/// A client that left before it was let in is no trouble; a system without file descriptors needs a moment.
async fn refused(error: &io::Error) {
    let left = [io::ErrorKind::ConnectionAborted, io::ErrorKind::ConnectionReset];
    if !left.contains(&error.kind()) {
        tracing::error!(%error, "cannot accept a connection, trying again");
        sleep(NO_ROOM).await;
    }
}

/// How long clients may take.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    /// For a TLS handshake, and for the head of each request, from the answer before it on.
    pub(crate) head: Duration,
    /// To take what was sent to them.
    pub(crate) unread: Duration,
    /// To end what is under way once the backend stops.
    pub(crate) drain: Duration,
}

/// What every connection is served with.
#[derive(Clone)]
struct Connection {
    router: Router,
    head: Duration,
    unread: Duration,
    closing: CancellationToken,
    cut: CancellationToken,
}

impl Connection {
    async fn serve(self, stream: TcpStream, peer: SocketAddr, tls: Option<Tls>) {
        // Small frames must not wait for a full packet: the delay of an event is what clients feel.
        if let Err(error) = stream.set_nodelay(true).and_then(|()| end_if_unread(&stream, self.unread)) {
            tracing::debug!(%error, "a connection keeps the system's settings");
        }
        let cut = self.cut.clone();
        cut.run_until_cancelled(async {
            match tls {
                None => self.speak(stream, peer).await,
                Some(tls) => match timeout(self.head, tls.acceptor().accept(stream)).await {
                    Ok(Ok(stream)) => self.speak(stream, peer).await,
                    Ok(Err(error)) => tracing::debug!(%error, "a client does not speak TLS as we do"),
                    Err(_) => tracing::debug!("a client does not finish its handshake"),
                },
            }
        })
        .await;
    }

    async fn speak(self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, peer: SocketAddr) {
        let Self { router, head, closing, .. } = self;
        let answer = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request)
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(head);
        let mut served = pin!(http.serve_connection(TokioIo::new(stream), answer).with_upgrades());
        let ended = tokio::select! {
            ended = served.as_mut() => ended,
            () = closing.cancelled() => {
                served.as_mut().graceful_shutdown();
                served.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ends");
        }
    }
}
