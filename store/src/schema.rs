//! Bringing a database's schema up to date, and telling whether it is.

use crate::connect::{self, Purpose, failed};
use crate::database::{Db, Engine};
use crate::error::StoreError;
use crate::location::Location;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{AnyConnection, ConnectOptions as _, Connection as _, Executor as _, Row as _};
use std::time::Duration;
use tokio::time::timeout;

/// What a database is to hold.
pub(crate) struct Schema {
    migrations: Migrator,
    /// Whether the role of those who read may read it.
    pub(crate) readers: bool,
}

/// The canonical store.
pub(crate) static CANONICAL: Schema = Schema { migrations: sqlx::migrate!("../migrations"), readers: true };

/// What the backend keeps beside it, and nobody else reads.
pub(crate) static SESSIONS: Schema =
    Schema { migrations: sqlx::migrate!("../migrations/sessions"), readers: false };

/// How long a connection is waited for.
const CONNECT: Duration = Duration::from_secs(10);

/// Migrating may rewrite every row; the collation is what the migrations compare ids by.
const PREPARE_POSTGRES: &str = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; \
     CREATE COLLATION IF NOT EXISTS \"binary\" FROM \"C\"";

/// The role may be there, or may be nobody's to make: then it is the operator's to grant.
const MAKE_READER: &str = "DO $$ BEGIN \
     IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'chorale_reader') THEN \
     CREATE ROLE chorale_reader NOLOGIN; END IF; \
     EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN NULL; END $$";

const READER: &str = "SELECT 1 AS found FROM pg_roles WHERE rolname = 'chorale_reader'";

impl Schema {
    fn newest(&self) -> i64 {
        self.migrations.iter().map(|migration| migration.version).max().unwrap_or(0)
    }
}

/// Brings a store up to date, making it if there is none.
pub(crate) async fn migrate(schema: &Schema, location: &Location) -> Result<(), StoreError> {
    let mut connection = connect(location, Purpose::Writing).await?;
    if let Location::Postgres { schema: name, .. } = location {
        prepare_postgres(&mut connection, Engine::of(location), name).await?;
    }
    run(schema, location, &mut connection).await?;
    if let Location::Postgres { schema: name, .. } = location
        && schema.readers
    {
        grant(&mut connection, name).await?;
    }
    Ok(connection.close().await?)
}

/// Refuses a store that is not there, or has another schema than this version knows.
pub(crate) async fn check(schema: &Schema, location: &Location) -> Result<(), StoreError> {
    let missing = || StoreError::Missing { store: location.to_string() };
    if matches!(location, Location::Sqlite(path) if !path.exists()) {
        return Err(missing());
    }
    let mut connection = connect(location, Purpose::Reading).await?;
    let found = version(&mut connection, location).await?;
    let refused = if found.is_none() { refused_role(&mut connection, location).await? } else { None };
    connection.close().await?;
    let (store, known) = (location.to_string(), schema.newest());
    match found {
        None => Err(refused.map_or_else(missing, |role| StoreError::NotGranted { store, role })),
        Some(found) if found < known => Err(StoreError::OlderSchema { store, found, known }),
        Some(found) if found > known => Err(StoreError::NewerSchema { store, found, known }),
        Some(_) => Ok(()),
    }
}

/// Whether there is nothing in a store of whatever version.
pub(crate) async fn is_empty(location: &Location) -> Result<bool, StoreError> {
    const ANY: &str = "SELECT 1 AS found FROM event_store UNION ALL SELECT 1 AS found FROM positions LIMIT 1";
    let mut connection = connect(location, Purpose::Reading).await?;
    let found = sqlx::query(ANY).fetch_optional(&mut connection).await?;
    connection.close().await?;
    Ok(found.is_none())
}

