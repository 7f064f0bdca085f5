//! The store that is to be replaced, in whatever condition.

use super::follow::follow;
use super::repaired::Repaired;
use crate::command::common::{Bar, clock, finding};
use anyhow::Result;
use chorale_indexer::IndexerConfig;
use chorale_store::{EventFilter, Finding, Location, Store, StoreError, Writer, copy};
use serde_json::Value;

/// How many events tell one chain from another.
const FIRST: usize = 20;

/// What is left of it.
pub(super) enum Old {
    /// It can be read.
    Readable(Writer),
    /// It is too damaged even to be opened.
    Damaged,
    /// A rebuild that was interrupted moved it away already.
    Moved,
}

impl Old {
    /// Looks at what is at `current`. Something must be there, or else a rebuild at `fresh` that is to be finished.
    pub(super) async fn open(current: &Location, fresh: &Location) -> Result<Self> {
        match Store::open(current, clock()).await {
            Err(missing @ StoreError::Missing { .. }) if !is_there(fresh).await => Err(missing.into()),
            Err(StoreError::Missing { .. }) => Ok(Self::Moved),
            Err(StoreError::OlderSchema { .. }) => Self::open_writer(current).await,
            Err(error) => Self::damaged(error),
            Ok(store) => {
                store.close().await;
                Self::open_writer(current).await
            }
        }
    }

    async fn open_writer(current: &Location) -> Result<Self> {
        Writer::open(current, clock()).await.map(Self::Readable).or_else(Self::damaged)
    }

    /// It is what a rebuild is for, unless something else is in the way: a database that does not answer, a later
    /// version's store, an unfinished restore.
    fn damaged(error: StoreError) -> Result<Self> {
        use StoreError::{Database, Migrate, Open};
        let damaged = matches!(error, Database { .. } | Migrate { .. } | Open { .. }) && !error.is_passing();
        if !damaged && !error.is_corruption() {
            return Err(error.into());
        }
        eprintln!("The old store cannot be compared with the new one: {error}");
        Ok(Self::Damaged)
    }

    /// Whether a new store knows anything of what happened first in this one. Some of that may be damaged, but hardly
    /// all of it.
    pub(super) async fn may_be_of_the_chain_of(&self, new: &Writer) -> Result<bool> {
        let Self::Readable(old) = self else { return Ok(true) };
        let counts = EventFilter { live_only: true, ..EventFilter::default() };
        // What cannot be read says nothing.
        let Ok(first) = old.store().events(&counts, 0, FIRST).await else { return Ok(true) };
        for event in &first {
            let signature = Some(event.record.event().id.signature);
            let same = EventFilter { signature, ..EventFilter::default() };
            if !new.store().events(&same, 0, 1).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(first.is_empty())
    }

    /// Where it differs from a new store that has caught up. It is brought up to date first, as far as it can be, so
    /// that what it has not seen yet is no difference; what is repaired of it meanwhile is one. Since the chain goes on,
    /// only what is found twice counts.
    pub(super) async fn differences(&self, new: &Writer, config: &IndexerConfig) -> Result<Vec<Value>> {
        let Self::Readable(old) = self else { return Ok(vec![]) };
        let repaired = Repaired::since_now(old.store()).await;
        let mut found = look(old, new, config).await?;
        if !found.is_empty() {
            follow(new, config).await?;
            let again = look(old, new, config).await?;
            found.retain(|finding| again.contains(finding));
        }
        let found = found.iter().map(finding);
        Ok(repaired.lines().await?.into_iter().chain(found).collect())
    }

    /// Whether it could be compared, or was by the rebuild that was interrupted.
    pub(super) fn is_whole(&self) -> bool {
        !matches!(self, Self::Damaged)
    }

    /// Closes it.
    pub(super) async fn close(&self) {
        if let Self::Readable(old) = self {
            old.close().await;
        }
    }
}

async fn is_there(location: &Location) -> bool {
    let Ok(store) = Store::open(location, clock()).await else { return false };
    store.close().await;
    true
}

async fn look(old: &Writer, new: &Writer, config: &IndexerConfig) -> Result<Vec<Finding>> {
    if let Err(error) = follow(old, config).await {
        eprintln!("The old store is compared as it is: {error:#}");
    }
    let bar = Bar::new();
    let found = copy::compare(old.store(), new.store(), &mut |progress| bar.rows(progress)).await;
    bar.done();
    Ok(found?)
}
