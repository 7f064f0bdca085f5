//! Copying a store into a folder while it is in use.

use super::error::CopyError;
use super::file;
use super::line::Chain;
use super::manifest::Manifest;
use super::segment::{Rows, Segment};
use crate::Store;
use crate::chain::EventRow;
use crate::database::Row;
use crate::error::StoreError;
use crate::verify::Progress;
use chorale_domain::id::Hash32;
use sqlx::Row as _;
use std::path::Path;

/// Events of a full segment.
const ROWS: i64 = 10_000;

/// Copies a store, as of the moment it begins, into `folder`, which is made if it is not there. What an earlier
/// backup of the same store wrote there is added to: only what is new is written. Interrupted, it leaves the earlier
/// backup as it was, and goes on where it was when it is begun again. Holds a segment in memory; blocks its thread
/// while it writes one.
///
/// # Errors
/// [`CopyError::OtherStore`] if the folder holds a backup of another store, [`CopyError::Busy`] if another backup to
/// it is under way, [`CopyError::Newer`] or [`CopyError::Damaged`] if what is there cannot be added to (each file is
/// looked at, but not read: that is [`check_backup`](super::check_backup)),
/// [`CopyError::File`], and [`CopyError::Store`] if the store fails or is corrupt.
pub async fn backup(
    store: &Store,
    folder: &Path,
    on_progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Manifest, CopyError> {
    backup_by(store, folder, ROWS, on_progress).await
}

/// As [`backup`], by segments of `rows` events.
pub(crate) async fn backup_by(
    store: &Store,
    folder: &Path,
    rows: i64,
    on_progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Manifest, CopyError> {
    let _lock = file::lock(folder)?;
    let mut manifest = Manifest::describe(store).await?;
    manifest.segments = settled(store, folder).await?;
    let total = manifest.last_sequence;
    while manifest.end().sequence < total {
        let segment = next_segment(store, folder, &manifest, rows).await?;
        manifest.segments.push(segment);
        manifest.note(folder)?;
        on_progress(Progress { table: "event_store", done: manifest.end().sequence, total });
    }
    manifest.finish(folder)?;
    Ok(manifest)
}

/// The segments that earlier backups of the same store wrote, and that need not be written again.
async fn settled(store: &Store, folder: &Path) -> Result<Vec<Segment>, CopyError> {
    let mut found = vec![];
    for earlier in Manifest::earlier(folder)? {
        let end = earlier.end();
        if end != Chain::BEGINNING && hash_of(store, end.sequence).await? != Some(end.hash) {
            return Err(CopyError::OtherStore { folder: folder.into(), last: end.sequence });
        }
        let settled: Vec<_> = earlier.segments.into_iter().take_while(|segment| segment.settled).collect();
        settled.iter().try_for_each(|segment| segment.glance(folder))?;
        if settled.len() > found.len() {
            found = settled;
        }
    }
    Ok(found)
}

/// The hash of an event's row, `None` if it is not there.
pub(super) async fn hash_of(store: &Store, sequence: i64) -> Result<Option<Hash32>, StoreError> {
    const HASH: &str = "SELECT hash FROM event_store WHERE sequence = $1";
    let row = sqlx::query(HASH).bind(sequence).fetch_optional(store.database.reader()).await?;
    let hash = row.map(|row| row.try_get::<String, _>("hash")).transpose()?;
    let hash = hash.map(|hash| hash.parse()).transpose();
    hash.map_err(|error| StoreError::corrupt("event_store", &sequence, &error))
}

async fn next_segment(
    store: &Store,
    folder: &Path,
    manifest: &Manifest,
    rows: i64,
) -> Result<Segment, CopyError> {
    let (previous, total) = (manifest.end(), manifest.last_sequence);
    let settled = previous.sequence + rows <= total;
    let mut found = following(store, previous, (previous.sequence + rows + 1).min(total)).await?;
    // One more was looked at, to know whether a transaction goes on in the next segment.
    let next = found.pop_if(|(row, _)| row.sequence > previous.sequence + rows);
    let whole = !found.last().zip(next.as_ref()).is_some_and(|((last, _), (next, _))| goes_on(last, next));
    Segment::write(folder, manifest.segments.len() + 1, previous, Rows { rows: found, settled, whole })
}

/// Whether an event is of the same transaction as the one before.
pub(super) fn goes_on(row: &EventRow, next: &EventRow) -> bool {
    row.signature == next.signature && row.retracts.is_none() && next.retracts.is_none()
}

/// The rows after `previous` up to `last`, which must follow it.
async fn following(
    store: &Store,
    mut previous: Chain,
    last: i64,
) -> Result<Vec<(EventRow, Hash32)>, CopyError> {
    const PAGE: &str = "SELECT * FROM event_store WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence";
    let query = sqlx::query(PAGE).bind(previous.sequence).bind(last);
    let rows = query.fetch_all(store.database.reader()).await.map_err(StoreError::from)?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let (row, hash) = hashed(&row)?;
        follow(&mut previous, &row, hash)?;
        found.push((row, hash));
    }
    if previous.sequence == last {
        return Ok(found);
    }
    Err(StoreError::corrupt("event_store", &(previous.sequence + 1), &"it is missing").into())
}

/// Goes on to a row of the store, which is corrupt if that is not the next one.
pub(super) fn follow(previous: &mut Chain, row: &EventRow, hash: Hash32) -> Result<(), StoreError> {
    let corrupt = |reason| StoreError::corrupt("event_store", &row.sequence, &reason);
    previous.follow(row, hash).map_err(corrupt)
}

/// A row with its hash.
pub(super) fn hashed(row: &Row) -> Result<(EventRow, Hash32), StoreError> {
    let hash = row.try_get::<String, _>("hash")?.parse();
    let row = EventRow::read(row)?;
    let hash = hash.map_err(|error| StoreError::corrupt("event_store", &row.sequence, &error))?;
    Ok((row, hash))
}
