//! How to connect to each engine.

use crate::error::StoreError;
use crate::location::Location;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};
use std::path::Path;
use std::sync::Once;
use std::time::Duration;

/// How long a connection is waited for: a database that is gone is an error then, not a hang.
const ACQUIRE: Duration = Duration::from_secs(10);

/// Connections that read, at a time.
const READERS: u32 = 8;

/// 10 s for a lock that another process holds. 16 MiB for each of at most eight: a thread's rows lie all over the file.
const READING_SQLITE: &str = "PRAGMA busy_timeout = 10000; PRAGMA cache_size = -16384";

/// NORMAL can lose the last commits in a power cut, cursor and rows alike: the chain has them still. The cache is 32
/// MiB: ids are random, and with less each new row would cost a read from disk.
const WRITING_SQLITE: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; \
     PRAGMA foreign_keys = ON; PRAGMA cache_size = -32768";

/// For every connection to PostgreSQL; times in milliseconds.
const ANY_POSTGRES: [(&str, &str); 5] = [
    ("application_name", "chorale"),
    ("options[statement_timeout]", "60000"),
    ("options[lock_timeout]", "10000"),
    ("options[idle_in_transaction_session_timeout]", "600000"),
    ("options[jit]", "off"),
];

/// A prepared statement names the tables that were there when it was prepared: once a rebuilt store takes their place,
/// PostgreSQL refuses it for as long as the connection lives. So nothing stays prepared where that can happen.
const READING_POSTGRES: [(&str, &str); 2] =
    [("options[default_transaction_read_only]", "on"), ("statement-cache-capacity", "0")];

/// A writer goes by keys only: without these, a plan that was made while the tables were small goes on scanning them
/// when they are large.
const WRITING_POSTGRES: [(&str, &str); 3] = [
    ("options[enable_seqscan]", "off"),
    ("options[enable_hashjoin]", "off"),
    ("options[enable_mergejoin]", "off"),
];

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    /// It cannot write.
    Reading,
    /// There is one at a time; a file that is not there is made.
    Writing,
}

/// How to connect to a store.
///
/// # Errors
/// [`StoreError::Open`] if the location cannot be one.
pub(crate) fn options(location: &Location, purpose: Purpose) -> Result<AnyConnectOptions, StoreError> {
    static DRIVERS: Once = Once::new();
    DRIVERS.call_once(sqlx::any::install_default_drivers);
    let options = match location {
        Location::Sqlite(path) => sqlite(path, purpose),
        Location::Postgres { url, schema } => postgres(url, schema, purpose),
    };
    // Statements of thousands of values are of no use in a log.
    Ok(options.map_err(|error| failed(location, error))?.disable_statement_logging())
}

/// A pool of connections to a store, none of them made yet.
pub(crate) fn pool(location: &Location, purpose: Purpose) -> AnyPoolOptions {
    let connections = if purpose == Purpose::Reading { READERS } else { 1 };
    let pool = AnyPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE);
    let Location::Sqlite(_) = location else { return pool };
    let pool = pool.after_connect(move |connection, _| {
        Box::pin(async move { connection.execute(pragmas(purpose)).await.map(drop) })
    });
    // A full disk ends a transaction behind sqlx's back, which then refuses to begin another on that connection.
    pool.after_release(|connection, _| {
        Box::pin(async move {
            connection.ping().await?;
            Ok(!connection.is_in_transaction())
        })
    })
}

/// What a connection to SQLite begins with.
pub(crate) fn pragmas(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Reading => READING_SQLITE,
        Purpose::Writing => WRITING_SQLITE,
    }
}

/// An error met on the way to a store.
pub(crate) fn failed(location: &Location, source: sqlx::Error) -> StoreError {
    StoreError::Open { store: location.to_string(), source }
}

fn sqlite(path: &Path, purpose: Purpose) -> Result<AnyConnectOptions, sqlx::Error> {
    let path = std::path::absolute(path)?;
    // sqlx decodes percent signs that it does not encode.
    let path = path.to_str().map(|path| path.replace('%', "%25"));
    let path = path.ok_or_else(|| sqlx::Error::Configuration("its path is not valid Unicode".into()))?;
    let options = SqliteConnectOptions::new().filename(path);
    let options = match purpose {
        Purpose::Reading => options.read_only(true),
        Purpose::Writing => options.create_if_missing(true),
    };
    AnyConnectOptions::from_url(&options.to_url_lossy())
}

fn postgres(url: &str, schema: &str, purpose: Purpose) -> Result<AnyConnectOptions, sqlx::Error> {
    Location::check_schema(schema).map_err(|error| sqlx::Error::Configuration(error.into()))?;
    let mut options: AnyConnectOptions = url.parse()?;
    let own: &[_] = match purpose {
        Purpose::Reading => &READING_POSTGRES,
        Purpose::Writing => &WRITING_POSTGRES,
    };
    let mut query = options.database_url.query_pairs_mut();
    query.extend_pairs(ANY_POSTGRES).extend_pairs(own).append_pair("options[search_path]", schema);
    drop(query);
    Ok(options)
}
