//! What clients are told when something goes wrong: one type at the edge, [`ApiError`], around a [`Problem`].
//!
//! | where it happens | its error | status and code |
//! |---|---|---|
//! | a query parameter that the route does not know (`openapi`) | - | 400 `malformed_request` |
//! | a panic (`router`) | - | 500 `internal`; what it said is in the log only |
//! | reading a request (`http::extract`) | the extractor's own words | 400 `malformed_request`, 413 `too_large` |
//! | no such route or method (`router`) | - | 404, 405 `not_found` |
//! | a request that comes too slowly (`http::extract`) | - | 408 `malformed_request` |
//! | an answer that takes too long (`router`) | - | 503 `internal` |
//! | too much of something (`rate`) | [`TooMany`] | 429 `rate_limited`, with `retry_after` |
//! | more under way than may be (`busy`) | constructor below | 503 `overloaded` |
//! | signing in, session tokens (`auth`) | [`AuthError`] | 401 `bad_nonce`, `bad_message`, `bad_signature`, `not_signed_in`, `session_expired`, 403 `scope_missing` |
//! | an API token that is not in order (`auth::token`) | constructors below | 400 `malformed_request`, 429 `rate_limited` |
//! | a write under a key of another, or one that runs (`idempotency`) | constructors below | 422 `idempotency_mismatch`, 409 `idempotency_in_progress` |
//! | naming what is not there (`http`, `ws`) | constructors below | 404 `unknown_session`, `unknown_thread`, `unknown_proposal`, `unknown_message`, `unknown_entity`, `unknown_content`, `unknown_room` |
//! | a body that is not in order (`content`) | [`BodyError`] in [`ContentError`] | 422 `empty_body`, `hash_mismatch`, 413 `too_large` |
//! | a body that was erased (`content`) | [`ContentError::Erased`], constructor below | 410 `content_erased` |
//! | erasing another's body (`http::contents`) | constructor below | 403 `not_the_author` |
//! | search by meaning without a model, or with one that is away | [`ContentError`] | 422, 503 `no_meaning` |
//! | a search that is not in order (`content`) | [`ContentError`] | 400 `malformed_request` |
//! | a transaction without its body (`http::transactions`) | constructor below | 409 `body_missing` |
//! | a relayed transaction (`chain::relay`) | [`RelayError`] | 400 `malformed_request`, 422 `not_prepared`, `unsigned_transaction` |
//! | what the program or the chain refuses (`chain`) | [`ChainError::Refused`] | 422 `program_refused` with `program_error` |
//! | the RPC endpoint is away (`chain`) | [`ChainError::Unavailable`] | 503 `chain_unavailable` |
//! | the faucet (`faucet`) | [`FaucetError`] | 422 `program_refused`, 503 `chain_unavailable`, 404 `no_faucet` |
//! | a frame (`ws::frame`, `ws::state`, `ws::entrance`) | a [`Problem`] | `malformed_frame`, `unknown_message_type`, `too_large`, `not_yours`, `rate_limited`, inside an `error` frame |
//! | a socket that is cut (`ws::end`) | a [`Problem`] | `slow_consumer`, `session_expired`, `not_signed_in`, `too_large`, before the close frame |
//! | the sessions' database is away (`auth`, `idempotency`) | [`AuthError::Away`] | 503 `internal` |
//! | the store or the content engine fails | [`StoreError`], [`ContentError`], either in [`ReadError`] | 503 `internal` while it may pass, 500 where it will not; the cause is in the log only |

use crate::auth::AuthError;
use crate::chain::{ChainError, RelayError};
use crate::faucet::FaucetError;
use crate::rate::TooMany;
use crate::reads::ReadError;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use chorale_content::ContentError;
use chorale_domain::content::{BodyError, ContentHash};
use chorale_domain::id::{Hash32, ThreadId};
use chorale_domain::state::EntityKey;
use chorale_store::{SessionsError, StoreError};
use chorale_wire::{Code, Problem};
use std::time::Duration;

/// A refusal on its way to a client.
#[derive(Debug)]
pub(crate) struct ApiError(Problem);

