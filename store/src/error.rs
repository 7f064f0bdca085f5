//! What can go wrong with the store.

use crate::trouble::Trouble;
use chorale_domain::id::Signature;
use chorale_domain::transition::TransitionError;
use std::fmt::Display;

/// Why the store could not do something. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store cannot be opened or created.
    #[error("cannot open the store {store}: {source}; {}", Trouble::of(.source).advice())]
    Open {
        /// Where it should be.
        store: String,
        /// What the database said.
        source: sqlx::Error,
    },
    /// Nothing was ever written there.
    #[error("there is no store at {store}: start the indexer first, which makes one")]
    Missing {
        /// Where it should be.
        store: String,
    },
    /// The store is there, but not for this role.
    #[error(
        "the role {role} may not read the store {store}: whoever owns it must GRANT chorale_reader TO {role}, which the \
         indexer makes when it starts"
    )]
    NotGranted {
        /// Where it is.
        store: String,
        /// Who asked, as SQL names it.
        role: String,
    },
    /// A restore into it was interrupted: it is not a store yet.
    #[error(
        "a restore into {store} was interrupted: run `chorale restore` again with the same folder to finish it, or delete it"
    )]
    Unfinished {
        /// Where it is.
        store: String,
    },
    /// An earlier version of Chorale wrote the store.
    #[error(
        "the store {store} has schema {found}, this version of Chorale needs {known}: start the indexer first, which brings it up to date"
    )]
    OlderSchema {
        /// Where it is.
        store: String,
        /// The last migration that it has seen.
        found: i64,
        /// The last migration that is known here.
        known: i64,
    },
    /// A later version of Chorale wrote the store.
    #[error(
        "the store {store} has schema {found}, this version of Chorale knows up to {known}: upgrade Chorale or use another store"
    )]
    NewerSchema {
        /// Where it is.
        store: String,
        /// The first migration that is not known here.
        found: i64,
        /// The last migration that is.
        known: i64,
    },
    /// The schema could not be brought up to date.
    #[error(
        "the schema of the store {store} could not be brought up to date: {source}; {}",
        Trouble::of_migrating(.source).advice()
    )]
    Migrate {
        /// Where it is.
        store: String,
        /// What went wrong.
        source: sqlx::migrate::MigrateError,
    },
    /// The database failed; the message says what it needs.
    #[error("the store's database failed: {source}; {}", Trouble::of(.source).advice())]
    Database {
        /// What it said.
        source: sqlx::Error,
    },
    /// The database did not answer in time.
    #[error("the store's database did not answer within {seconds} s: check that it runs and can be reached")]
    NoAnswer {
        /// How long it was waited for.
        seconds: u64,
    },
    /// A final event cannot follow the stored state: the store lost or invented something. Trying again does not help.
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
    /// An event that a fork can still drop cannot follow the stored state: the list it is from was of two forks, or what
    /// is stored is about to be taken back. A new look at the chain tells; what is wrong becomes final, and is then
    /// [`Transition`](Self::Transition).
    #[error("event {event} ({kind}) does not fit, and is not final yet: {source}")]
    Unsettled {
        /// The event's transaction.
        signature: Signature,
        /// The event, as `signature/instruction/inner`.
        event: String,
        /// The event's type.
        kind: &'static str,
        /// Which entity, and how.
        source: Box<TransitionError>,
    },
    /// Transactions were not handed over in the chain's order; a new look at the chain puts it right.
    #[error("transaction {signature} is out of the chain's order: {reason}")]
    Order {
        /// The transaction that cannot come now.
        signature: Signature,
        /// What is in its way.
        reason: String,
    },
    /// An empty store got something other than the deployment's first event.
    #[error(
        "the history begins with {event} ({kind}) instead of the deployment's set-up: the node has forgotten old history, ask one that keeps it all"
    )]
    NotTheBeginning {
        /// The event, as `signature/instruction/inner`.
        event: String,
        /// The event's type.
        kind: &'static str,
    },
    /// A row is not as it was when it was read a moment ago.
    #[error("{what}: something else writes to this store; run one indexer only")]
    Conflict {
        /// Which row, and what was expected of it.
        what: String,
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
            _ => self.trouble().is_some_and(Trouble::is_corruption),
        }
    }

    /// Whether it may go well another time, once the database is reachable, free or has room again.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::NoAnswer { .. } | Self::NotGranted { .. } => true,
            _ => self.trouble().is_some_and(Trouble::is_passing),
        }
    }

    /// What the database's error means, where it is one.
    fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::Database { source } | Self::Open { source, .. } => Some(Trouble::of(source)),
            Self::Migrate { source, .. } => Some(Trouble::of_migrating(source)),
            _ => None,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(refused) if refused.is_unique_violation() => {
                Self::Conflict { what: format!("a row is there already ({})", refused.message()) }
            }
            _ => Self::Database { source: error },
        }
    }
}
