//! The states of a connection. Each step consumes one and gives the next.

use super::SocketStatus;
use super::session::Session;
use super::wire::{End, Wire};
use std::time::Duration;

/// A connection's state, with what it holds.
pub(super) enum Connection {
    Connecting,
    Authenticated(Wire),
    Subscribed(Wire),
    Disconnected(End),
    Reconnecting(Duration),
}

impl Connection {
    /// Lives until the socket's owner drops it, the server refuses the session, or it breaks and is not to be made again.
    pub(super) async fn run(mut session: Session) {
        let mut state = Some(Self::Connecting);
        while let Some(current) = state {
            state = current.step(&mut session).await;
        }
    }

    async fn step(self, session: &mut Session) -> Option<Self> {
        session.report(self.status()).await?;
        match self {
            Self::Connecting => Some(match session.connect().await {
                Ok(wire) => Self::Authenticated(wire),
                Err(end) => Self::Disconnected(end),
            }),
            Self::Authenticated(mut wire) => Some(match session.subscribe_all(&mut wire).await {
                Ok(()) => Self::Subscribed(wire),
                Err(end) => Self::Disconnected(end),
            }),
            Self::Subscribed(wire) => Some(Self::Disconnected(session.follow(wire).await)),
            Self::Disconnected(End::Lost(_, retry_after)) => {
                session.next_delay(retry_after).map(Self::Reconnecting)
            }
            Self::Disconnected(End::Dropped | End::Refused(_)) => None,
            Self::Reconnecting(delay) => session.wait(delay).await.map(|()| Self::Connecting),
        }
    }

    fn status(&self) -> SocketStatus {
        match self {
            Self::Connecting => SocketStatus::Connecting,
            Self::Authenticated(_) => SocketStatus::Authenticated,
            Self::Subscribed(_) => SocketStatus::Subscribed,
            Self::Disconnected(End::Lost(reason, _)) => SocketStatus::Disconnected { reason: reason.clone() },
            Self::Disconnected(End::Dropped) => {
                SocketStatus::Disconnected { reason: "closed by its owner".into() }
            }
            Self::Disconnected(End::Refused(problem)) => SocketStatus::Refused(problem.clone()),
            Self::Reconnecting(delay) => SocketStatus::Reconnecting { delay: *delay },
        }
    }
}
