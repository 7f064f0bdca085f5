//! Wallets, and the threads they co-author.

use super::error::ReadError;
use super::{Held, RIGHTS, Reads, load};
use crate::cache::Memberships;
use chorale_domain::id::Wallet;

impl Reads {
    /// The threads that a wallet co-authors now, without those that are stopped.
    pub(crate) async fn rights(&self, wallet: Wallet) -> Result<Memberships, ReadError> {
        let stopped = self.app.stopped().await?;
        let mut threads = self.memberships(wallet).await?.clone();
        threads.retain(|thread| !stopped.contains(thread));
        Ok(threads)
    }

    /// The threads that a wallet co-authors, as far as the store can tell. As [`is_co_author`](Self::is_co_author), from the
    /// store itself where it has not been heard for some seconds.
    async fn memberships(&self, wallet: Wallet) -> Result<Held<Memberships>, ReadError> {
        let store = &self.app.store;
        if !self.app.caches.followed.heard_within(RIGHTS) {
            return Ok(Held::New(store.memberships(wallet).await?));
        }
        let load = || load::memberships(store, wallet);
        let found = self.through(&self.app.caches.wallets, wallet, load).await?;
        Ok(found.unwrap_or(Held::New(Memberships::default())))
    }
}
