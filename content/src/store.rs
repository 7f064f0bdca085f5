//! The public face: checks what comes in, names it, filters what goes out, and leaves the rest to the engine.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use chorale_domain::content::ContentHash;
use chorale_domain::id::{ThreadId, Wallet};
use chorale_wire::http::SearchMode;
use tokio::sync::watch;

use crate::duties::Duties;
use crate::engine::{EdgeEngine, Engine, Ranking, ServerEngine, Snapshot};
use crate::error::ContentError;
use crate::filter::{Purpose, admit, conditions};
use crate::meaning::{Meaning, Meanings};
use crate::options::{ContentOptions, Models};
use crate::payload::Payload;
use crate::point::PointId;
use crate::queue::Queue;
use crate::reader::Reader;
use crate::record::{ContentRecord, Erasure, NewContent, Stored};
use crate::search::{ContentFilter, Found, Search};
use crate::shared::{Reachable, Shared};
use crate::stage::Stage;
use crate::watched::Watched;
use crate::worker;

/// All bodies of a deployment. A clone is another handle on the same store.
///
/// Every read is a [`Reader`]'s, and shows what that reader may see; what the service does on its own behalf is in
/// [`Duties`]. In a folder, an acknowledged change survives the end of the process at once, and a power cut a fraction
/// of a second later. Call [`close`](Self::close) before opening the folder again: dropping the handles writes
/// everything too, but work in the background may hold the folder a moment longer.
#[derive(Clone)]
pub struct ContentStore(Arc<Shared>);

impl ContentStore {
    /// Opens or creates the store, with search by words.
    ///
    /// # Errors
    /// [`ContentError::InUse`] where someone else has the folder open, [`ContentError::Folder`] where it cannot
    /// be used, [`ContentError::Engine`] where what it holds is damaged; [`ContentError::Settings`] where the server
    /// can never be asked. A server that is away is none: calls say so until it is there.
    pub async fn open(options: ContentOptions) -> Result<Self, ContentError> {
        Self::open_with(options, Models::default()).await
    }

