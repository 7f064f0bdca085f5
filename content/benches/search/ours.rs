//! Chorale's own store, filled and asked as the service does.

mod fill;

use std::collections::HashSet;
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use async_trait::async_trait;
use chorale_content::{
    ContentFilter, ContentOptions, ContentStore, Drafts, Models, Reader, Search, SearchMode,
};
use chorale_domain::content::ContentHash;
use chorale_domain::id::{ThreadId, Wallet};
use tokio::runtime::Runtime;

use crate::messages::{Message, Messages};
use crate::model::{Prepared, question};
use crate::options::Folder;
use crate::reached::{Reached, cpu_seconds};
use crate::{ROUNDS, TOP, truth};

/// Who asks, and where.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// A co-author of a thread, in that thread.
    Thread,
    /// A stranger, in everything that is public.
    Public,
}

/// A chain that knows all messages, none of which is asked about since all are decided.
struct Decided;

#[async_trait]
impl Drafts for Decided {
    async fn is_draft(&self, _: ThreadId, _: ContentHash) -> Result<bool, Box<dyn Error + Send + Sync>> {
        Ok(false)
    }
}

/// An open store with its folder.
pub struct Store<'a> {
    content: ContentStore,
    _folder: &'a Folder,
}

impl<'a> Store<'a> {
    /// With all messages in it, embedded and indexed, and nothing left to do in the background.
    pub async fn filled(messages: &Arc<Messages>, folder: &'a Folder) -> Result<Self> {
        let options = ContentOptions::Edge { path: folder.path() };
        let models = Models { model: Some(Prepared::new(messages)), until_then: None };
        let content = fill::filled(messages, options, models).await?;
        Ok(Self { content, _folder: folder })
    }

    pub async fn close(self) -> Result<()> {
        Ok(self.content.close().await?)
    }

    /// Places of the messages that are found, best first.
    async fn ask(&self, place: usize, query: &Message, scope: Scope) -> Result<Vec<usize>> {
        let thread = (scope == Scope::Thread).then(|| thread(query.thread));
        let reader = match thread {
            Some(thread) => Reader::wallet(READER, [thread], Arc::new(Decided)),
            None => Reader::stranger(Arc::new(Decided)),
        };
        let filter = ContentFilter { thread, ..ContentFilter::default() };
        let search = Search { text: question(place), filter, mode: SearchMode::Meaning, limit: TOP };
        let found = self.content.search(&reader, search).await?;
        let number = |body: &String| body.split(' ').next().and_then(|number| number.parse().ok());
        Ok(found.hits.iter().filter_map(|(_, record)| record.body.as_ref().and_then(number)).collect())
    }

    async fn ask_all(&self, messages: &Messages, scope: Scope) -> Result<Vec<Vec<usize>>> {
        let mut found = Vec::with_capacity(messages.queries.len());
        for (place, query) in messages.queries.iter().enumerate() {
            found.push(self.ask(place, query, scope).await?);
        }
        Ok(found)
    }
}

/// Writes nothing.
const READER: Wallet = Wallet([9; 32]);

fn thread(number: usize) -> ThreadId {
    let mut id = [1; 32];
    id[..8].copy_from_slice(&number.to_be_bytes());
    ThreadId(id)
}

/// Asks everything several times.
pub fn measure(runtime: &Runtime, store: &Store<'_>, messages: &Messages, scope: Scope) -> Result<Reached> {
    let found = runtime.block_on(store.ask_all(messages, scope))?;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let (began, cpu) = (Instant::now(), cpu_seconds()?);
        runtime.block_on(store.ask_all(messages, scope))?;
        rounds.push((began.elapsed().as_secs_f64(), cpu_seconds()? - cpu));
    }
    rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (queries, (clock, cpu)) = (messages.queries.len() as f64, rounds[ROUNDS / 2]);
    let name = match scope {
        Scope::Thread => "Chorale, within a thread",
        Scope::Public => "Chorale, in all that is public",
    };
    let recall = recall(messages, scope, &found);
    Ok(Reached { name: name.into(), recall, per_second: queries / clock, per_cpu_second: queries / cpu })
}

/// What was found of the true results, on average.
fn recall(messages: &Messages, scope: Scope, found: &[Vec<usize>]) -> f64 {
    let shares = messages.queries.iter().zip(found).map(|(query, found)| {
        let found: HashSet<_> = found.iter().copied().collect();
        let truth = truth::nearest(messages, query, |place| match scope {
            Scope::Thread => messages.all[place].thread == query.thread,
            Scope::Public => Message::is_public(place),
        });
        truth.iter().filter(|place| found.contains(place)).count() as f64 / truth.len() as f64
    });
    shares.sum::<f64>() / messages.queries.len() as f64
}
