//! Sign-in with Solana: a text with a nonce, signed by the wallet, becomes a session. And API tokens for agents, which a
//! signed-in wallet makes.

mod caller;
mod error;
mod message;
pub(crate) mod scope;
mod sessions;
mod token;
mod uses;

pub(crate) use caller::{Caller, Person, SignedIn};
pub(crate) use error::AuthError;

use crate::backend::{Clock, Parts, Random};
use crate::error::ApiError;
use crate::presence::Presence;
use crate::public_url::PublicUrl;
use chorale_domain::id::{Hash32, Signature, Wallet, sha256};
use chorale_store::{IssuedNonce, Sessions, SessionsError, StoredSession};
use chorale_wire::http::{
    Challenge, Scopes, Session, SessionEntry, SessionKind, SignIn, Token, TokenRequest,
};
use ed25519_dalek::VerifyingKey;
use message::{SignInMessage, nonce_of};
use sessions::KnownSessions;

/// A session to be opened.
struct NewSession {
    kind: SessionKind,
    wallet: Wallet,
    scopes: Scopes,
    label: String,
    expires_at: i64,
}

pub(crate) struct Auth {
    url: PublicUrl,
    chain_id: String,
    nonce_ttl: i64,
    session_ttl: i64,
    clock: Clock,
    random: Random,
    database: Sessions,
    sessions: KnownSessions,
}

impl Auth {
    pub(crate) fn new(parts: &Parts) -> Self {
        Self {
            url: parts.url.clone(),
            chain_id: parts.chain.chain_id.clone(),
            nonce_ttl: parts.limits.nonce_ttl,
            session_ttl: parts.limits.session_ttl,
            clock: parts.clock.clone(),
            random: parts.random.clone(),
            database: parts.sessions.clone(),
            sessions: KnownSessions::new(parts.sessions.clone(), parts.clock.clone()),
        }
    }

    /// Issues a text for `wallet` to sign.
    pub(crate) async fn challenge(&self, wallet: Wallet) -> Result<Challenge, AuthError> {
        let issued_at = (self.clock)();
        let (nonce, expires_at) = (self.secret(), issued_at + self.nonce_ttl);
        let message = SignInMessage {
            url: &self.url,
            chain_id: &self.chain_id,
            wallet,
            nonce: &nonce,
            issued_at,
            expires_at,
        };
        let message = message.to_string();
        let issued = IssuedNonce { wallet, message: hash(&message), expires_at };
        self.database.issue_nonce(&nonce, &issued).await?;
        Ok(Challenge { message, expires_at })
    }

    /// Opens a session for whoever signed their challenge. The nonce is used up even where that fails: a
    /// wrong signature over the right nonce is an attack or a bug, and neither needs a second try.
    pub(crate) async fn sign_in(&self, request: &SignIn) -> Result<Session, AuthError> {
        let nonce = nonce_of(&request.message).ok_or(AuthError::BadMessage)?;
        let issued = self.database.take_nonce(nonce).await?.ok_or(AuthError::BadNonce)?;
        if issued.wallet != request.wallet || issued.expires_at <= (self.clock)() {
            return Err(AuthError::BadNonce);
        }
        if issued.message != hash(&request.message) {
            return Err(AuthError::BadMessage);
        }
        verify(request.wallet, &request.message, &request.signature)?;
        let (wallet, expires_at) = (request.wallet, (self.clock)() + self.session_ttl);
        let (kind, scopes, label) = (SessionKind::Person, Scopes::all(), String::new());
        let token = self.open(NewSession { kind, wallet, scopes, label, expires_at }).await?;
        Ok(Session { token, wallet, expires_at })
    }

    /// Makes an API token for an agent of the caller's.
    pub(crate) async fn make_token(&self, owner: &Person, request: TokenRequest) -> Result<Token, ApiError> {
        let (wallet, now) = (owner.wallet(), (self.clock)());
        token::check(&request, now)?;
        // Two at once may make one more than there should be: it is a bound, not a promise.
        let agents = self.sessions.of(wallet, now).await?.into_iter();
        if agents.filter(|session| session.kind == SessionKind::Agent).count() >= token::MAX_TOKENS {
            return Err(token::too_many());
        }
        let TokenRequest { label, scopes, expires_at } = request;
        let kind = SessionKind::Agent;
        let new = NewSession { kind, wallet, scopes, label: label.clone(), expires_at };
        let token = self.open(new).await?;
        let id = StoredSession::id_of(&token);
        Ok(Token { token: Some(token), id, wallet, scopes, label, expires_at })
    }

