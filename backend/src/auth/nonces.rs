//! Nonces that were issued and not used yet.

use chorale_domain::id::Wallet;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use std::time::Duration;

/// Sign-ins that may be under way at a time; the oldest give way.
const CAPACITY: u64 = 100_000;

/// What a nonce was issued for.
#[derive(Clone)]
pub(crate) struct Issued {
    pub(crate) wallet: Wallet,
    pub(crate) message: String,
    /// Unix seconds of the backend's clock.
    pub(crate) expires_at: i64,
}

/// Each can be taken once. The cache's own clock only bounds memory; `expires_at` decides.
pub(crate) struct Nonces(Cache<String, Issued>);

impl Nonces {
    pub(crate) fn new(ttl: i64) -> Self {
        let cache = Cache::builder()
            .max_capacity(CAPACITY)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(Duration::from_secs(ttl.unsigned_abs()));
        Self(cache.build())
    }

    pub(crate) fn issue(&self, nonce: String, issued: Issued) {
        self.0.insert(nonce, issued);
    }

    /// Uses a nonce up.
    pub(crate) fn take(&self, nonce: &str) -> Option<Issued> {
        self.0.remove(nonce)
    }
}
