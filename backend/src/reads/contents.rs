//! Bodies, by hash.

use super::Reads;
use super::error::ReadError;
use crate::cache::{BodyKey, ReaderClass};
use crate::reader;
use chorale_domain::content::ContentHash;
use chorale_domain::id::{ThreadId, Wallet};
use chorale_wire::http::{Content, ContentStatus};
use std::collections::HashMap;

/// Bodies, as far as they can be reached.
#[derive(Default)]
pub(crate) struct AtHand {
    found: HashMap<ContentHash, Content>,
    /// Why the others, if there are any, cannot be.
    missed: Option<ReadError>,
}

impl AtHand {
    /// A body, or nothing; and then whether that says nothing of whether there is one.
    pub(crate) fn take(&mut self, hash: ContentHash) -> (Option<Content>, bool) {
        let content = self.found.remove(&hash);
        let away = content.is_none() && self.missed.is_some();
        (content, away)
    }
}

impl Reads {
    /// Those of the bodies that are there for this reader.
    pub(crate) async fn contents(
        &self,
        thread: ThreadId,
        hashes: &[ContentHash],
        who: Option<Wallet>,
    ) -> Result<HashMap<ContentHash, Content>, ReadError> {
        let AtHand { found, missed } = self.contents_at_hand(thread, hashes, who).await?;
        missed.map_or(Ok(found), Err)
    }

    /// Those of the bodies that are there for this reader, as far as they can be reached.
    pub(crate) async fn contents_at_hand(
        &self,
        thread: ThreadId,
        hashes: &[ContentHash],
        who: Option<Wallet>,
    ) -> Result<AtHand, ReadError> {
        let class = self.class(thread, who).await?;
        let mut at_hand = AtHand::default();
        let read = if self.past_caches {
            self.read_contents(thread, hashes, (who, class)).await
        } else {
            self.through_cache(&mut at_hand.found, thread, hashes, (who, class)).await
        };
        match read {
            Ok(read) => at_hand.found.extend(read),
            Err(error) if error.is_away() => {
                at_hand.found.extend(self.waiting(thread, hashes, (who, class)).await);
                at_hand.missed = Some(error);
            }
            Err(error) => return Err(error),
        }
        Ok(at_hand)
    }

    /// Those of the bodies that wait here for an engine that is away.
    async fn waiting(
        &self,
        thread: ThreadId,
        hashes: &[ContentHash],
        reader: (Option<Wallet>, ReaderClass),
    ) -> HashMap<ContentHash, Content> {
        let mut found = HashMap::new();
        if self.app.content.duties().queued() > 0 {
            for hash in hashes {
                found.extend(self.read_contents(thread, &[*hash], reader).await.unwrap_or_default());
            }
        }
        found
    }

    /// Puts what is cached into `found`, and gives back what had to be read.
    async fn through_cache(
        &self,
        found: &mut HashMap<ContentHash, Content>,
        thread: ThreadId,
        hashes: &[ContentHash],
        (who, class): (Option<Wallet>, ReaderClass),
    ) -> Result<HashMap<ContentHash, Content>, ReadError> {
        let generation = self.app.caches.generation.now().local;
        let key = |hash: ContentHash| BodyKey { generation, thread, hash, class };
        let mut missing = Vec::new();
        for &hash in hashes {
            match self.app.caches.bodies.peek(&key(hash)).await {
                Some(entry) => _ = found.insert(hash, entry.value.clone()),
                None => missing.push(hash),
            }
        }
        self.app.caches.bodies.count(found.len(), missing.len());
        if missing.is_empty() {
            return Ok(HashMap::new());
        }
        self.read_and_keep(&missing, key, (who, class)).await
    }

    /// Keeps what is decided: anything else may be a draft again with its next event, or soon be something else.
    async fn read_and_keep(
        &self,
        hashes: &[ContentHash],
        key: impl Fn(ContentHash) -> BodyKey,
        reader: (Option<Wallet>, ReaderClass),
    ) -> Result<HashMap<ContentHash, Content>, ReadError> {
        let begun = self.app.caches.followed.moment();
        let Some(thread) = hashes.first().map(|hash| key(*hash).thread) else { return Ok(HashMap::new()) };
        let contents = self.read_contents(thread, hashes, reader).await?;
        let decided = [ContentStatus::Approved, ContentStatus::Rejected];
        for (&hash, content) in contents.iter().filter(|(_, content)| decided.contains(&content.status)) {
            self.app.caches.bodies.keep(key(hash), content.clone().into(), begun).await;
        }
        Ok(contents)
    }

    async fn read_contents(
        &self,
        thread: ThreadId,
        hashes: &[ContentHash],
        (who, class): (Option<Wallet>, ReaderClass),
    ) -> Result<HashMap<ContentHash, Content>, ReadError> {
        let co_author = class == ReaderClass::CoAuthor;
        let reader = reader::with(&self.app, who, co_author.then_some(thread));
        Ok(self.app.content.get_many(&reader, thread, hashes).await?)
    }

    /// Who gets the same bodies of a thread as this reader.
    async fn class(&self, thread: ThreadId, who: Option<Wallet>) -> Result<ReaderClass, ReadError> {
        let Some(wallet) = who else { return Ok(ReaderClass::Stranger) };
        let co_author = self.is_co_author(thread, wallet).await?;
        Ok(if co_author { ReaderClass::CoAuthor } else { ReaderClass::Wallet(wallet) })
    }
}
