//! The folder on disk, held by one process at a time.

use std::fs::{self, File};
use std::path::Path;

use super::shard::Shard;
use crate::error::ContentError;
use crate::folder::{lock, unusable};

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
