//! What can go wrong with the store.

use chorale_domain::state::EntityKey;
use chorale_domain::transition::TransitionError;
use sqlx::error::ErrorKind;
use std::fmt::Display;
use std::path::PathBuf;

/// Why the store could not do something. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened or created.
    #[error("cannot open the store {path}: {source}; check that its folder exists and can be written")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the database said.
        source: sqlx::Error,
    },
    /// A later version of Chorale wrote the store.
    #[error(
        "the store {path} has schema {found}, this version of Chorale knows up to {known}: upgrade Chorale or use another store"
    )]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// The first migration that is not known here.
        found: i64,
        /// The last migration that is.
        known: i64,
    },
    /// The schema could not be brought up to date.
    #[error("the schema of the store {path} could not be brought up to date: {source}")]
    Migrate {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: sqlx::migrate::MigrateError,
    },
    /// The database failed; trying again may help.
    #[error("the store's database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// An event cannot follow the stored state: the store lost or invented something. Trying again does not help.
    #[error(
        "event {event} ({kind}) contradicts the store: {source}; the store must be rebuilt from the chain"
    )]
    Transition {
        /// The event, as `signature/instruction/inner`.
        event: String,
        /// The event's type.
        kind: &'static str,
        /// Which entity, and how.
        source: Box<TransitionError>,
    },
    /// An entity was changed by another writer.
    #[error(
        "{key} is no longer at version {version}: something else writes to this store; run one indexer only"
    )]
    Conflict {
        /// Which entity.
        key: EntityKey,
        /// The version that was read, 0 for none.
        version: i64,
    },
    /// A stored row is not what was written.
    #[error("{table} row {row} is corrupt: {reason}; the store must be rebuilt from the chain")]
    Corrupt {
        /// Its table.
        table: &'static str,
        /// Its key.
        row: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl StoreError {
    /// A row that is not what was written, for any reason that can be put in words.
    pub(crate) fn corrupt(table: &'static str, row: &dyn Display, reason: &dyn Display) -> Self {
        Self::Corrupt { table, row: row.to_string(), reason: reason.to_string() }
    }

    /// Whether what is stored is wrong, or would be after a write that a constraint stopped: trying again
    /// cannot help.
    #[must_use]
    pub fn is_corruption(&self) -> bool {
        match self {
            Self::Transition { .. } | Self::Conflict { .. } | Self::Corrupt { .. } => true,
            Self::Database(sqlx::Error::Database(error)) => !matches!(error.kind(), ErrorKind::Other),
            Self::Database(error) => matches!(error, sqlx::Error::ColumnDecode { .. }),
            Self::Open { .. } | Self::NewerSchema { .. } | Self::Migrate { .. } => false,
        }
    }
}
