//! What searches find.

use super::Reads;
use super::error::ReadError;
use crate::cache::{Finding, Findings, Loaded, Memberships, SearchKey};
use crate::reader;
use chorale_content::{ContentRecord, ContentStatus, Found, Search, SearchMode};
use chorale_domain::content::ContentHash;
use chorale_domain::id::{Hash32, ThreadId, Wallet, sha256};
use chorale_store::CONTENT_STATUSES;
use chorale_wire::http::{Hit, Hits};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::Ordering;

/// Seconds that a search by meaning is kept: nothing says when a new body has been embedded.
const BY_MEANING: i64 = 60;

impl Reads {
    /// The bodies that fit best, best first, of those that the reader may read.
    pub(crate) async fn search(&self, search: Search, who: Option<Wallet>) -> Result<Hits, ReadError> {
        let Findings { hits: findings, mode } = self.findings(&search, who).await?;
        let mut hashes = BTreeMap::<ThreadId, Vec<ContentHash>>::new();
        for finding in &findings {
            hashes.entry(finding.thread).or_default().push(finding.hash);
        }
        let mut bodies = HashMap::new();
        for (thread, hashes) in hashes {
            let found = self.contents(thread, &hashes, who).await?;
            bodies.extend(found.into_iter().map(|(hash, content)| ((thread, hash), content)));
        }
        let hit = |Finding { score, thread, hash }: Finding| {
            let content = bodies.remove(&(thread, hash))?;
            // It may have been erased, or decided about, since it was found.
            let fits = search.filter.status.is_none_or(|status| status == content.status);
            fits.then_some(Hit { score, content })
        };
        Ok(Hits { hits: findings.into_iter().filter_map(hit).collect(), mode })
    }

    /// What is decided changes by events that say so. Anything else is asked for each time.
    async fn findings(&self, search: &Search, who: Option<Wallet>) -> Result<Findings, ReadError> {
        let generation = self.app.caches.generation.now();
        let threads = match who {
            Some(wallet) => self.rights(wallet).await?,
            None => Memberships::default(),
        };
        if matches!(search.filter.status, None | Some(ContentStatus::Pending)) {
            return self.find(search, who, &threads).await;
        }
        let digest = digest(search, who, &threads);
        let key = SearchKey { generation, thread: search.filter.thread, digest };
        let load = || self.load(search, who, &threads);
        let found = self.through(&self.app.caches.searches, key, load).await?;
        Ok(found.map(|found| found.clone()).unwrap_or_default())
    }

    /// The engine learns of a decision a moment after its event: what it finds is as new as what it has learnt.
    async fn load(
        &self,
        search: &Search,
        who: Option<Wallet>,
        threads: &[ThreadId],
    ) -> Result<Option<Loaded<Findings>>, ReadError> {
        let learnt = match self.app.copied.load(Ordering::Relaxed) {
            ..0 => self.app.store.position(CONTENT_STATUSES).await?,
            copied => copied,
        };
        let followed = &self.app.caches.followed;
        let as_of = followed.mark_at(learnt.min(followed.cursor())).unwrap_or_default();
        let value = self.find(search, who, threads).await?;
        let seconds = (search.mode != SearchMode::Words).then_some(BY_MEANING);
        Ok(Some(Loaded { value, as_of: Some(as_of), seconds }))
    }

    async fn find(
        &self,
        search: &Search,
        who: Option<Wallet>,
        threads: &[ThreadId],
    ) -> Result<Findings, ReadError> {
        let reader = reader::with(&self.app, who, threads.iter().copied());
        let Found { hits, mode } = self.app.content.search(&reader, search.clone()).await?;
        let hits = hits.into_iter();
        let finding = |(score, content): (f32, ContentRecord)| Finding {
            score,
            thread: content.thread,
            hash: content.hash,
        };
        Ok(Findings { hits: hits.map(finding).collect(), mode })
    }
}

/// The same for the same question from whoever may read the same.
fn digest(search: &Search, who: Option<Wallet>, threads: &[ThreadId]) -> Hash32 {
    Hash32(sha256(&[format!("{search:?} {who:?} {threads:?}").as_bytes()]))
}
