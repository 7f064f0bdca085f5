//! Signing in, sessions, and the API tokens of agents.

use super::scope::{Scope, Scopes};
use chorale_domain::id::{Hash32, Signature, Wallet};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use utoipa::ToSchema;

/// `POST /v1/auth/nonce`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct NonceRequest {
    /// Who wants to sign in.
    pub wallet: Wallet,
}

/// What to sign, as in Sign-in-with-Solana.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Challenge {
    /// The exact text whose UTF-8 bytes the wallet signs.
    pub message: String,
    /// When it stops being accepted, Unix seconds.
    pub expires_at: i64,
}

/// `POST /v1/auth/session`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignIn {
    /// Who signs in.
    pub wallet: Wallet,
    /// The challenge's message, unchanged.
    pub message: String,
    /// The wallet's signature over it.
    pub signature: Signature,
}

/// A session; `DELETE /v1/auth/session` with its token ends it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Goes into the `authorization` header.
    pub token: String,
    /// Who is signed in.
    pub wallet: Wallet,
    /// When it ends, Unix seconds.
    pub expires_at: i64,
}

/// Whose session it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// A wallet signed in.
    Person,
    /// Something acts for a wallet by an API token: within its scopes, and it makes no sessions or tokens.
    Agent,
}

impl SessionKind {
    const ALL: [Self; 2] = [Self::Person, Self::Agent];

    /// As the JSON names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Agent => "agent",
        }
    }
}

impl fmt::Display for SessionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text names no kind of session.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} is no kind of session: expected person or agent")]
pub struct UnknownKind(String);

impl FromStr for SessionKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        let named = Self::ALL.into_iter().find(|kind| kind.name() == text);
        named.ok_or_else(|| UnknownKind(text.into()))
    }
}

/// A session or API token, without what opens it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionEntry {
    /// Names it for `DELETE /v1/auth/sessions/{id}`, and opens nothing.
    pub id: Hash32,
    /// A person's session, or an agent's token.
    pub kind: SessionKind,
    /// What it may be used for.
    #[schema(value_type = Vec<Scope>)]
    pub scopes: Scopes,
    /// What its owner calls it; empty for a person's.
    pub label: String,
    /// When it was made, Unix seconds of the backend's clock, as the others.
    pub created_at: i64,
    /// When it was last used, about a minute exact.
    pub used_at: i64,
    /// When it ends.
    pub expires_at: i64,
    /// Whether it is the one that the request came with.
    pub current: bool,
}

/// `GET /v1/auth/sessions`: all of the wallet that is signed in, its agents' tokens too, oldest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Sessions {
    /// The sessions.
    pub sessions: Vec<SessionEntry>,
}

/// `POST /v1/auth/tokens`: an API token for an agent. Only a wallet that is signed in itself makes one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct TokenRequest {
    /// What its owner calls it, 1 to 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    pub label: String,
    /// What it may be used for, at least one thing.
    #[schema(value_type = Vec<Scope>, min_items = 1)]
    pub scopes: Scopes,
    /// When it ends, Unix seconds; at most 90 days from now.
    pub expires_at: i64,
}

/// A new API token.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Token {
    /// Goes into the `authorization` header. It is shown this once and kept nowhere: where a request is repeated with
    /// its idempotency key, the answer comes without it. Whoever lost it ends the token by its id and makes another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Names it for `DELETE /v1/auth/sessions/{id}`.
    pub id: Hash32,
    /// The wallet that it acts for.
    pub wallet: Wallet,
    /// What it may be used for.
    #[schema(value_type = Vec<Scope>)]
    pub scopes: Scopes,
    /// What its owner calls it.
    pub label: String,
    /// When it ends, Unix seconds.
    pub expires_at: i64,
}
