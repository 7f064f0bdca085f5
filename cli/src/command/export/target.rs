//! A file that is there whole or not at all, and never in the place of another.

use anyhow::{Context, Result, bail, ensure};
use chorale_store::Location;
use std::fs::{File, TryLockError};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// What it is called until it is whole.
const UNFINISHED: &str = ".part";

/// What belongs to a store that is a file: itself, what SQLite keeps beside it, and the indexer's lock.
const OF_A_STORE: [&str; 5] = ["", "-wal", "-shm", "-journal", ".lock"];

/// Where an export goes. Dropped before it is finished, it leaves nothing behind.
pub(super) struct Target {
    name: PathBuf,
    part: TempPath,
    out: File,
}

impl Target {
    /// Makes a file that is called `name` once it is finished.
    ///
    /// # Errors
    /// If there is something of that name already, or its name is one that belongs to `store`.
    pub(super) fn begin(name: &Path, store: &Location) -> Result<Self> {
        let part = with_tail(name, UNFINISHED);
        refuse_existing(name)?;
        refuse_store(name, store)?;
        refuse_store(&part, store)?;
        let out = lock(&part)?;
        // What held the lock until now may have been finished just now.
        refuse_existing(name)?;
        out.set_len(0).with_context(|| cannot_write(&part))?;
        let part = TempPath::try_from_path(part).context("the current folder is gone")?;
        Ok(Self { name: name.into(), part, out })
    }

    /// What writes to it.
    pub(super) fn writer(&self) -> BufWriter<&File> {
        BufWriter::new(&self.out)
    }

    /// Gives it its name, when it is on the disk.
    ///
    /// # Errors
    /// If something has come there meanwhile.
    pub(super) fn finish(self) -> Result<()> {
        let Self { name, part, out } = self;
        out.sync_all().with_context(|| cannot_write(&part))?;
        part.persist_noclobber(&name).with_context(|| cannot_write(&name))
    }
}

fn with_tail(path: &Path, tail: &str) -> PathBuf {
    let mut path = path.to_owned();
    path.as_mut_os_string().push(tail);
    path
}

fn refuse_existing(name: &Path) -> Result<()> {
    let is_there = name.symlink_metadata().is_ok();
    ensure!(!is_there, "{} is there already: choose another name or delete it", name.display());
    Ok(())
}

/// The store's own file is there; what SQLite keeps beside it comes and goes.
fn refuse_store(name: &Path, store: &Location) -> Result<()> {
    let Location::Sqlite(path) = store else { return Ok(()) };
    let (path, file) = (resolved(path), resolved(name));
    let belongs = OF_A_STORE.iter().any(|tail| with_tail(&path, tail) == file);
    ensure!(!belongs, "{} belongs to the store {store}: choose another name", name.display());
    Ok(())
}

/// The same path for the same file, also where there is none yet.
fn resolved(path: &Path) -> PathBuf {
    let there = path.canonicalize().or_else(|_| {
        let path = std::path::absolute(path)?;
        let folder = path.parent().unwrap_or(&path).canonicalize()?;
        Ok::<_, std::io::Error>(folder.join(path.file_name().unwrap_or_default()))
    });
    there.unwrap_or_else(|_| path.to_owned())
}

/// Opens it, and keeps other exports out of it.
fn lock(part: &Path) -> Result<File> {
    let opened = File::options().create(true).truncate(false).write(true).open(part);
    let out = opened.with_context(|| cannot_write(part))?;
    match out.try_lock() {
        Err(TryLockError::WouldBlock) => {
            bail!("another export to {} is under way: wait until it is done", part.display())
        }
        // Some network disks know no locks.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(out),
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}: does its folder exist, may you write there, is there room?", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write as _;
    use tempfile::tempdir;

    fn refused(name: &Path, store: &Path) -> String {
        Target::begin(name, &store.into()).err().expect("it is refused").to_string()
    }

    #[test]
    fn what_is_there_is_never_written_over() {
        let folder = tempdir().unwrap();
        let (name, store) = (folder.path().join("export.jsonl"), folder.path().join("store.sqlite"));
        let target = Target::begin(&name, &store.as_path().into()).unwrap();
        assert!(refused(&name, &store).contains("another export"));
        target.writer().write_all(b"late").unwrap();
        fs::write(&name, "mine").unwrap();
        target.finish().unwrap_err();
        assert!(refused(&name, &store).contains("export.jsonl is there already"));
        assert_eq!(fs::read(&name).unwrap(), b"mine");
        assert_eq!(folder.path().read_dir().unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn what_an_interrupted_export_left_is_begun_again() {
        let folder = tempdir().unwrap();
        let name = folder.path().join("export.jsonl");
        fs::write(with_tail(&name, UNFINISHED), "half of it").unwrap();
        let target = Target::begin(&name, &folder.path().join("store.sqlite").into()).unwrap();
        target.writer().write_all(b"all").unwrap();
        target.finish().unwrap();
        assert_eq!(fs::read(&name).unwrap(), b"all");
    }

    #[test]
    fn a_stores_own_files_are_refused_by_whatever_path() {
        let folder = tempdir().unwrap();
        let (store, link) = (folder.path().join("store.sqlite"), folder.path().join("link.sqlite"));
        fs::write(&store, "").unwrap();
        std::os::unix::fs::symlink(&store, &link).unwrap();
        for tail in ["-wal", "-shm", "-journal", ".lock"] {
            assert!(refused(&with_tail(&store, tail), &link).contains("belongs to the store"), "{tail}");
        }
        let part_of = with_tail(&folder.path().join("x"), UNFINISHED);
        assert!(refused(&folder.path().join("x"), &part_of).contains("belongs to the store"));
    }
}
