//! A throw-away PostgreSQL for tests, so that they run on both engines, a throw-away Redis, and a stand-in for a Qdrant
//! server.
//!
//! Nothing but tests may depend on this crate. It knows no other crate of ours: stores are named by text, as on the
//! command line, for the caller to parse.

mod installed;
mod postgres;
mod process;
mod qdrant;
mod redis;

pub use postgres::Postgres;
pub use qdrant::QdrantStandIn;
pub use redis::Redis;

use std::path::Path;

/// The engines a store can be on, by name, each with a new place for one: a file called `name` in `folder`, and a
/// schema of the [shared](Postgres::shared) PostgreSQL.
///
/// # Panics
/// If PostgreSQL is not installed, or `folder` is not valid Unicode.
#[must_use]
pub fn engines(folder: &Path, name: &str) -> [(&'static str, String); 2] {
    let file = folder.join(name).to_str().expect("folders of tests have plain names").to_owned();
    [("SQLite", file), ("PostgreSQL", Postgres::shared().fresh())]
}
