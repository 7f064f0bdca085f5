//! A folder that one process at a time may have open.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use crate::error::ContentError;

const LOCK: &str = "lock";

/// Takes the folder. The operating system frees it when the file is closed, also after a crash.
pub(crate) fn lock(path: &Path) -> Result<File, ContentError> {
    let file = File::create(path.join(LOCK)).map_err(|source| unusable(path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ContentError::InUse { path: path.into() }),
        Err(TryLockError::Error(source)) => Err(unusable(path, source)),
    }
}

pub(crate) fn unusable(path: &Path, source: io::Error) -> ContentError {
    ContentError::Folder { path: path.into(), source }
}
