//! Where a store is.

use sqlx::any::AnyConnectOptions;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

const DEFAULT_SCHEMA: &str = "chorale";
/// The parameter of our own in a PostgreSQL address.
const SCHEMA: &str = "schema";
/// What PostgreSQL cuts longer names off at.
const MAX_SCHEMA: usize = 63;

/// Where a store is: a file of SQLite's, or a schema of PostgreSQL's.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Location {
    /// A file; SQLite keeps two more beside it, named like it with `-wal` and `-shm` at the end.
    Sqlite(PathBuf),
    /// A schema of a PostgreSQL database.
    Postgres {
        /// The database's address, as libpq knows them, without a schema.
        url: String,
        /// The schema, which holds this store and nothing else.
        schema: String,
    },
}

/// Why a text is no [`Location`].
#[derive(Debug, thiserror::Error)]
pub enum LocationError {
    /// It begins like an address of PostgreSQL, but is none.
    #[error(
        "not an address of a PostgreSQL database: {0}; expected postgres://USER@HOST/DATABASE?schema=NAME"
    )]
    Address(#[source] sqlx::Error),
    /// The schema's name would need quoting.
    #[error(
        "{0:?} cannot be the schema: use 1 to 63 of a-z, 0-9 and _, not beginning with a digit or with pg_"
    )]
    Schema(String),
}

impl Location {
    /// Whether `schema` needs no quoting anywhere.
    pub(crate) fn check_schema(schema: &str) -> Result<(), LocationError> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let begins = schema.starts_with(|c: char| !c.is_ascii_digit()) && !schema.starts_with("pg_");
        if begins && schema.len() <= MAX_SCHEMA && schema.chars().all(plain) {
            return Ok(());
        }
        Err(LocationError::Schema(schema.into()))
    }

    fn postgres(text: &str) -> Result<Self, LocationError> {
        let mut url = text.parse::<AnyConnectOptions>().map_err(LocationError::Address)?.database_url;
        let (own, others): (Vec<_>, Vec<_>) = url
            .query_pairs()
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .partition(|(key, _)| key == SCHEMA);
        let schema = own.into_iter().next().map_or_else(|| DEFAULT_SCHEMA.to_owned(), |(_, schema)| schema);
        Self::check_schema(&schema)?;
        url.set_query(None);
        if !others.is_empty() {
            url.query_pairs_mut().extend_pairs(others);
        }
        Ok(Self::Postgres { url: url.into(), schema })
    }
}

impl FromStr for Location {
    type Err = LocationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Self::postgres(text);
        }
        Ok(Self::Sqlite(text.into()))
    }
}

impl From<PathBuf> for Location {
    fn from(path: PathBuf) -> Self {
        Self::Sqlite(path)
    }
}

impl From<&Path> for Location {
    fn from(path: &Path) -> Self {
        Self::Sqlite(path.into())
    }
}

/// The form that [`FromStr`] reads, but for the password.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres { url, schema } => f.write_str(&without_password(url, schema)),
        }
    }
}

/// As [`Display`](fmt::Display): a password is shown nowhere.
impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

fn without_password(url: &str, schema: &str) -> String {
    let Ok(options) = url.parse::<AnyConnectOptions>() else {
        return format!("a PostgreSQL database, schema {schema}");
    };
    let mut url = options.database_url;
    let shown: Vec<_> = url
        .query_pairs()
        .filter(|(key, _)| key != "password")
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    // Refused only for an address without a host, which has no password either.
    let _ = url.set_password(None);
    url.query_pairs_mut().clear().extend_pairs(shown).append_pair(SCHEMA, schema);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_a_file() {
        for text in ["store.db", "/var/lib/chorale/store.db", "postgres", "sqlite://x"] {
            assert_eq!(text.parse::<Location>().unwrap(), Location::Sqlite(text.into()));
        }
    }

    #[test]
    fn the_schema_is_ours_and_the_rest_is_the_databases() {
        let given = "postgres://me:secret@host:5433/data?sslmode=disable&schema=other";
        let expected = Location::Postgres {
            url: "postgres://me:secret@host:5433/data?sslmode=disable".into(),
            schema: "other".into(),
        };
        assert_eq!(given.parse::<Location>().unwrap(), expected);
        let plain = "postgresql://host/data".parse::<Location>().unwrap();
        assert!(matches!(plain, Location::Postgres { schema, .. } if schema == "chorale"));
    }

    #[test]
    fn a_password_is_never_shown() {
        for given in ["postgres://me:secret@host/data?schema=a", "postgres://me@host/data?password=secret"] {
            let location: Location = given.parse().unwrap();
            let shown = format!("{location} {location:?}");
            assert!(!shown.contains("secret") && shown.contains("me@host/data?schema="), "{shown}");
        }
    }

    #[test]
    fn a_schema_that_needs_quotes_is_refused() {
        for schema in ["", "A", "a-b", "1a", "pg_own", "a b", "a'b", &"a".repeat(64)] {
            let error = format!("postgres://host/data?schema={schema}").parse::<Location>().unwrap_err();
            assert!(error.to_string().contains("cannot be the schema"), "{schema}: {error}");
        }
    }
}
