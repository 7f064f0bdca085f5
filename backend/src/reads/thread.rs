//! Threads, their members, their messages.

use super::error::ReadError;
use super::{Held, RIGHTS, Reads, load};
use crate::cache::{Ownership, PageKey};
use crate::error::ApiError;
use chorale_domain::id::{ThreadId, Wallet};
use chorale_domain::state::Message;

impl Reads {
    /// A thread with everyone who is or was a co-author; `None` if there is no such thread.
    pub(crate) async fn thread(&self, id: ThreadId) -> Result<Option<Held<Ownership>>, ReadError> {
        let store = &self.app.store;
        self.through(&self.app.caches.threads, id, || load::ownership(store, id)).await
    }

    /// A thread, or the refusal of whoever named one that is not there.
    pub(crate) async fn existing(&self, id: ThreadId) -> Result<Held<Ownership>, ApiError> {
        self.thread(id).await?.ok_or_else(|| ApiError::unknown_thread(id))
    }

    /// Whether a wallet is a co-author of a thread now. Where the store has not been heard for some seconds, it is asked
    /// itself: nobody keeps a right because it could not be said that they lost it. Of a thread that is stopped, nobody is.
    pub(crate) async fn is_co_author(&self, thread: ThreadId, wallet: Wallet) -> Result<bool, ReadError> {
        if self.app.stopped().await?.contains(&thread) {
            return Ok(false);
        }
        if !self.app.caches.followed.heard_within(RIGHTS) {
            let members = self.app.store.members(thread).await?;
            return Ok(members.iter().any(|member| member.current && member.wallet == wallet));
        }
        let found = self.thread(thread).await?;
        Ok(found.is_some_and(|ownership| ownership.is_co_author(wallet)))
    }

    /// At most `limit` messages of a thread by sequence number, from `after` (exclusive) on.
    pub(crate) async fn messages(
        &self,
        thread: ThreadId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Held<Vec<Message>>, ReadError> {
        let (store, key) = (&self.app.store, PageKey { thread, after, limit });
        let page = self.through(&self.app.caches.messages, key, || load::page(store, key)).await?;
        Ok(page.unwrap_or(Held::New(Vec::new())))
    }
}
