//! Files that are there whole or not at all.

use super::error::CopyError;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What a file is called while it is written.
const UNFINISHED: &str = "part";

/// Writes a file beside its place and moves it there when it is on the disk.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), CopyError> {
    let unfinished = unfinished(path);
    let written = File::create(&unfinished).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(CopyError::file(&unfinished))?;
    fs::rename(&unfinished, path).map_err(CopyError::file(path))?;
    sync_folder(path)
}

/// Puts the names in the folder of `path` on the disk.
pub(super) fn sync_folder(path: &Path) -> Result<(), CopyError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(CopyError::file(folder))
}

/// Reads a file, `None` if it is not there.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, CopyError> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some).map_err(CopyError::file(path)),
    }
}

/// Removes a file if it is there.
pub(super) fn remove(path: &Path) -> Result<(), CopyError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(CopyError::file(path)),
    }
}

/// Removes what is called like a part of a backup, but is none of `kept`.
pub(super) fn tidy(folder: &Path, kept: &[&str]) -> Result<(), CopyError> {
    for entry in fs::read_dir(folder).map_err(CopyError::file(folder))? {
        let path = entry.map_err(CopyError::file(folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let ours = name.starts_with("events-") && (name.ends_with(".jsonl") || name.ends_with(UNFINISHED));
        if ours && !kept.contains(&name) {
            remove(&path)?;
        }
    }
    Ok(())
}

/// Keeps other backups out of a folder for as long as it is held. It goes with the process.
pub(super) fn lock(folder: &Path) -> Result<File, CopyError> {
    fs::create_dir_all(folder).map_err(CopyError::file(folder))?;
    let locked = File::open(folder).map_err(CopyError::file(folder))?;
    held(folder, locked, File::try_lock)
}

/// Keeps backups out of a folder for as long as it is held, but nobody who reads; `None` if it is not there.
pub(super) fn share(folder: &Path) -> Result<Option<File>, CopyError> {
    match File::open(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CopyError::file(folder)(error)),
        Ok(locked) => held(folder, locked, File::try_lock_shared).map(Some),
    }
}

fn held(
    folder: &Path,
    locked: File,
    take: fn(&File) -> Result<(), fs::TryLockError>,
) -> Result<File, CopyError> {
    match take(&locked) {
        Err(fs::TryLockError::WouldBlock) => Err(CopyError::Busy(folder.into())),
        // Some network disks know no locks.
        Ok(()) | Err(fs::TryLockError::Error(_)) => Ok(locked),
    }
}

fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(UNFINISHED);
    name.into()
}
