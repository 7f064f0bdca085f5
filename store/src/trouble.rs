//! What a database's error means for whoever waits for it.

use sqlx::Error;
use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::migrate::MigrateError;
use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;
use std::io;

/// Kinds of failure, by what helps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Trouble {
    /// It does not run, or not where it is looked for.
    Gone,
    /// Another process holds it.
    Locked,
    /// The disk, or a quota.
    Full,
    /// The disk or the role does not allow it to be written.
    ReadOnly,
    /// The disk fails.
    Disk,
    /// The role or its password is wrong.
    Denied,
    /// A constraint stopped a write that should have been possible.
    Constraint,
    /// What it holds is damaged.
    Damaged,
    /// None of these.
    Other,
}

impl Trouble {
    pub(crate) fn of(error: &Error) -> Self {
        match error {
            Error::Database(error) => database(error.as_ref()),
            Error::Io(error) => io_error(error),
            Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed | Error::Protocol(_) => Self::Gone,
            Error::ColumnDecode { .. } => Self::Damaged,
            _ => Self::Other,
        }
    }

    /// What the error means that ended a migration.
    pub(crate) fn of_migrating(error: &MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Self::of(error),
            _ => Self::Other,
        }
    }

    /// Whether it may be over by itself, or after someone did what [`advice`](Self::advice) says.
    pub(crate) fn is_passing(self) -> bool {
        matches!(self, Self::Gone | Self::Locked | Self::Full | Self::ReadOnly | Self::Disk | Self::Denied)
    }

    pub(crate) fn is_corruption(self) -> bool {
        matches!(self, Self::Constraint | Self::Damaged)
    }

    /// What to do.
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::Gone => "check that the database runs and can be reached",
            Self::Locked => "another process holds it: end that one, or wait until it is done",
            Self::Full => "the disk is full: make room",
            Self::ReadOnly => {
                "it can only be read: mount its disk and set its permissions so that it can be written"
            }
            Self::Disk => "check that its folder exists and its disk works",
            Self::Denied => "check the role, its password and what it may do",
            Self::Constraint | Self::Damaged => "the store must be rebuilt from the chain",
            Self::Other => "if it happens again, report it with this message",
        }
    }
}

fn database(error: &dyn DatabaseError) -> Trouble {
    if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
        return postgres(error.code());
    }
    let code = error.try_downcast_ref::<SqliteError>().and_then(|error| error.code()?.parse().ok());
    match error.kind() {
        // It has no code of its own; a role that may not see a table is told the same, but only by PostgreSQL.
        ErrorKind::Other if code == Some(1) && error.message().starts_with("no such ") => Trouble::Damaged,
        ErrorKind::Other => code.map_or(Trouble::Other, sqlite),
        _ => Trouble::Constraint,
    }
}

/// By <https://www.sqlite.org/rescode.html>; the low byte is the primary code.
fn sqlite(code: u32) -> Trouble {
    match code & 0xff {
        5 | 6 => Trouble::Locked,
        8 => Trouble::ReadOnly,
        10 | 14 => Trouble::Disk,
        11 | 26 => Trouble::Damaged,
        13 => Trouble::Full,
        19 => Trouble::Constraint,
        _ => Trouble::Other,
    }
}

/// By the classes of <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn postgres(code: &str) -> Trouble {
    match code {
        "25006" => Trouble::ReadOnly,
        "53100" => Trouble::Full,
        "40001" | "40P01" | "55P03" | "57014" => Trouble::Locked,
        "42501" => Trouble::Denied,
        "58030" => Trouble::Disk,
        // Others of this class are errors of the server, which say nothing of what is stored.
        "XX001" | "XX002" => Trouble::Damaged,
        _ => match code.get(..2) {
            Some("08" | "53" | "57") => Trouble::Gone,
            Some("23") => Trouble::Constraint,
            Some("28" | "3D" | "3F") => Trouble::Denied,
            _ => Trouble::Other,
        },
    }
}

fn io_error(error: &io::Error) -> Trouble {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Trouble::Full,
        io::ErrorKind::ReadOnlyFilesystem => Trouble::ReadOnly,
        io::ErrorKind::PermissionDenied => Trouble::Denied,
        _ => Trouble::Gone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        for code in ["08006", "57P01", "57P03", "53100", "53300", "25006", "55P03", "57014", "28P01"] {
            assert!(postgres(code).is_passing() && !postgres(code).is_corruption(), "{code}");
        }
        for code in ["23505", "23502", "XX001", "XX002"] {
            assert!(!postgres(code).is_passing() && postgres(code).is_corruption(), "{code}");
        }
        for code in [5, 517, 6, 8, 1032, 10, 778, 13, 14] {
            assert!(sqlite(code).is_passing() && !sqlite(code).is_corruption(), "{code}");
        }
        for code in [11, 26, 19, 2067] {
            assert!(!sqlite(code).is_passing() && sqlite(code).is_corruption(), "{code}");
        }
        // "tuple concurrently updated", "cache lookup failed".
        assert_eq!(postgres("XX000"), Trouble::Other);
        assert_eq!((postgres("42601"), sqlite(1)), (Trouble::Other, Trouble::Other));
    }
}
