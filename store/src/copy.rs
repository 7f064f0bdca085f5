//! Copies of a store: backups and what is restored from them, exports, comparison, and putting one in another's
//! place.
//!
//! A backup is a folder: events in segments that are never written again once they are full, and a manifest with what
//! does not follow from the events. States and their history are left out, since restoring derives them again, event
//! by event, as the indexer did. Each file is written beside its place and then renamed, the manifest last: whatever
//! is interrupted leaves the backup before it whole.

mod backup;
mod check;
mod check_backup;
mod compare;
mod error;
mod export;
mod file;
mod finish;
mod folder;
mod line;
mod manifest;
mod place;
mod restore;
mod segment;
mod steps;
mod swap;
mod tables;

pub use backup::backup;
pub use check::{Exported, check_export};
pub use check_backup::check_backup;
pub use compare::compare;
pub use error::CopyError;
pub use export::export;
pub use folder::{FolderError, check_folder};
pub use manifest::Manifest;
pub(crate) use restore::check_finished;
pub use restore::restore;
pub use swap::swap;

#[cfg(test)]
pub(crate) use backup::backup_by;
