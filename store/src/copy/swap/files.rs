//! One file in another's place.

use super::{connect, named, suffixes};
use crate::copy::error::CopyError;
use crate::copy::file;
use crate::error::StoreError;
use crate::location::Location;
use same_file::is_same_file;
use sqlx::{Connection as _, Row as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};
use tokio::time::sleep;

/// What SQLite keeps beside a file, by the ends of the names.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// How often, and after which pause, a store is looked at again that somebody has open.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// Moves the file at `replacement` to `place`, and keeps the one that was there: the result is where.
pub(super) async fn swap(
    (current, place): (&Location, &Path),
    (new, replacement): (&Location, &Path),
) -> Result<PathBuf, CopyError> {
    settle(new, replacement).await?;
    let settled = if place.exists() { settle(current, place).await } else { Ok(()) };
    refuse_open(new, replacement)?;
    let kept = match settled {
        Ok(()) if !place.exists() => last_kept(current)?,
        Ok(()) => {
            refuse_open(current, place)?;
            keep(current, place)?
        }
        // Nothing can be put into a file that is no store any more.
        Err(CopyError::Store(error)) if error.is_corruption() => keep(current, place)?,
        Err(error) => return Err(error),
    };
    fs::rename(replacement, place).map_err(CopyError::file(replacement))?;
    file::sync_folder(place)?;
    Ok(kept)
}

/// Puts everything into the file itself, so that it can be moved. A connection that was closed a moment ago ends in a
/// thread of its own: it is given a little time.
async fn settle(location: &Location, path: &Path) -> Result<(), CopyError> {
    for _ in 0..TRIES {
        if is_settled(location, path).await? {
            return Ok(());
        }
        sleep(PAUSE).await;
    }
    Err(CopyError::InUse(location.to_string()))
}

async fn is_settled(location: &Location, path: &Path) -> Result<bool, CopyError> {
    const CHECKPOINT: &str = "PRAGMA wal_checkpoint(TRUNCATE)";
    let mut connection = connect(location).await?;
    let row = sqlx::query(CHECKPOINT).fetch_one(&mut connection).await.map_err(StoreError::from)?;
    let busy: i64 = row.try_get(0).map_err(StoreError::from)?;
    connection.close().await.map_err(StoreError::from)?;
    Ok(busy == 0 && !is_open(path))
}

/// The last one to close a store removes what is beside it.
fn is_open(path: &Path) -> bool {
    BESIDE.iter().any(|end| named(path, end).exists())
}

fn refuse_open(location: &Location, path: &Path) -> Result<(), CopyError> {
    if is_open(path) { Err(CopyError::InUse(location.to_string())) } else { Ok(()) }
}

/// Gives the store at `place` the name by which it is kept. It stays where it is too, until the new one comes: who
/// finds nothing there would begin a store anew. What is beside it must not: it would be taken for the new one's.
fn keep(current: &Location, place: &Path) -> Result<PathBuf, CopyError> {
    let kept = place_to_keep(current, place)?;
    if !kept.exists() && fs::hard_link(place, &kept).is_err() {
        // Not every disk knows two names of a file; what else may be wrong is said of this.
        fs::rename(place, &kept).map_err(CopyError::file(place))?;
    }
    for end in BESIDE {
        move_if_there(&named(place, end), &named(&kept, end))?;
    }
    file::sync_folder(place)?;
    Ok(kept)
}

/// A connection that was closed a moment ago may be taking it away just now.
fn move_if_there(from: &Path, to: &Path) -> Result<(), CopyError> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        moved => moved.map_err(CopyError::file(from)),
    }
}

/// Where no replaced store is yet, or where an interrupted swap has put this one.
fn place_to_keep(current: &Location, place: &Path) -> Result<PathBuf, CopyError> {
    let fits = |kept: &PathBuf| !kept.exists() || is_same_file(kept, place).unwrap_or(false);
    places(current).find(fits).ok_or_else(|| CopyError::InUse(current.to_string()))
}

/// Where an interrupted swap put the store.
fn last_kept(current: &Location) -> Result<PathBuf, CopyError> {
    let kept = places(current).take_while(|place| place.exists()).last();
    kept.ok_or_else(|| StoreError::Missing { store: current.to_string() }.into())
}

fn places(current: &Location) -> impl Iterator<Item = PathBuf> {
    suffixes().filter_map(|suffix| match current.beside(&suffix) {
        Ok(Location::Sqlite(path)) => Some(path),
        _ => None,
    })
}
