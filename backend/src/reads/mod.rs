//! How the state is read on behalf of clients: through the caches, and never older than what a client has seen.
//!
//! A client that was pushed an event by this backend reads what follows from it here at once, since the caches learn of
//! an event before anyone is told of it. One that was told elsewhere says so by the header `chorale-cursor`: this
//! backend then catches up first, or asks the store itself.

mod contents;
mod error;
mod freshness;
mod held;
pub(crate) mod load;
mod search;
mod thread;
mod wallet;

pub(crate) use error::ReadError;
pub(crate) use freshness::{CATCHING_UP, CURSOR_HEADER, in_order};
pub(crate) use held::Held;

use crate::app::App;
use crate::cache::{Key, Loaded, Tiered, Value};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use freshness::Freshness;
use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

/// How long ago the store may have been heard where someone's rights are taken from a cache.
const RIGHTS: Duration = Duration::from_secs(5);

/// What one request reads with.
pub(crate) struct Reads {
    app: App,
    /// What is cached may be older than what the client has seen.
    past_caches: bool,
}

impl FromRequestParts<App> for Reads {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let behind = parts.extensions.get().is_some_and(|freshness: &Freshness| freshness.is_behind());
        Ok(Self { app: app.clone(), past_caches: behind })
    }
}

impl Reads {
    /// A value from wherever it is.
    async fn through<K, V, F, L>(
        &self,
        cache: &Tiered<K, V>,
        key: K,
        load: F,
    ) -> Result<Option<Held<V>>, ReadError>
    where
        K: Key,
        V: Value,
        F: Fn() -> L + Sync,
        L: Future<Output = Result<Option<Loaded<V>>, ReadError>> + Send,
    {
        if self.past_caches {
            return Ok(load().await?.map(|loaded| Held::New(loaded.value)));
        }
        let found = cache.get(key, load).await.map_err(|error| ReadError::clone(&error))?;
        Ok(found.map(Held::Cached))
    }
}
