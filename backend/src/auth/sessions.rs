//! Sessions, known by the SHA-256 of their tokens only: what is kept here opens nothing if it leaks.

use super::AuthError;
use chorale_domain::id::{Hash32, Wallet, sha256};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use std::time::Duration;

/// Sessions that may stand at a time; those unused for longest give way.
const CAPACITY: u64 = 100_000;

/// A caller whose session was found in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SignedIn {
    pub(crate) wallet: Wallet,
    id: Hash32,
}

#[derive(Clone, Copy)]
struct Standing {
    wallet: Wallet,
    expires_at: i64,
}

/// The cache's own clock only bounds memory; `expires_at` decides.
pub(crate) struct Sessions(Cache<Hash32, Standing>);

impl Sessions {
    pub(crate) fn new(ttl: i64) -> Self {
        let cache = Cache::builder()
            .max_capacity(CAPACITY)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(Duration::from_secs(ttl.unsigned_abs()));
        Self(cache.build())
    }

    pub(crate) fn open(&self, token: &str, wallet: Wallet, expires_at: i64) {
        self.0.insert(id_of(token), Standing { wallet, expires_at });
    }

    pub(crate) fn find(&self, token: &str, now: i64) -> Result<SignedIn, AuthError> {
        let id = id_of(token);
        let standing = self.0.get(&id).filter(|standing| now < standing.expires_at);
        let Standing { wallet, .. } = standing.ok_or(AuthError::SessionExpired)?;
        Ok(SignedIn { wallet, id })
    }

    pub(crate) fn stands(&self, session: &SignedIn, now: i64) -> bool {
        self.0.get(&session.id).is_some_and(|standing| now < standing.expires_at)
    }

    pub(crate) fn end(&self, session: &SignedIn) {
        self.0.invalidate(&session.id);
    }
}

fn id_of(token: &str) -> Hash32 {
    Hash32(sha256(&[token.as_bytes()]))
}