/// Puts a problem together.
pub(crate) fn problem(status: StatusCode, code: Code, detail: impl Into<String>) -> Problem {
    // What is away is asked for again and again: a second costs nobody much.
    let retry_after = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(1);
    Problem { status: status.as_u16(), code, detail: detail.into(), program_error: None, retry_after }
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: Code, detail: impl Into<String>) -> Self {
        Self(problem(status, code, detail))
    }

    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::MalformedRequest, detail)
    }

    /// The client was too slow.
    pub(crate) fn sent_too_slowly(limit: Duration) -> Self {
        let detail = format!("the request did not come within {} s: send it faster", limit.as_secs());
        Self::new(StatusCode::REQUEST_TIMEOUT, Code::MalformedRequest, detail)
    }

    /// We were, or what we depend on.
    pub(crate) fn timed_out(limit: Duration) -> Self {
        let detail = format!("this took longer than {} s here: try again in a moment", limit.as_secs());
        Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::Internal, detail)
    }

    pub(crate) fn overloaded(of: &str) -> Self {
        let detail = format!("as many {of} as may be are under way here: try again in a moment");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::Overloaded, detail)
    }

    pub(crate) fn unknown_thread(thread: ThreadId) -> Self {
        let detail = format!("there is no thread {thread}, or its creation is not confirmed yet");
        Self::new(StatusCode::NOT_FOUND, Code::UnknownThread, detail)
    }

    pub(crate) fn unknown_proposal(thread: ThreadId, hash: ContentHash) -> Self {
        let detail = format!("thread {thread} has no proposal {hash}, or it is not confirmed yet");
        Self::new(StatusCode::NOT_FOUND, Code::UnknownProposal, detail)
    }

    pub(crate) fn no_pending_proposal(thread: ThreadId, hash: ContentHash) -> Self {
        let detail = format!("thread {thread} has no pending proposal {hash}");
        Self::new(StatusCode::NOT_FOUND, Code::UnknownProposal, detail)
    }

    pub(crate) fn unknown_message(thread: ThreadId) -> Self {
        let detail = format!("thread {thread} has no such message, or it is not confirmed yet");
        Self::new(StatusCode::NOT_FOUND, Code::UnknownMessage, detail)
    }

    pub(crate) fn unknown_entity(key: &EntityKey) -> Self {
        let detail = format!("there is no {key}, or there was none at that slot");
        Self::new(StatusCode::NOT_FOUND, Code::UnknownEntity, detail)
    }

    /// What was read in several steps changed between them.
    pub(crate) fn moved(what: &str) -> Self {
        let detail = format!("{what} changed while it was read: try again in a moment");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::Internal, detail)
    }

    /// A fault of the backend's own, in words that name nothing of this machine.
    pub(crate) fn internal(detail: &str) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, detail)
    }

    pub(crate) fn unknown_content(thread: ThreadId, hash: ContentHash) -> Self {
        let detail = format!("no body with the hash {hash} was uploaded for thread {thread}");
        Self::new(StatusCode::NOT_FOUND, Code::UnknownContent, detail)
    }

    pub(crate) fn erased(thread: ThreadId, hash: ContentHash) -> Self {
        let detail = format!("the body with the hash {hash} of thread {thread} was erased by its author");
        Self::new(StatusCode::GONE, Code::ContentErased, detail)
    }

    pub(crate) fn not_the_author(thread: ThreadId, hash: ContentHash) -> Self {
        let detail = format!(
            "the body with the hash {hash} of thread {thread} is another's: only its author may erase it"
        );
        Self::new(StatusCode::FORBIDDEN, Code::NotTheAuthor, detail)
    }

    pub(crate) fn body_missing(thread: ThreadId, hash: ContentHash) -> Self {
        let detail =
            format!("upload the body with the hash {hash} for thread {thread} first: POST /v1/contents");
        Self::new(StatusCode::CONFLICT, Code::BodyMissing, detail)
    }

    pub(crate) fn body_due(thread: ThreadId, hash: ContentHash) -> Self {
        let detail = format!(
            "the body with the hash {hash} for thread {thread} waited for more than a day, and may be removed at any time: \
             upload it anew, with another salt"
        );
        Self::new(StatusCode::CONFLICT, Code::BodyMissing, detail)
    }

    pub(crate) fn body_of_another(thread: ThreadId, hash: ContentHash) -> Self {
        let detail = format!(
            "the body with the hash {hash} for thread {thread} was uploaded by another wallet: upload your text with \
             a salt of your own"
        );
        Self::new(StatusCode::CONFLICT, Code::BodyMissing, detail)
    }

    pub(crate) fn unknown_session(id: Hash32) -> Self {
        let detail = format!("this wallet has no session {id}, or not any more");
        Self::new(StatusCode::NOT_FOUND, Code::UnknownSession, detail)
    }

    pub(crate) fn idempotency_mismatch() -> Self {
        let detail = "this idempotency key stands for another request: give each write a key of its own";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, Code::IdempotencyMismatch, detail)
    }

    pub(crate) fn idempotency_in_progress() -> Self {
        let detail = "the same request is under way: ask again in a moment for its answer";
        let refused = problem(StatusCode::CONFLICT, Code::IdempotencyInProgress, detail);
        Self(Problem { retry_after: Some(1), ..refused })
    }

    /// A fault of our own, of which the log says more.
    pub(crate) fn broken(cause: &dyn std::error::Error) -> Self {
        tracing::error!(%cause, "the backend failed");
        let detail = "the backend failed: whoever runs it finds the cause in its log";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, detail)
    }

    pub(crate) fn no_faucet() -> Self {
        let detail = "there is no faucet here: it is for development only";
        Self::new(StatusCode::NOT_FOUND, Code::NoFaucet, detail)
    }

    pub(crate) fn not_initialized() -> Self {
        let detail =
            "the deployment's configuration has not arrived from the chain yet: try again in a moment";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::ChainUnavailable, detail)
    }

    /// What the client is told.
    pub(crate) fn into_problem(self) -> Problem {
        self.0
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self(problem) = self;
        let retry_after = problem.retry_after;
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match status {
            StatusCode::UNAUTHORIZED => headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            _ => retry_after.and_then(|seconds| headers.insert(RETRY_AFTER, HeaderValue::from(seconds))),
        };
        response
    }
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        let (status, code) = match error {
            AuthError::BadNonce => (StatusCode::UNAUTHORIZED, Code::BadNonce),
            AuthError::BadMessage => (StatusCode::UNAUTHORIZED, Code::BadMessage),
            AuthError::BadSignature => (StatusCode::UNAUTHORIZED, Code::BadSignature),
            AuthError::NotSignedIn => (StatusCode::UNAUTHORIZED, Code::NotSignedIn),
            AuthError::SessionExpired => (StatusCode::UNAUTHORIZED, Code::SessionExpired),
            AuthError::ScopeMissing(_) | AuthError::NotAPerson => (StatusCode::FORBIDDEN, Code::ScopeMissing),
            AuthError::Away => (StatusCode::SERVICE_UNAVAILABLE, Code::Internal),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<SessionsError> for ApiError {
    fn from(error: SessionsError) -> Self {
        AuthError::from(error).into()
    }
}

impl From<TooMany> for ApiError {
    fn from(error: TooMany) -> Self {
        let refused = problem(StatusCode::TOO_MANY_REQUESTS, Code::RateLimited, error.to_string());
        Self(Problem { retry_after: Some(error.retry_after), ..refused })
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        of_store(&error)
    }
}

impl From<ReadError> for ApiError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Store(error) => of_store(&error),
            ReadError::Content(error) => of_content(&error),
        }
    }
}

