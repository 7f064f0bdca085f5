//! A store that many runs use one after the other.

use chorale_store::{Location, StoreError, Writer};
use chorale_testing::Postgres;
use sqlx::{AnyConnection, Connection};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use tempfile::TempDir;

const TABLES: [&str; 9] = [
    "event_store",
    "canonical_state",
    "state_history",
    "positions",
    "dead_letters",
    "unfinalized",
    "backlog",
    "stopped_threads",
    "incidents",
];

/// Which database.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    /// A file.
    Sqlite,
    /// A schema of a server.
    Postgres,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Sqlite { "sqlite" } else { "postgres" })
    }
}

impl FromStr for Engine {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" => Ok(Self::Postgres),
            _ => Err(format!("{text:?} is no engine: sqlite or postgres")),
        }
    }
}

/// See the module.
pub struct Arena {
    /// Which database it is in.
    pub engine: Engine,
    /// The store.
    pub writer: Writer,
    admin: AnyConnection,
    _folder: TempDir,
}

impl Arena {
    /// A new store, migrated once.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub async fn open(engine: Engine) -> Result<Self, StoreError> {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let location = match engine {
            Engine::Sqlite => Location::Sqlite(folder.path().join("store.db")),
            Engine::Postgres => Postgres::shared().fresh().parse().expect("this is an address of PostgreSQL"),
        };
        let writer = Writer::open(&location, Arc::new(|| 0)).await?;
        let admin = admin(&location).await?;
        Ok(Self { engine, writer, admin, _folder: folder })
    }

    /// Empties it. That is much faster than a new one for each run.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn empty(&mut self) -> Result<(), StoreError> {
        let deletes = TABLES.map(|table| format!("DELETE FROM {table}"));
        let mut tx = self.admin.begin().await?;
        for delete in deletes {
            sqlx::query(&delete).execute(&mut *tx).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// A connection of the test's own, since emptying a store is nothing the product does.
async fn admin(location: &Location) -> Result<AnyConnection, sqlx::Error> {
    match location {
        Location::Sqlite(path) => {
            let mut connection = AnyConnection::connect(&format!("sqlite://{}", path.display())).await?;
            sqlx::query("PRAGMA busy_timeout = 10000").execute(&mut connection).await?;
            Ok(connection)
        }
        Location::Postgres { url, schema } => {
            let mut connection = AnyConnection::connect(url).await?;
            sqlx::query(&format!("SET search_path TO {schema}")).execute(&mut connection).await?;
            Ok(connection)
        }
    }
}
