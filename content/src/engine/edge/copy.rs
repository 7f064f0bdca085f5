//! Copying an open folder: everything is on disk and nobody writes meanwhile.

use std::fs;
use std::io;
use std::path::Path;

use super::folder::{Folder, SHARD};
use super::shard::Shard;
use crate::engine::Snapshot;
use crate::error::ContentError;

/// Copies into a folder that is not there yet, opens the copy and compares. A copy that is of no use is removed.
pub(super) fn copy(shard: &Shard, to: &Path) -> Result<Snapshot, ContentError> {
    if to.exists() {
        return Err(useless(to, "something is there already: name a new folder"));
    }
    let made = copied(shard, to);
    if made.is_err() {
        // Half a copy must not be taken for one; where it cannot even be removed, the error says that it is none.
        let _ = fs::remove_dir_all(to);
    }
    made.map(|()| Snapshot::Folder(to.into()))
}

fn copied(shard: &Shard, to: &Path) -> Result<(), ContentError> {
    shard.flush()?;
    copy_folder(shard.qdrant().path(), &to.join(SHARD)).map_err(|error| useless(to, error.to_string()))?;
    let copy = Folder::open(to)?;
    let (points, copies) = (shard.count(&[])?, copy.shard.count(&[])?);
    if points == copies { Ok(()) } else { Err(useless(to, format!("it has {copies} of {points} points"))) }
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
            fs::File::open(&target)?.sync_all()?;
        }
    }
    fs::File::open(to)?.sync_all()
}

fn useless(path: &Path, reason: impl Into<String>) -> ContentError {
    ContentError::Snapshot { path: path.into(), reason: reason.into() }
}
