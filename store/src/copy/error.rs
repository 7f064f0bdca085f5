//! What can go wrong with copies.

use crate::error::StoreError;
use crate::location::LocationError;
use std::io;
use std::path::{Path, PathBuf};

/// Why something could not be copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file or folder failed.
    #[error("{path}: {source}; check that it can be read and written and that its disk has room")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What an export is written to failed.
    #[error("the export cannot be written or read: {0}; check its disk and begin again")]
    Stream(#[from] io::Error),
    /// Another process writes a backup to the same folder, or reads it.
    #[error("another backup to {0}, or a restore from it, is under way: wait until it is done")]
    Busy(PathBuf),
    /// There is no finished backup.
    #[error("there is no finished backup in {0}: give a folder that `chorale backup` was done with")]
    NoBackup(PathBuf),
    /// A file of a backup is not what was written.
    #[error("{path} is damaged: {reason}; {advice}")]
    Damaged {
        /// Which.
        path: PathBuf,
        /// How.
        reason: String,
        /// What to do.
        advice: String,
    },
    /// An export is not what was written.
    #[error("line {line} of the export is damaged: {reason}; export again")]
    DamagedExport {
        /// The line, from 1.
        line: u64,
        /// How.
        reason: String,
    },
    /// A later version of Chorale wrote the copy.
    #[error("{what} has format {found}, this version of Chorale knows up to {known}: upgrade Chorale")]
    Newer {
        /// What was to be read.
        what: String,
        /// Its format.
        found: i64,
        /// The last one that is known here.
        known: i64,
    },
    /// A folder already holds the backup of another store.
    #[error(
        "{folder} holds a backup through event {last} of another store, or of this one as it was before a restore: give \
         a folder of its own to each store"
    )]
    OtherStore {
        /// The folder.
        folder: PathBuf,
        /// The last event in it.
        last: i64,
    },
    /// A restore makes a new store, and there is one.
    #[error(
        "there is a store at {0} already: restore to another place, or move it away (of a file, also those called like \
         it with -wal and -shm, which hold the last of what it says)"
    )]
    Exists(String),
    /// The unfinished restore that is to be taken up again is of something else.
    #[error(
        "the unfinished restore at {0} is of another backup or up to another event: finish that one, or remove it and begin again"
    )]
    OtherRestore(String),
    /// The backup does not reach so far.
    #[error("the backup holds events 1 to {last}: it cannot be restored through event {through}")]
    NotInBackup {
        /// What was asked for.
        through: i64,
        /// The last event there is.
        last: i64,
    },
    /// An event that this version cannot have written.
    #[error(
        "event {sequence} cannot be read: {reason}; if a later version of Chorale wrote it, upgrade Chorale"
    )]
    Event {
        /// Its number.
        sequence: i64,
        /// Why.
        reason: String,
    },
    /// What was derived is not what the backup says.
    #[error(
        "event {sequence} came out with another hash than in the backup: the store that was backed up was corrupt, or \
         this version of Chorale has an error; rebuild from the chain instead"
    )]
    Differs {
        /// The event.
        sequence: i64,
    },
    /// The two stores to be swapped are not on the same engine.
    #[error("{current} and {new} cannot take each other's place: they are not of the same database")]
    Unlike {
        /// The one in use.
        current: String,
        /// The one to take its place.
        new: String,
    },
    /// A store that is to be moved is in use.
    #[error("{0} is in use: stop whatever reads or writes it, and try again")]
    InUse(String),
    /// A name that the store cannot have.
    #[error(transparent)]
    Location(#[from] LocationError),
}

impl CopyError {
    pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { path: path.into(), source }
    }
}
