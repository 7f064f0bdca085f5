//! Checking a backup without the store that it is of.

use super::error::CopyError;
use super::file;
use super::line::Chain;
use super::manifest::Manifest;
use crate::verify::Progress;
use std::path::Path;

/// Checks that the backup in `folder` is what was written: that every segment is there with the SHA-256 that the
/// manifest has, and that the events are without a gap and chained by their hashes. Holds a segment in memory; blocks
/// its thread.
///
/// # Errors
/// [`CopyError::Damaged`] with the first file that is not what was written, [`CopyError::NoBackup`] if there is none,
/// [`CopyError::Busy`] if one is being written, [`CopyError::Newer`] if a later version of Chorale wrote it,
/// [`CopyError::File`] if it cannot be read.
pub fn check_backup(
    folder: &Path,
    on_progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Manifest, CopyError> {
    let _lock = file::share(folder)?;
    let manifest = Manifest::load(folder)?;
    let (mut end, total) = (Chain::BEGINNING, manifest.last_sequence);
    for segment in &manifest.segments {
        segment.read(folder, end)?;
        end = segment.end();
        on_progress(Progress { table: "event_store", done: end.sequence, total });
    }
    Ok(manifest)
}
