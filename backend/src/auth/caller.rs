//! Who calls, as types: what a handler may do is in what it takes.
//!
//! Only this module makes them, from a session that was found in order, so that a handler that needs more than it
//! takes does not compile. Nothing here signs: what only a wallet may decide, it signs itself.

use super::AuthError;
use super::scope::Scoped;
use chorale_domain::id::{Hash32, Wallet};
use chorale_store::StoredSession;
use chorale_wire::http::{Scopes, SessionKind};
use std::marker::PhantomData;

/// A caller whose session was found in order, whatever it may be used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SignedIn {
    id: Hash32,
    wallet: Wallet,
    kind: SessionKind,
    scopes: Scopes,
    expires_at: i64,
}

/// A caller whose session may be used for `S`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Caller<S> {
    session: SignedIn,
    scope: PhantomData<S>,
}

/// A wallet that signed in itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Person(SignedIn);

impl SignedIn {
    pub(super) fn by(session: &StoredSession) -> Self {
        let StoredSession { id, wallet, kind, scopes, expires_at, .. } = *session;
        Self { id, wallet, kind, scopes, expires_at }
    }

    pub(super) fn id(&self) -> Hash32 {
        self.id
    }

    /// Whether its time is over by `now`, Unix seconds.
    pub(super) fn is_over(&self, now: i64) -> bool {
        self.expires_at <= now
    }

    /// Who it is, or acts for.
    pub(crate) fn wallet(&self) -> Wallet {
        self.wallet
    }

    /// The same, if the session may be used for `S`.
    pub(crate) fn allowed<S: Scoped>(self) -> Result<Caller<S>, AuthError> {
        if self.scopes.contains(S::SCOPE) {
            return Ok(Caller { session: self, scope: PhantomData });
        }
        Err(AuthError::ScopeMissing(S::SCOPE))
    }

    /// The same, if the wallet signed in itself.
    pub(crate) fn in_person(self) -> Result<Person, AuthError> {
        match self.kind {
            SessionKind::Person => Ok(Person(self)),
            SessionKind::Agent => Err(AuthError::NotAPerson),
        }
    }
}

impl<S> Caller<S> {
    /// The session.
    pub(crate) fn session(&self) -> &SignedIn {
        &self.session
    }

    /// Who it is, or acts for.
    pub(crate) fn wallet(&self) -> Wallet {
        self.session.wallet
    }
}

impl<S> From<Caller<S>> for Wallet {
    fn from(caller: Caller<S>) -> Self {
        caller.wallet()
    }
}

impl From<Person> for Wallet {
    fn from(person: Person) -> Self {
        person.wallet()
    }
}

impl Person {
    /// Who it is.
    pub(crate) fn wallet(&self) -> Wallet {
        self.0.wallet
    }

    pub(super) fn id(&self) -> Hash32 {
        self.0.id
    }
}
