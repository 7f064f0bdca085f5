//! One indexer for a store.

use anyhow::{Context, Result, bail};
use chorale_store::Location;
use std::fs::{File, TryLockError};
use std::path::PathBuf;

/// The right to write to a store that is a file. The system takes it back however the process ends.
pub(crate) struct StoreLock {
    _file: File,
}

impl StoreLock {
    /// Takes it; `None` for a store on PostgreSQL, which several machines may reach: there it cannot be told, and
    /// what keeps writers apart is the database.
    ///
    /// # Errors
    /// If another process has it.
    pub(crate) fn take(location: &Location) -> Result<Option<Self>> {
        let Location::Sqlite(path) = location else { return Ok(None) };
        let name = lock_file(path.clone());
        let options = File::options().create(true).write(true).truncate(false).open(&name);
        let file = options.with_context(|| {
            format!("cannot write {}: does its folder exist, and may you write there?", name.display())
        })?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => {
                bail!("another indexer, restore or rebuild is at work on {location}: stop it first")
            }
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", name.display()))
            }
        }
    }
}

/// A file of its own: the store's may be renamed, and SQLite has locks of its own on it.
fn lock_file(mut store: PathBuf) -> PathBuf {
    store.as_mut_os_string().push(".lock");
    store
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_indexer_is_refused_until_the_first_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::from(folder.path().join("store.sqlite"));
        let first = StoreLock::take(&location).unwrap();
        let refusal = StoreLock::take(&location).err().expect("one at a time").to_string();
        assert!(refusal.contains("store.sqlite"), "{refusal}");
        drop(first);
        assert!(StoreLock::take(&location).is_ok());
    }
}