async fn connect(location: &Location, purpose: Purpose) -> Result<AnyConnection, StoreError> {
    let options = connect::options(location, purpose)?;
    let Ok(connection) = timeout(CONNECT, options.connect()).await else {
        return Err(StoreError::NoAnswer { seconds: CONNECT.as_secs() });
    };
    let mut connection = connection.map_err(|error| failed(location, error))?;
    if let Location::Sqlite(_) = location {
        let pragmas = connection.execute(connect::pragmas(purpose)).await;
        pragmas.map_err(|error| failed(location, error))?;
    }
    Ok(connection)
}

/// The last migration the store has seen, `None` where there is no store.
async fn version(connection: &mut AnyConnection, location: &Location) -> Result<Option<i64>, StoreError> {
    const IN_SQLITE: &str =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'";
    const IN_POSTGRES: &str = "SELECT CAST(c.relname AS TEXT) AS name FROM pg_class c \
         JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = current_schema() AND c.relname = '_sqlx_migrations'";
    const VERSION: &str = "SELECT version FROM _sqlx_migrations ORDER BY version DESC LIMIT 1";
    let table = match Engine::of(location) {
        Engine::Sqlite => IN_SQLITE,
        Engine::Postgres { .. } => IN_POSTGRES,
    };
    let table = sqlx::query::<Db>(table).fetch_optional(&mut *connection).await;
    if table.map_err(|error| failed(location, error))?.is_none() {
        return Ok(None);
    }
    let row = sqlx::query(VERSION).fetch_optional(connection).await?;
    Ok(row.map(|row| row.try_get("version")).transpose()?)
}

/// Who asks, if there is a schema that they may not look into: a store there looks to them as if there were none.
async fn refused_role(
    connection: &mut AnyConnection,
    location: &Location,
) -> Result<Option<String>, StoreError> {
    const REFUSED: &str = "SELECT quote_ident(CAST(current_user AS TEXT)) AS role FROM pg_namespace \
         WHERE nspname = $1 AND NOT has_schema_privilege(oid, 'USAGE')";
    let Location::Postgres { schema, .. } = location else { return Ok(None) };
    let row = sqlx::query(REFUSED).bind(schema).fetch_optional(connection).await?;
    Ok(row.map(|row| row.try_get("role")).transpose()?)
}

/// Makes the schema; the lock keeps others who would do the same waiting until this connection ends.
async fn prepare_postgres(
    connection: &mut AnyConnection,
    engine: Engine,
    schema: &str,
) -> Result<(), StoreError> {
    const FOUND: &str = "SELECT 1 AS found FROM pg_namespace WHERE nspname = $1";
    if let Engine::Postgres { lock } = engine {
        sqlx::query("SELECT pg_advisory_lock($1)").bind(lock).execute(&mut *connection).await?;
    }
    // Asked first: IF NOT EXISTS needs the right to make one even where there is one.
    if sqlx::query(FOUND).bind(schema).fetch_optional(&mut *connection).await?.is_none() {
        connection.execute(format!("CREATE SCHEMA IF NOT EXISTS {schema}").as_str()).await?;
    }
    connection.execute(PREPARE_POSTGRES).await?;
    Ok(())
}

async fn run(schema: &Schema, location: &Location, connection: &mut AnyConnection) -> Result<(), StoreError> {
    let store = location.to_string();
    // Not `run`: its future is not `Send` for every lifetime.
    schema.migrations.run_direct(connection).await.map_err(|error| match error {
        MigrateError::VersionMissing(found) => {
            StoreError::NewerSchema { store, found, known: schema.newest() }
        }
        source => StoreError::Migrate { store, source },
    })
}

/// Lets the role of those who read do that, and nothing else.
async fn grant(connection: &mut AnyConnection, schema: &str) -> Result<(), StoreError> {
    connection.execute(MAKE_READER).await?;
    if sqlx::query(READER).fetch_optional(&mut *connection).await?.is_none() {
        return Ok(());
    }
    let grants = format!(
        "GRANT USAGE ON SCHEMA {schema} TO chorale_reader; \
         GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO chorale_reader; \
         ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO chorale_reader"
    );
    connection.execute(grants.as_str()).await?;
    Ok(())
}