fn of_store(error: &StoreError) -> ApiError {
    fault("the store", error, !error.is_corruption())
}

impl From<ContentError> for ApiError {
    fn from(error: ContentError) -> Self {
        match error {
            ContentError::Body(error) => error.into(),
            error => of_content(&error),
        }
    }
}

fn of_content(error: &ContentError) -> ApiError {
    match error {
        ContentError::Erased => ApiError::new(StatusCode::GONE, Code::ContentErased, error.to_string()),
        ContentError::NoMeaning => {
            ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, Code::NoMeaning, error.to_string())
        }
        // What an endpoint says may hold more than clients should know.
        ContentError::Embedding(error) => {
            tracing::error!(%error, "nothing told the meaning of a search text");
            let detail =
                "what tells meanings cannot be used just now: search by words, or try again in a moment";
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, Code::NoMeaning, detail)
        }
        error if error.is_bad_input() => ApiError::malformed(error.to_string()),
        error => fault("the content engine", error, !matches!(error, ContentError::Unreadable { .. })),
    }
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        let (status, code) = match error {
            BodyError::Empty => (StatusCode::UNPROCESSABLE_ENTITY, Code::EmptyBody),
            BodyError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, Code::TooLarge),
            BodyError::HashMismatch { .. } => (StatusCode::UNPROCESSABLE_ENTITY, Code::HashMismatch),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<ChainError> for ApiError {
    fn from(error: ChainError) -> Self {
        let detail = error.to_string();
        match error {
            ChainError::Unavailable { .. } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::ChainUnavailable, detail)
            }
            ChainError::Refused(refusal) => {
                let refused = problem(StatusCode::UNPROCESSABLE_ENTITY, Code::ProgramRefused, detail);
                Self(Problem { program_error: Some(refusal.name), ..refused })
            }
        }
    }
}

impl From<RelayError> for ApiError {
    fn from(error: RelayError) -> Self {
        let (status, code) = match error {
            RelayError::Unreadable(_) => (StatusCode::BAD_REQUEST, Code::MalformedRequest),
            RelayError::OtherProgram | RelayError::NotPrepared | RelayError::OtherWallet => {
                (StatusCode::UNPROCESSABLE_ENTITY, Code::NotPrepared)
            }
            RelayError::Unsigned => (StatusCode::UNPROCESSABLE_ENTITY, Code::UnsignedTransaction),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<FaucetError> for ApiError {
    fn from(error: FaucetError) -> Self {
        let (status, code) = match error {
            FaucetError::Refused(_) => (StatusCode::UNPROCESSABLE_ENTITY, Code::ProgramRefused),
            FaucetError::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, Code::ChainUnavailable),
        };
        Self::new(status, code, error.to_string())
    }
}

/// A part's failure. Its cause may name files of this machine, so that it goes into the log only.
fn fault(part: &str, cause: &dyn std::error::Error, passing: bool) -> ApiError {
    tracing::error!(%cause, "{part} failed");
    if passing {
        let detail = format!("{part} cannot be used just now: try again in a moment");
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, Code::Internal, detail)
    } else {
        let detail = format!("{part} is damaged: whoever runs this backend finds the cause in its log");
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, detail)
    }
}

pub(crate) async fn no_route() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, Code::NotFound, "there is no such route")
}

pub(crate) async fn no_method() -> ApiError {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, Code::NotFound, "this route does not take this method")
}
