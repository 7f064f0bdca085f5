//! The queue's files: a body is in one whole, or in none.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::id;
use crate::error::ContentError;
use crate::folder;
use crate::payload::Payload;
use crate::point::PointId;

/// Of a body that waits. Others are not read: of a write that a crash cut off, or of what was put aside.
const EXTENSION: &str = "json";
const UNFINISHED: &str = "unfinished";
const UNREADABLE: &str = "unreadable";

pub(super) struct Files {
    folder: PathBuf,
    /// The folder is ours as long as this is open.
    lock: Mutex<Option<File>>,
}

impl Files {
    pub(super) fn open(folder: PathBuf) -> Result<Self, ContentError> {
        fs::create_dir_all(&folder).map_err(|source| folder::unusable(&folder, source))?;
        let lock = folder::lock(&folder)?;
        Ok(Self { folder, lock: Mutex::new(Some(lock)) })
    }

    /// Lets go of the folder.
    pub(super) fn close(&self) {
        *self.lock() = None;
    }

    /// A panic elsewhere leaves it open or closed.
    fn lock(&self) -> MutexGuard<'_, Option<File>> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_still(&self) -> Result<(), ContentError> {
        self.lock().as_ref().map(|_| ()).ok_or(ContentError::Closed)
    }

    /// Everything that waits, by its id. Bodies are read one at a time: all together may be more than there is memory.
    pub(super) fn ids(&self) -> Result<Vec<(u64, PointId)>, ContentError> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(|error| self.unusable(error))? {
            let path = entry.map_err(|error| self.unusable(error))?.path();
            let Some(place) = place(&path) else { continue };
            found.extend(self.read(place)?.map(|payload| (place, id(&payload))));
        }
        Ok(found)
    }

    /// `None` where the file is gone: it was delivered in between, or somebody removed it. What is not one of ours is
    /// put aside and named: it must not keep the others waiting.
    pub(super) fn read(&self, place: u64) -> Result<Option<Payload>, ContentError> {
        let path = self.path(place);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| self.unusable(error))?,
        };
        match serde_json::from_slice(&bytes) {
            Ok(payload) => Ok(Some(payload)),
            Err(reason) => self.put_aside(&path, &reason).map(|()| None),
        }
    }

    /// Returns when it would survive a power cut.
    pub(super) fn write(&self, place: u64, payload: &Payload) -> Result<(), ContentError> {
        self.open_still()?;
        let bytes = serde_json::to_vec(payload).map_err(ContentError::engine)?;
        let path = self.path(place);
        let unfinished = path.with_extension(UNFINISHED);
        let written = write_synced(&unfinished, &bytes).and_then(|()| fs::rename(&unfinished, &path));
        written.and_then(|()| self.sync()).map_err(|error| self.unusable(error))
    }

    /// A file that a power cut brings back is delivered again, which changes nothing.
    pub(super) fn remove(&self, place: u64) -> Result<(), ContentError> {
        self.open_still()?;
        fs::remove_file(self.path(place)).or_else(unless_gone).map_err(|error| self.unusable(error))?;
        if let Err(error) = self.sync() {
            tracing::warn!(%error, "an upload that was delivered may be delivered again after a power cut");
        }
        Ok(())
    }

    fn put_aside(&self, path: &Path, reason: &serde_json::Error) -> Result<(), ContentError> {
        let aside = path.with_extension(UNREADABLE);
        tracing::error!(%reason, "an upload that waited is damaged and stays aside as {}", aside.display());
        fs::rename(path, aside).map_err(|error| self.unusable(error))
    }

    fn path(&self, place: u64) -> PathBuf {
        self.folder.join(format!("{place:020}.{EXTENSION}"))
    }

    /// The names in it are on disk then, too.
    fn sync(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }

    fn unusable(&self, source: io::Error) -> ContentError {
        folder::unusable(&self.folder, source)
    }
}

fn unless_gone(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The number of a file that has a body.
fn place(path: &Path) -> Option<u64> {
    let is_one = path.extension().is_some_and(|extension| extension == EXTENSION);
    path.file_stem().filter(|_| is_one)?.to_str()?.parse().ok()
}
