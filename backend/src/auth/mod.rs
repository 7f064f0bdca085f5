//! Sign-in with Solana: a text with a nonce, signed by the wallet, becomes a session.

mod message;
mod nonces;
mod sessions;

pub(crate) use sessions::SignedIn;

use crate::backend::{Clock, Parts, Random};
use chorale_domain::id::{Signature, Wallet};
use chorale_wire::http::{Challenge, Session, SignIn};
use ed25519_dalek::VerifyingKey;
use message::{SignInMessage, nonce_of};
use nonces::{Issued, Nonces};
use sessions::Sessions;

/// Why someone is not signed in.
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
}

pub(crate) struct Auth {
    domain: String,
    chain_id: String,
    nonce_ttl: i64,
    session_ttl: i64,
    clock: Clock,
    random: Random,
    nonces: Nonces,
    sessions: Sessions,
}

impl Auth {
    pub(crate) fn new(parts: &Parts) -> Self {
        Self {
            domain: parts.domain.clone(),
            chain_id: parts.chain.chain_id.clone(),
            nonce_ttl: parts.limits.nonce_ttl,
            session_ttl: parts.limits.session_ttl,
            clock: parts.clock.clone(),
            random: parts.random.clone(),
            nonces: Nonces::new(parts.limits.nonce_ttl),
            sessions: Sessions::new(parts.limits.session_ttl),
        }
    }

    /// Issues a text for `wallet` to sign.
    pub(crate) fn challenge(&self, wallet: Wallet) -> Challenge {
        let issued_at = (self.clock)();
        let (nonce, expires_at) = (self.secret(), issued_at + self.nonce_ttl);
        let message = SignInMessage {
            domain: &self.domain,
            chain_id: &self.chain_id,
            wallet,
            nonce: &nonce,
            issued_at,
            expires_at,
        };
        let message = message.to_string();
        self.nonces.issue(nonce, Issued { wallet, message: message.clone(), expires_at });
        Challenge { message, expires_at }
    }

    /// Opens a session for whoever signed their challenge. The nonce is used up even where that fails: a
    /// wrong signature over the right nonce is an attack or a bug, and neither needs a second try.
    pub(crate) fn sign_in(&self, request: &SignIn) -> Result<Session, AuthError> {
        let nonce = nonce_of(&request.message).ok_or(AuthError::BadMessage)?;
        let issued = self.nonces.take(nonce).ok_or(AuthError::BadNonce)?;
        if issued.wallet != request.wallet || issued.expires_at <= (self.clock)() {
            return Err(AuthError::BadNonce);
        }
        if issued.message != request.message {
            return Err(AuthError::BadMessage);
        }
        verify(request.wallet, &request.message, &request.signature)?;
        Ok(self.open(request.wallet))
    }

    /// Whose session a token opens.
    pub(crate) fn session(&self, token: &str) -> Result<SignedIn, AuthError> {
        self.sessions.find(token, (self.clock)())
    }

    /// Whether a session still stands.
    pub(crate) fn stands(&self, session: &SignedIn) -> bool {
        self.sessions.stands(session, (self.clock)())
    }

    /// Ends a session.
    pub(crate) fn sign_out(&self, session: &SignedIn) {
        self.sessions.end(session);
    }

    fn open(&self, wallet: Wallet) -> Session {
        let (token, expires_at) = (self.secret(), (self.clock)() + self.session_ttl);
        self.sessions.open(&token, wallet, expires_at);
        Session { token, wallet, expires_at }
    }

    /// 32 random bytes in base58: letters and digits only, as a nonce must be.
    fn secret(&self) -> String {
        bs58::encode((self.random)()).into_string()
    }
}

/// Strict verification: no weak keys, no second form of the same signature.
fn verify(wallet: Wallet, message: &str, signature: &Signature) -> Result<(), AuthError> {
    let key = VerifyingKey::from_bytes(&wallet.0).map_err(|_| AuthError::BadSignature)?;
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    key.verify_strict(message.as_bytes(), &signature).map_err(|_| AuthError::BadSignature)
}
