//! Where the stores of a run are.

use chorale_store::{Clock, Location};
use chorale_testing::Postgres;
use std::path::Path;
use std::sync::Arc;

/// A clock that stands still: the same rows in every run.
pub fn clock() -> Clock {
    Arc::new(|| 1_700_000_000)
}

/// The engines by name, each with a way to a new store.
pub fn new_store(engine: &str, folder: &Path, name: &str) -> Location {
    match engine {
        "SQLite" => Location::Sqlite(folder.join(format!("{name}.sqlite"))),
        _ => Postgres::shared().fresh().parse().expect("the harness gives a URL"),
    }
}

/// What sqlx opens a connection of its own with.
pub fn raw_url(location: &Location) -> String {
    match location {
        Location::Sqlite(path) => format!("sqlite://{}", path.display()),
        Location::Postgres { url, schema } => {
            let sign = if url.contains('?') { '&' } else { '?' };
            format!("{url}{sign}options[search_path]={schema}")
        }
    }
}

/// Memory this process holds, in MiB; PostgreSQL's own is not in it.
pub fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}
