//! What can go wrong with the sessions.

use crate::error::StoreError;
use std::fmt::Display;

/// Why the database of sessions could not do something.
#[derive(Debug, thiserror::Error)]
pub enum SessionsError {
    /// It cannot be opened, reached or written.
    #[error("the database of sessions: {0}")]
    Database(#[from] StoreError),
    /// It holds something that was not written by this version of Chorale.
    #[error(
        "the database of sessions: {table} row {row} cannot be read: {reason}; delete the database, which signs everyone \
         out and does nothing else"
    )]
    Unreadable {
        /// Its table.
        table: &'static str,
        /// Its key.
        row: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl SessionsError {
    pub(super) fn unreadable(table: &'static str, row: &dyn Display, reason: &dyn Display) -> Self {
        Self::Unreadable { table, row: row.to_string(), reason: reason.to_string() }
    }
}

impl From<sqlx::Error> for SessionsError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}
