//! Bodies, by hash.

use super::Reads;
use super::error::ReadError;
use crate::cache::{BodyKey, ReaderClass};
use crate::standing::may_read;
use chorale_domain::content::ContentHash;
use chorale_domain::id::{ThreadId, Wallet};
use chorale_wire::http::{Content, ContentStatus};
use std::collections::HashMap;

impl Reads {
    /// Those of the bodies that are there for this reader.
    pub(crate) async fn contents(
        &self,
        thread: ThreadId,
        hashes: &[ContentHash],
        reader: Option<Wallet>,
    ) -> Result<HashMap<ContentHash, Content>, ReadError> {
        if self.past_caches {
            return self.read_contents(thread, hashes, reader).await;
        }
        let class = self.class(thread, reader).await?;
        let generation = self.app.caches.generation.now().local;
        let key = |hash: ContentHash| BodyKey { generation, thread, hash, class };
        let (mut found, mut missing) = (HashMap::new(), Vec::new());
        for &hash in hashes {
            match self.app.caches.bodies.peek(&key(hash)).await {
                Some(entry) => _ = found.insert(hash, entry.value.clone()),
                None => missing.push(hash),
            }
        }
        self.app.caches.bodies.count(found.len(), missing.len());
        if !missing.is_empty() {
            found.extend(self.read_and_keep(&missing, key, (thread, reader)).await?);
        }
        Ok(found)
    }

    /// Keeps what is decided: anything else may be a draft again with its next event, or soon be something else.
    async fn read_and_keep(
        &self,
        hashes: &[ContentHash],
        key: impl Fn(ContentHash) -> BodyKey,
        (thread, reader): (ThreadId, Option<Wallet>),
    ) -> Result<HashMap<ContentHash, Content>, ReadError> {
        let begun = self.app.caches.followed.moment();
        let contents = self.read_contents(thread, hashes, reader).await?;
        for (&hash, content) in
            contents.iter().filter(|(_, content)| content.status != ContentStatus::Pending)
        {
            self.app.caches.bodies.keep(key(hash), content.clone().into(), begun).await;
        }
        Ok(contents)
    }

    async fn read_contents(
        &self,
        thread: ThreadId,
        hashes: &[ContentHash],
        reader: Option<Wallet>,
    ) -> Result<HashMap<ContentHash, Content>, ReadError> {
        let mut contents = self.app.content.get_many(thread, hashes).await?;
        for hash in hashes {
            if let Some(content) = contents.get(hash)
                && !may_read(&self.app.store, content, reader).await?
            {
                contents.remove(hash);
            }
        }
        Ok(contents)
    }

    /// Who gets the same bodies of a thread as this reader.
    async fn class(&self, thread: ThreadId, reader: Option<Wallet>) -> Result<ReaderClass, ReadError> {
        let Some(wallet) = reader else { return Ok(ReaderClass::Stranger) };
        let is_co_author = self.is_co_author(thread, wallet).await?;
        Ok(if is_co_author { ReaderClass::CoAuthor } else { ReaderClass::Wallet(wallet) })
    }
}
