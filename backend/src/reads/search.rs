//! What searches find.

use super::Reads;
use super::error::ReadError;
use crate::cache::{Finding, Findings, Loaded, Memberships, SearchKey};
use chorale_content::Search;
use chorale_domain::content::ContentHash;
use chorale_domain::id::{Hash32, ThreadId, Wallet, sha256};
use chorale_store::CONTENT_STATUSES;
use chorale_wire::http::{Content, ContentStatus, Hit};
use std::collections::{BTreeMap, HashMap};

impl Reads {
    /// The bodies that fit best, best first, of those that the reader may read.
    pub(crate) async fn search(&self, search: Search, reader: Option<Wallet>) -> Result<Vec<Hit>, ReadError> {
        let findings = self.findings(&search, reader).await?;
        let mut hashes = BTreeMap::<ThreadId, Vec<ContentHash>>::new();
        for finding in &findings {
            hashes.entry(finding.thread).or_default().push(finding.hash);
        }
        let mut bodies = HashMap::new();
        for (thread, hashes) in hashes {
            let found = self.contents(thread, &hashes, reader).await?;
            bodies.extend(found.into_iter().map(|(hash, content)| ((thread, hash), content)));
        }
        let hit = |Finding { score, thread, hash }: &Finding| {
            let content: Content = bodies.get(&(*thread, *hash))?.clone();
            Some(Hit { score: *score, content })
        };
        Ok(findings.iter().filter_map(hit).collect())
    }

    /// What is decided changes by events that say so. Anything else is asked for each time.
    async fn findings(&self, search: &Search, reader: Option<Wallet>) -> Result<Findings, ReadError> {
        let decided = !matches!(search.filter.status, None | Some(ContentStatus::Pending));
        if !decided {
            return self.find(search).await;
        }
        let generation = self.app.caches.generation.now();
        let memberships = match reader {
            Some(wallet) => self.memberships(wallet).await?.clone(),
            None => Memberships::default(),
        };
        let digest = digest(search, reader, &memberships);
        let key = SearchKey { generation, thread: search.filter.thread, digest };
        let found = self.through(&self.app.caches.searches, key, || self.load(search)).await?;
        Ok(found.map(|found| found.clone()).unwrap_or_default())
    }

    /// The engine learns of a decision a moment after its event: what it finds is as new as what it has learnt.
    async fn load(&self, search: &Search) -> Result<Option<Loaded<Findings>>, ReadError> {
        let learnt = self.app.store.position(CONTENT_STATUSES).await?;
        let followed = &self.app.caches.followed;
        let as_of = followed.mark_at(learnt.min(followed.cursor())).unwrap_or_default();
        let value = self.find(search).await?;
        Ok(Some(Loaded { value, as_of: Some(as_of) }))
    }

    async fn find(&self, search: &Search) -> Result<Findings, ReadError> {
        let found = self.app.content.search(search.clone()).await?;
        let finding =
            |(score, content): (f32, Content)| Finding { score, thread: content.thread, hash: content.hash };
        Ok(found.into_iter().map(finding).collect())
    }
}

/// The same for the same question from whoever may read the same.
fn digest(search: &Search, reader: Option<Wallet>, memberships: &[ThreadId]) -> Hash32 {
    Hash32(sha256(&[format!("{search:?} {reader:?} {memberships:?}").as_bytes()]))
}
