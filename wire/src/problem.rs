//! Errors as clients see them: RFC 9457 problems with a stable code.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A stable name for what went wrong. Clients may match on it; the detail is for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The request is not the JSON, or not the shape, that the route takes.
    MalformedRequest,
    /// A frame is not the JSON, or not the shape, that the socket takes.
    MalformedFrame,
    /// A frame's `type` is unknown.
    UnknownMessageType,
    /// A body or frame is over the limit.
    TooLarge,
    /// No route, or no such method on it.
    NotFound,
    /// No such thread.
    UnknownThread,
    /// No such proposal, or not pending.
    UnknownProposal,
    /// No such content.
    UnknownContent,
    /// No such message in the thread's content log.
    UnknownMessage,
    /// No such entity, or not at that slot.
    UnknownEntity,
    /// Its author erased the content.
    ContentErased,
    /// The content is another's: only its author may erase it.
    NotTheAuthor,
    /// Search by meaning is not set up here, or what tells meanings is away.
    NoMeaning,
    /// No such room.
    UnknownRoom,
    /// The nonce was never issued, is used up or has expired.
    BadNonce,
    /// The message is not the one that was issued for its nonce.
    BadMessage,
    /// The signature is not that wallet's over that message.
    BadSignature,
    /// No session token came with the request.
    NotSignedIn,
    /// The session token is unknown, revoked or expired.
    SessionExpired,
    /// The session may not be used for this; the detail names the scope that it lacks.
    ScopeMissing,
    /// No such session of this wallet.
    UnknownSession,
    /// The idempotency key stands for another request.
    IdempotencyMismatch,
    /// The same request, by its idempotency key, has not been answered yet.
    IdempotencyInProgress,
    /// The content is empty.
    EmptyBody,
    /// The hash is not that of salt and body.
    HashMismatch,
    /// Upload the body before asking for a transaction about it.
    BodyMissing,
    /// The transaction is not one the backend prepared, or was altered since, or is for another program.
    NotPrepared,
    /// The transaction's signatures are missing or wrong.
    UnsignedTransaction,
    /// The program would refuse, or refused, the transaction; `program_error` says why.
    ProgramRefused,
    /// The chain cannot be reached.
    ChainUnavailable,
    /// The faucet is not open here.
    NoFaucet,
    /// It is another wallet's.
    NotYours,
    /// Too many requests.
    RateLimited,
    /// As much as may be is under way: try again in a moment.
    Overloaded,
    /// What happened since a mark cannot be told any more, or the mark is of another store: subscribe without it.
    CursorTooOld,
    /// The client reads too slowly and was cut.
    SlowConsumer,
    /// A fault of the backend's own.
    Internal,
}

/// An RFC 9457 problem, sent as `application/problem+json`; over the socket inside an `error` frame.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, thiserror::Error, ToSchema)]
#[error("{detail}")]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// Stable name.
    pub code: Code,
    /// What happened and what to do about it, in words.
    pub detail: String,
    /// The program's error name, where the program decided (`NotCoAuthor`, say).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program_error: Option<String>,
    /// Seconds after which it may go well; also the `retry-after` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}
