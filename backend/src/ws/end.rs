//! Why a connection ends, and what the client is told.

use crate::auth::AuthError;
use crate::error::{ApiError, problem};
use axum::http::StatusCode;
use chorale_wire::socket::MAX_FRAME_BYTES;
use chorale_wire::{Code, Problem};
use tokio_websockets::{CloseCode, Error};

/// Why a connection ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// The client left, or the network did.
    Gone,
    /// The client did not answer a ping.
    Silent,
    /// The client takes frames more slowly than they come.
    Slow,
    /// The client did not say who it is.
    NotSignedIn,
    /// The session ended.
    SessionExpired,
    /// A frame came that is too large even to be read.
    TooLarge,
    /// The backend stops.
    Closing,
}

impl End {
    /// What an error while reading means.
    pub(crate) fn of_read(error: &Error) -> Self {
        match error {
            Error::PayloadTooLong { .. } => Self::TooLarge,
            _ => Self::Gone,
        }
    }

    /// What it is called in the metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Silent => "silent",
            Self::Slow => "slow",
            Self::NotSignedIn => "not_signed_in",
            Self::SessionExpired => "session_expired",
            Self::TooLarge => "too_large",
            Self::Closing => "closing",
        }
    }

    pub(crate) fn close_code(self) -> CloseCode {
        match self {
            Self::Gone | Self::Closing => CloseCode::GOING_AWAY,
            Self::TooLarge => CloseCode::MESSAGE_TOO_BIG,
            Self::Silent | Self::Slow | Self::NotSignedIn | Self::SessionExpired => {
                CloseCode::POLICY_VIOLATION
            }
        }
    }

    /// The client's part in it.
    pub(crate) fn problem(self) -> Option<Problem> {
        match self {
            Self::Gone | Self::Silent | Self::Closing => None,
            Self::Slow => {
                let detail = "frames come faster than you read them: connect again and subscribe anew";
                Some(problem(StatusCode::TOO_MANY_REQUESTS, Code::SlowConsumer, detail))
            }
            Self::NotSignedIn => Some(ApiError::from(AuthError::NotSignedIn).into_problem()),
            Self::SessionExpired => Some(ApiError::from(AuthError::SessionExpired).into_problem()),
            Self::TooLarge => {
                let detail = format!("the frame is far beyond the {MAX_FRAME_BYTES} bytes that are taken");
                Some(problem(StatusCode::PAYLOAD_TOO_LARGE, Code::TooLarge, detail))
            }
        }
    }
}