    /// Opens or creates the store, with search by words and by meaning. What the model has not embedded yet it embeds
    /// in the background.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_with(options: ContentOptions, models: Models) -> Result<Self, ContentError> {
        let (model, until_then) = (models.model.map(Meaning::of), models.until_then.map(Meaning::of));
        let meanings = Meanings::new(model, until_then);
        let (engine, queue) = open(options, meanings.vectors()).await?;
        let shared = Arc::new(Shared::new(engine, queue, meanings)?);
        if shared.meanings.wanted().is_some() {
            tokio::spawn(worker::run(Arc::downgrade(&shared), shared.news.clone()));
        }
        Ok(Self(shared))
    }

    /// What the service does on its own behalf.
    #[must_use]
    pub fn duties(&self) -> Duties {
        Duties(self.0.clone())
    }

    /// Stores a body as given. Content that is already in the thread stays as it is, author, time and visibility
    /// included: whoever uploads it again does not take it over. (Salt and body need no comparison, the same
    /// hash means the same of both.) It is found by its words at once, and by its meaning soon after. Where the server
    /// is away or fails it waits on disk, if there is a place for that.
    ///
    /// # Errors
    /// [`ContentError::Body`] or [`ContentError::Time`] where it is not in order, [`ContentError::Erased`] where it was
    /// erased, [`ContentError::QueueFull`] where too many wait; nothing is stored then.
    pub async fn put(&self, content: NewContent) -> Result<Stored, ContentError> {
        let payload = Payload::from(content.checked()?);
        let id = PointId::of(payload.thread, payload.hash);
        let queue = self.0.queue.as_ref();
        // Whoever waits already stays first.
        if let Some(queue) = queue.filter(|queue| queue.has(id)) {
            return wait(queue, payload).await;
        }
        match (queue, self.0.insert(payload.clone()).await) {
            (Some(queue), Err(error)) if may_wait(&error) => wait(queue, payload).await,
            (_, first) => stored(payload, first?),
        }
    }

    /// One body as this reader gets it, `None` where to them there is none.
    ///
    /// # Errors
    /// [`ContentError::Chain`], or the store's own: closed, away, engine, unreadable.
    pub async fn get(
        &self,
        reader: &Reader,
        thread: ThreadId,
        hash: ContentHash,
    ) -> Result<Option<ContentRecord>, ContentError> {
        Ok(self.get_many(reader, thread, &[hash]).await?.remove(&hash))
    }

    /// Those of the bodies that are there for this reader, as they get them.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn get_many(
        &self,
        reader: &Reader,
        thread: ThreadId,
        hashes: &[ContentHash],
    ) -> Result<HashMap<ContentHash, ContentRecord>, ContentError> {
        let ids = hashes.iter().map(|hash| PointId::of(thread, *hash)).collect();
        let mut records = HashMap::new();
        for payload in self.0.fetch(ids).await? {
            let admitted = admit(reader, payload).await?;
            records.extend(admitted.map(|record| (record.hash, record)));
        }
        Ok(records)
    }

    /// The bodies that fit best; for a blank text the newest first.
    ///
    /// # Errors
    /// [`ContentError::Limit`], [`ContentError::QueryTooLong`], [`ContentError::Period`]; by meaning
    /// [`ContentError::NoMeaning`], or [`ContentError::Embedding`] where hybrid search would make do with words; or
    /// as [`get`](Self::get).
    pub async fn search(&self, reader: &Reader, query: Search) -> Result<Found, ContentError> {
        query.check()?;
        if query.is_listing() {
            let filter = conditions(reader, &query.filter, Purpose::Listing)?;
            let newest = self.0.engine.newest(filter, query.limit).await?.payloads;
            let hits = admitted(reader, newest.into_iter().map(|payload| (0.0, payload))).await?;
            return Ok(Found { hits, mode: query.mode });
        }
        let filter = conditions(reader, &query.filter, Purpose::Finding)?;
        let (mode, ranking) = self.ranking(&query).await?;
        let ranked = self.0.engine.ranked(ranking, filter, query.limit).await?;
        let mut hits = admitted(reader, ranked).await?;
        // What may be listed, but not read, is not found by its text.
        hits.retain(|(_, record)| record.body.is_some());
        Ok(Found { hits, mode })
    }

    /// How to find what is looked for, and in which mode that is.
    async fn ranking(&self, query: &Search) -> Result<(SearchMode, Ranking), ContentError> {
        let words = self.0.bm25.query(&query.text);
        let meaning = match (query.mode, self.0.meanings.answering()) {
            (SearchMode::Words, _) => None,
            (SearchMode::Hybrid, None) => None,
            (SearchMode::Meaning, None) => return Err(ContentError::NoMeaning),
            (_, Some(meaning)) => Some(meaning.query(&query.text).await),
        };
        match meaning {
            None => Ok((SearchMode::Words, Ranking::Words(words))),
            Some(Ok(meaning)) if query.mode == SearchMode::Meaning => {
                Ok((SearchMode::Meaning, Ranking::Meaning(meaning)))
            }
            Some(Ok(meaning)) => Ok((SearchMode::Hybrid, Ranking::Both(words, meaning))),
            Some(Err(error)) if query.mode == SearchMode::Meaning => Err(error),
            Some(Err(error)) => {
                tracing::warn!(%error, "searching by words alone");
                Ok((SearchMode::Words, Ranking::Words(words)))
            }
        }
    }

    /// How many bodies of a kind this reader would find listed, exactly as the index has them.
    ///
    /// # Errors
    /// [`ContentError::Period`], or the store's own.
    pub async fn count(&self, reader: &Reader, filter: ContentFilter) -> Result<usize, ContentError> {
        self.0.engine.count(conditions(reader, &filter, Purpose::Listing)?).await
    }

    /// Erases a body of this author: body, salt and vectors. Its hash, author and time stay, and it cannot be uploaded
    /// again by anyone. Erasing again changes nothing. What waits for a server that is away is erased here and now.
    ///
    /// # Errors
    /// Only the store's own: [`ContentError::Unreadable`] where it is damaged, whoever's it is.
    pub async fn erase(
        &self,
        author: Wallet,
        thread: ThreadId,
        hash: ContentHash,
    ) -> Result<Erasure, ContentError> {
        let id = PointId::of(thread, hash);
        let found = self.0.stored(id).await?;
        let Some(payload) = found.filter(|payload| payload.author == author) else {
            return Ok(Erasure::NotYours);
        };
        let tombstone = payload.clone().erased();
        if payload.status != Stage::Erased {
            let buried = self.0.bury(id, &tombstone).await?;
            match self.0.engine.erase(id, tombstone.clone()).await {
                Err(error) if buried && may_wait(&error) => {}
                erased => erased?,
            }
        }
        Ok(Erasure::Erased(tombstone.whole()))
    }

    /// Copies everything as it is at one moment: to a new folder, which can be opened like this store's; on a server as
    /// a snapshot of its own, whatever the folder.
    ///
    /// # Errors
    /// [`ContentError::Snapshot`] where the copy cannot be made or is not complete, or the store's own.
    pub async fn snapshot(&self, folder: PathBuf) -> Result<Snapshot, ContentError> {
        self.0.engine.snapshot(folder).await
    }

    /// Writes everything to disk and lets go of the folder. Every later call on any handle is refused with
    /// [`ContentError::Closed`], except that closing again does nothing.
    ///
    /// # Errors
    /// [`ContentError::Engine`] where the disk refuses; the folder is let go of even then.
    pub async fn close(&self) -> Result<(), ContentError> {
        if let Some(queue) = &self.0.queue {
            queue.close().await;
        }
        self.0.engine.close().await
    }
}

