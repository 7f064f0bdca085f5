//! The folder on disk, held by one process at a time.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use super::shard::Shard;
use crate::error::ContentError;

const LOCK: &str = "lock";
pub(super) const SHARD: &str = "edge";

/// A folder that is ours. The shard comes first, so that its last flush on drop happens under the lock.
pub(super) struct Folder {
    pub(super) shard: Shard,
    _lock: File,
}

impl Folder {
    /// Locks, then opens: the engine has a lock too, but touches files before it takes it.
    pub(super) fn open(path: &Path) -> Result<Self, ContentError> {
        let shard = path.join(SHARD);
        fs::create_dir_all(&shard).map_err(|source| unusable(path, source))?;
        let lock = lock(path)?;
        Ok(Self { shard: Shard::open(&shard)?, _lock: lock })
    }
}

/// The operating system frees the lock when the file is closed, also after a crash.
fn lock(path: &Path) -> Result<File, ContentError> {
    let file = File::create(path.join(LOCK)).map_err(|source| unusable(path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ContentError::InUse { path: path.into() }),
        Err(TryLockError::Error(source)) => Err(unusable(path, source)),
    }
}

fn unusable(path: &Path, source: io::Error) -> ContentError {
    ContentError::Folder { path: path.into(), source }
}
