//! Finding PostgreSQL's programs.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// Where Debian keeps them, a folder for each version, none of them on the PATH.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The folder that has `initdb` and `postgres`.
///
/// # Panics
/// If there is none; the message says how to install them.
pub(crate) fn programs() -> PathBuf {
    let mut folders: Vec<_> = env::var_os("PATH").iter().flat_map(env::split_paths).collect();
    folders.extend(debian());
    let found = folders.into_iter().find(|folder| is_there(folder));
    found.unwrap_or_else(|| {
        panic!(
            "PostgreSQL is not installed: neither the PATH nor {DEBIAN}/*/bin has initdb and postgres. \
             scripts/test installs it; by hand: apt-get install postgresql"
        )
    })
}

/// The newest version first.
fn debian() -> Vec<PathBuf> {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut versions: Vec<_> = versions.map(|entry| entry.path()).collect();
    versions.sort_by_key(|path| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()));
    versions.into_iter().rev().map(|version| version.join("bin")).collect()
}

fn is_there(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file())
}
