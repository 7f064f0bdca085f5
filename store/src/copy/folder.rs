//! Whether a backup can be in a folder, before anything is written there.

use std::io;
use std::path::{Path, PathBuf};

/// What every folder of a backup has in it, or the beginning of its name, from its first file on.
const OURS: [&str; 3] = ["manifest.json", "unfinished.json", "events-"];

/// What a disk of its own has in its root from the start.
const DISKS: &str = "lost+found";

/// Why a backup cannot be in a folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It is a file.
    #[error("{0} is a file, not a folder: a backup is a folder, give the name of one")]
    File(PathBuf),
    /// Other things are in it.
    #[error(
        "{folder} is not empty and holds no backup, but {found}: give a folder that is new, empty or of an earlier backup"
    )]
    Occupied {
        /// The folder.
        folder: PathBuf,
        /// The first thing that is in it.
        found: String,
    },
    /// It cannot be looked at.
    #[error("{folder}: {source}; check that it can be read and written")]
    Unreadable {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Checks that a folder is not there yet, empty, or of a backup, be it one that was interrupted.
///
/// # Errors
/// [`FolderError`], if it is not.
pub fn check_folder(folder: &Path) -> Result<(), FolderError> {
    if folder.is_file() {
        return Err(FolderError::File(folder.into()));
    }
    let names = match names(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        names => names.map_err(|source| FolderError::Unreadable { folder: folder.into(), source })?,
    };
    let ours = |name: &String| OURS.iter().any(|ours| name.starts_with(ours));
    match names.iter().filter(|name| *name != DISKS).min() {
        Some(found) if !names.iter().any(ours) => {
            Err(FolderError::Occupied { folder: folder.into(), found: found.clone() })
        }
        _ => Ok(()),
    }
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = folder.read_dir()?;
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::tempdir;

    #[test]
    fn a_folder_that_is_new_empty_or_of_a_backup_is_taken() {
        let folder = tempdir().unwrap();
        check_folder(&folder.path().join("new")).unwrap();
        check_folder(folder.path()).unwrap();
        fs::create_dir(folder.path().join(DISKS)).unwrap();
        check_folder(folder.path()).unwrap();
        // The first thing that an interrupted backup leaves.
        fs::write(folder.path().join("events-00000001.jsonl.part"), "").unwrap();
        check_folder(folder.path()).unwrap();
    }

    #[test]
    fn other_things_are_not_mixed_with_a_backup() {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join("thesis.odt"), "").unwrap();
        let refused = check_folder(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("holds no backup, but thesis.odt"), "{refused}");
        let refused = check_folder(&folder.path().join("thesis.odt")).unwrap_err().to_string();
        assert!(refused.contains("thesis.odt is a file, not a folder"), "{refused}");
    }
}
