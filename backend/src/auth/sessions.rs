//! The sessions, with a short memory before their database.
//!
//! A session that another backend ended is remembered here for [`REMEMBERED`] at most; one that was ended here is
//! ended at once.

use super::AuthError;
use super::caller::SignedIn;
use super::uses::Uses;
use crate::backend::Clock;
use crate::presence::Presence;
use chorale_domain::id::{Hash32, Wallet};
use chorale_store::{Sessions, SessionsError, StoredSession};
use moka::future::Cache;
use std::time::Duration;

/// What is found is believed for so long. With the time that looking takes, a sign-out is felt everywhere within 5 s.
const REMEMBERED: Duration = Duration::from_secs(4);

/// Longer than the database is waited for and what it said is believed, so that whoever was looking while a session was
/// ended cannot bring it back; and longer than it is likely to be away, while nobody else can say that one was ended.
const ENDED: Duration = Duration::from_hours(24);

/// Sessions that are remembered at a time.
const CAPACITY: u64 = 100_000;

pub(crate) struct KnownSessions {
    database: Sessions,
    found: Cache<Hash32, StoredSession>,
    ended: Cache<Hash32, ()>,
    uses: Uses,
    presence: Presence,
}

impl KnownSessions {
    pub(crate) fn new(database: Sessions, clock: Clock) -> Self {
        let found = Cache::builder().max_capacity(CAPACITY).time_to_live(REMEMBERED).build();
        let ended = Cache::builder().max_capacity(CAPACITY).time_to_live(ENDED).build();
        let presence = Presence::new("the database of sessions", clock);
        Self { database, found, ended, uses: Uses::default(), presence }
    }

    pub(crate) async fn open(&self, new: &StoredSession) -> Result<(), AuthError> {
        Ok(self.database.open_session(new).await?)
    }

    /// Whose session a token opens, which counts as a use of it.
    pub(crate) async fn find(&self, token: &str, now: i64) -> Result<SignedIn, AuthError> {
        self.standing(StoredSession::id_of(token), now).await
    }

    /// A session that still stands.
    pub(crate) async fn standing(&self, id: Hash32, now: i64) -> Result<SignedIn, AuthError> {
        if self.ended.contains_key(&id) {
            return Err(AuthError::SessionExpired);
        }
        let looked_up = self.found.try_get_with(id, self.look_up(id)).await;
        let session = looked_up.map_err(|error| *error)?;
        // Once more: it may have been ended while it was looked up.
        if session.expires_at <= now || self.ended.contains_key(&id) {
            return Err(AuthError::SessionExpired);
        }
        self.uses.note(&session, now);
        Ok(SignedIn::by(&session))
    }

    /// All of a wallet, with what is known here of their last uses.
    pub(crate) async fn of(&self, wallet: Wallet, now: i64) -> Result<Vec<StoredSession>, AuthError> {
        self.write_uses().await?;
        Ok(self.database.sessions_of(wallet, now).await?)
    }

    /// Ends a session if it is this wallet's, and says whether it was.
    pub(crate) async fn end(&self, wallet: Wallet, id: Hash32) -> Result<bool, AuthError> {
        let ended = self.database.end_session(wallet, id).await?;
        if ended {
            self.ended.insert(id, ()).await;
        }
        Ok(ended)
    }

    /// Ends all of a wallet and of its agents.
    pub(crate) async fn end_all(&self, wallet: Wallet) -> Result<(), AuthError> {
        for id in self.database.end_sessions(wallet).await? {
            self.ended.insert(id, ()).await;
        }
        Ok(())
    }

    /// Writes down which sessions were used when. What fails is forgotten: it is a courtesy.
    pub(crate) async fn write_uses(&self) -> Result<(), SessionsError> {
        self.database.note_uses(&self.uses.take()).await
    }

    /// Removes all that has expired, and says how much that was.
    pub(crate) async fn purge(&self, now: i64) -> Result<u64, SessionsError> {
        self.noted(self.database.purge(now).await)
    }

    /// Whether the database answers.
    pub(crate) fn presence(&self) -> &Presence {
        &self.presence
    }

    async fn look_up(&self, id: Hash32) -> Result<StoredSession, AuthError> {
        let found = self.noted(self.database.session(id).await)?;
        found.ok_or(AuthError::SessionExpired)
    }

    /// Takes in whether the database answered.
    fn noted<T>(&self, answer: Result<T, SessionsError>) -> Result<T, SessionsError> {
        self.presence.note(answer.as_ref().map(|_| ()));
        answer
    }
}
