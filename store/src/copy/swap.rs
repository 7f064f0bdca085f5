//! Putting one store in another's place.

mod files;

use super::error::CopyError;
use crate::connect::{self, Purpose, failed};
use crate::database::Engine;
use crate::error::StoreError;
use crate::location::Location;
use sqlx::{AnyConnection, ConnectOptions as _, Connection as _, Executor as _};
use std::path::{Path, PathBuf};

/// Stores that were replaced and never removed, at most.
const KEPT: usize = 1_000;

impl Location {
    /// The place called like this one with `suffix` behind it, separated as the engine's names allow.
    ///
    /// # Errors
    /// [`CopyError::Location`] if a schema cannot be called so.
    pub fn beside(&self, suffix: &str) -> Result<Self, CopyError> {
        match self {
            Self::Sqlite(path) => Ok(Self::Sqlite(named(path, &format!(".{suffix}")))),
            Self::Postgres { url, schema } => {
                let schema = format!("{schema}_{suffix}");
                Self::check_schema(&schema)?;
                Ok(Self::Postgres { url: url.clone(), schema })
            }
        }
    }
}

/// Puts the store `new` in the place of `current`, which is kept, however damaged it is: the result is where. On
/// PostgreSQL this is one transaction. On SQLite nothing may have either of them open; there is one of the two at the
/// place at any moment, and interrupted, it is done to the end when it is begun again.
///
/// # Errors
/// [`CopyError::Unlike`] if they are not of the same engine, [`CopyError::InUse`], [`CopyError::File`],
/// [`CopyError::Store`] if the database fails.
pub async fn swap(current: &Location, new: &Location) -> Result<Location, CopyError> {
    match (current, new) {
        (Location::Sqlite(place), Location::Sqlite(replacement)) => {
            if !replacement.exists() {
                return Err(StoreError::Missing { store: new.to_string() }.into());
            }
            files::swap((current, place), (new, replacement)).await.map(Location::Sqlite)
        }
        (Location::Postgres { url, schema }, Location::Postgres { url: new_url, schema: new_schema })
            if url == new_url =>
        {
            let kept = swap_schemas(current, schema, new_schema).await?;
            Ok(Location::Postgres { url: url.clone(), schema: kept })
        }
        _ => Err(CopyError::Unlike { current: current.to_string(), new: new.to_string() }),
    }
}

/// What a replaced store is called, by how many there were before it.
fn suffixes() -> impl Iterator<Item = String> {
    (1..=KEPT).map(|number| if number == 1 { "old".to_owned() } else { format!("old{number}") })
}

async fn swap_schemas(current: &Location, schema: &str, new: &str) -> Result<String, CopyError> {
    let mut connection = connect(current).await?;
    let swapped = rename_schemas(&mut connection, current, schema, new).await;
    connection.close().await.map_err(StoreError::from)?;
    swapped
}

async fn rename_schemas(
    connection: &mut AnyConnection,
    current: &Location,
    schema: &str,
    new: &str,
) -> Result<String, CopyError> {
    let begun = connection.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await;
    let mut tx = begun.map_err(StoreError::from)?;
    if let Engine::Postgres { lock } = Engine::of(current) {
        let query = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(lock);
        query.execute(&mut *tx).await.map_err(StoreError::from)?;
    }
    if !is_there(&mut tx, new).await? {
        return Err(StoreError::Missing { store: format!("schema {new}") }.into());
    }
    let kept = free_schema(&mut tx, current).await?;
    for (from, to) in [(schema, kept.as_str()), (new, schema)] {
        let rename = format!("ALTER SCHEMA {from} RENAME TO {to}");
        tx.execute(rename.as_str()).await.map_err(StoreError::from)?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    Ok(kept)
}

async fn free_schema(connection: &mut AnyConnection, current: &Location) -> Result<String, CopyError> {
    for suffix in suffixes() {
        let Location::Postgres { schema, .. } = current.beside(&suffix)? else { continue };
        if !is_there(connection, &schema).await? {
            return Ok(schema);
        }
    }
    Err(CopyError::InUse(current.to_string()))
}

async fn is_there(connection: &mut AnyConnection, schema: &str) -> Result<bool, StoreError> {
    const FOUND: &str = "SELECT 1 AS found FROM pg_namespace WHERE nspname = $1";
    Ok(sqlx::query(FOUND).bind(schema).fetch_optional(connection).await?.is_some())
}

async fn connect(location: &Location) -> Result<AnyConnection, CopyError> {
    let options = connect::options(location, Purpose::Writing)?;
    let connected = options.connect().await;
    Ok(connected.map_err(|error| failed(location, error))?)
}

fn named(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}
