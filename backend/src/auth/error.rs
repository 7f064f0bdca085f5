//! Why someone may not.

use chorale_store::SessionsError;
use chorale_wire::http::Scope;

/// Why someone is not signed in, or may not do this.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum AuthError {
    #[error("the nonce was not issued to this wallet, was used before or has expired: ask for a new one")]
    BadNonce,
    #[error("the message is not the one that was issued with this nonce: sign it unchanged")]
    BadMessage,
    #[error("the signature is not this wallet's over the message; the nonce is used up, ask for a new one")]
    BadSignature,
    #[error("sign in first: no session token came with the request")]
    NotSignedIn,
    #[error("the session is unknown, signed out or expired: sign in again")]
    SessionExpired,
    #[error("the API token lacks the scope {0}: have its owner make one with it (POST /v1/auth/tokens)")]
    ScopeMissing(Scope),
    #[error("no scope of an API token allows this: sign in with the wallet itself")]
    NotAPerson,
    #[error(
        "sessions cannot be looked up just now, so that only what needs none goes on: try again in a moment"
    )]
    Away,
}

/// The cause may name files of this machine, so that it goes into the log only.
impl From<SessionsError> for AuthError {
    fn from(cause: SessionsError) -> Self {
        tracing::error!(%cause, "sessions cannot be looked up");
        Self::Away
    }
}
