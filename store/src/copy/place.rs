//! Where something is to be restored to: nothing may be there, or what an interrupted restore of the same left.

use super::error::CopyError;
use super::restore::UNFINISHED;
use crate::error::StoreError;
use crate::{Backfill, Clock, Location, Store, schema};

/// What is at a place.
enum Place {
    /// Nothing, not even a transaction that is still to be looked at.
    Empty,
    /// A restore that is not finished, by the position that it has left.
    Unfinished(i64),
    Store,
}

/// Checks that events up to `asked` can be restored to `location`.
pub(super) async fn check(location: &Location, asked: i64, clock: Clock) -> Result<(), CopyError> {
    match look(location, clock).await? {
        Place::Empty => Ok(()),
        Place::Unfinished(position) if position == asked + 1 => Ok(()),
        Place::Unfinished(_) => Err(CopyError::OtherRestore(location.to_string())),
        Place::Store => Err(CopyError::Exists(location.to_string())),
    }
}

async fn look(location: &Location, clock: Clock) -> Result<Place, StoreError> {
    match Store::open_unfinished(location, clock).await {
        Err(StoreError::Missing { .. }) => Ok(Place::Empty),
        // A restore that was killed between two migrations leaves their tables, with nothing in them.
        Err(StoreError::OlderSchema { .. }) if schema::is_empty(location).await? => Ok(Place::Empty),
        Err(StoreError::OlderSchema { .. }) => Ok(Place::Store),
        Err(error) => Err(error),
        Ok(store) => {
            let found = look_into(&store).await;
            store.close().await;
            found
        }
    }
}

/// A backlog is what an indexer leaves while it catches up, before there are any events.
async fn look_into(store: &Store) -> Result<Place, StoreError> {
    if store.backfill().await? != Backfill::Idle {
        return Ok(Place::Store);
    }
    match store.position(UNFINISHED).await? {
        0 if store.last_event().await?.0 > 0 || store.index_cursor().await?.is_some() => Ok(Place::Store),
        0 => Ok(Place::Empty),
        position => Ok(Place::Unfinished(position)),
    }
}