    /// Whose session a token opens.
    pub(crate) async fn session(&self, token: &str) -> Result<SignedIn, AuthError> {
        self.sessions.find(token, (self.clock)()).await
    }

    /// Whose session a token opens, if it may be used for reading.
    pub(crate) async fn reader(&self, token: &str) -> Result<Caller<scope::Read>, AuthError> {
        self.session(token).await?.allowed()
    }

    /// Whether a session still stands. Where that cannot be told just now, it does: it was in order before.
    pub(crate) async fn stands(&self, session: &SignedIn) -> bool {
        let now = (self.clock)();
        let known = self.sessions.standing(session.id(), now).await;
        known != Err(AuthError::SessionExpired) && !session.is_over(now)
    }

    /// All sessions of the caller, and its agents'.
    pub(crate) async fn list(&self, caller: &Person) -> Result<Vec<SessionEntry>, AuthError> {
        let sessions = self.sessions.of(caller.wallet(), (self.clock)()).await?;
        Ok(sessions.into_iter().map(|session| entry(session, caller)).collect())
    }

    /// Ends the session that the caller came with.
    pub(crate) async fn sign_out(&self, session: &SignedIn) -> Result<(), AuthError> {
        self.sessions.end(session.wallet(), session.id()).await.map(drop)
    }

    /// Ends one of the caller's sessions, and says whether there was one.
    pub(crate) async fn end(&self, caller: &Person, id: Hash32) -> Result<bool, AuthError> {
        self.sessions.end(caller.wallet(), id).await
    }

    /// Ends all of the caller's sessions, and its agents'.
    pub(crate) async fn end_all(&self, caller: &Person) -> Result<(), AuthError> {
        self.sessions.end_all(caller.wallet()).await
    }

    /// Writes down what may be written later, and removes what has expired.
    pub(crate) async fn tend(&self) -> Result<(), SessionsError> {
        // First: it tells whether the database is there.
        let removed = self.sessions.purge((self.clock)()).await?;
        tracing::debug!(removed, "expired sessions, nonces and answers are removed");
        self.sessions.write_uses().await
    }

    /// Whether the sessions' database answers.
    pub(crate) fn presence(&self) -> &Presence {
        self.sessions.presence()
    }

    /// Opens a session and returns its token.
    async fn open(&self, new: NewSession) -> Result<String, AuthError> {
        let (token, now) = (self.secret(), (self.clock)());
        let NewSession { kind, wallet, scopes, label, expires_at } = new;
        let id = StoredSession::id_of(&token);
        let new =
            StoredSession { id, wallet, kind, scopes, label, created_at: now, used_at: now, expires_at };
        self.sessions.open(&new).await?;
        Ok(token)
    }

    /// 32 random bytes in base58: letters and digits only, as a nonce must be.
    fn secret(&self) -> String {
        bs58::encode((self.random)()).into_string()
    }
}

fn entry(session: StoredSession, caller: &Person) -> SessionEntry {
    let StoredSession { id, kind, scopes, label, created_at, used_at, expires_at, .. } = session;
    SessionEntry { id, kind, scopes, label, created_at, used_at, expires_at, current: id == caller.id() }
}

fn hash(text: &str) -> Hash32 {
    Hash32(sha256(&[text.as_bytes()]))
}

/// Strict verification: no weak keys, no second form of the same signature.
fn verify(wallet: Wallet, message: &str, signature: &Signature) -> Result<(), AuthError> {
    let key = VerifyingKey::from_bytes(&wallet.0).map_err(|_| AuthError::BadSignature)?;
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    key.verify_strict(message.as_bytes(), &signature).map_err(|_| AuthError::BadSignature)
}
