//! The store that is to be replaced, in whatever condition.

use super::follow::follow;
use crate::command::common::{Bar, clock};
use anyhow::Result;
use chorale_indexer::IndexerConfig;
use chorale_store::{Finding, Location, Store, StoreError, Writer, copy};

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
            Err(error) if error.is_corruption() => Ok(Self::damaged(&error)),
            Err(StoreError::OlderSchema { .. }) => Ok(Self::Readable(Writer::open(current, clock()).await?)),
            Err(error) => Err(error.into()),
            Ok(store) => {
                store.close().await;
                Ok(Self::Readable(Writer::open(current, clock()).await?))
            }
        }
    }

    fn damaged(error: &StoreError) -> Self {
        eprintln!("The old store cannot be compared with the new one: {error}");
        Self::Damaged
    }

    /// Where it differs from a new store that has caught up. It is brought up to date first, as far as it can be, so
    /// that what it has not seen yet is no difference; and since the chain goes on, only what is found twice counts.
    pub(super) async fn differences(&self, new: &Writer, config: &IndexerConfig) -> Result<Vec<Finding>> {
        let Self::Readable(old) = self else { return Ok(vec![]) };
        let mut found = look(old, new, config).await?;
        if !found.is_empty() {
            follow(new, config).await?;
            let again = look(old, new, config).await?;
            found.retain(|finding| again.contains(finding));
        }
        Ok(found)
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