/// The engine, whose points may have these dense vectors, each of so many dimensions; and where uploads wait for it.
async fn open(
    options: ContentOptions,
    vectors: Vec<(String, usize)>,
) -> Result<(Reachable, Option<Queue>), ContentError> {
    match options {
        ContentOptions::Edge { path } => {
            let (always, engine) = (watch::Sender::default(), EdgeEngine::open(path).await?);
            for (name, dimensions) in vectors {
                engine.add_vector(name, dimensions).await?;
            }
            Ok(((Arc::new(engine), always.subscribe()), None))
        }
        ContentOptions::Server(options) => {
            let queue = match options.queue.clone() {
                Some(folder) => Some(Queue::open(folder).await?),
                None => None,
            };
            let watched = Watched::new(Arc::new(ServerEngine::open(options, vectors).await?));
            let absence = watched.absence();
            Ok(((watched, absence), queue))
        }
    }
}

/// What became of a body, by which one is there.
fn stored(payload: Payload, first: Option<Payload>) -> Result<Stored, ContentError> {
    match first {
        None => Ok(Stored::New(payload.whole())),
        Some(first) if first.status == Stage::Erased => Err(ContentError::Erased),
        Some(first) => Ok(Stored::Already(first.whole())),
    }
}

/// Whether a change that failed so may be made later: whose fault it was, delivery finds out.
fn may_wait(error: &ContentError) -> bool {
    error.is_away() || matches!(error, ContentError::Engine(_))
}

async fn wait(queue: &Queue, payload: Payload) -> Result<Stored, ContentError> {
    match queue.push(payload.clone()).await? {
        Some(first) if first.status == Stage::Erased => Err(ContentError::Erased),
        first => Ok(Stored::Waiting(first.unwrap_or(payload).whole())),
    }
}

async fn admitted(
    reader: &Reader,
    payloads: impl IntoIterator<Item = (f32, Payload)>,
) -> Result<Vec<(f32, ContentRecord)>, ContentError> {
    let mut records = Vec::new();
    for (score, payload) in payloads {
        records.extend(admit(reader, payload).await?.map(|record| (score, record)));
    }
    Ok(records)
}
