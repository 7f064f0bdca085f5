//! What the exit code says.

use anyhow::Error;
use chorale_indexer::compare::CompareError;
use chorale_store::StoreError;
use chorale_store::copy::CopyError;
use std::process::ExitCode;

/// Differences were found, or damage. A command line that is wrong is 2, as clap has it.
const FOUND: u8 = 1;
/// Whatever was asked could not be done, or could not be told.
const FAILED: u8 = 3;

/// For the help of the commands that look for differences or damage.
pub(crate) const CODES: &str = "\
Exit codes:
  0  done, and everything is as it should be
  1  differences or damage were found
  2  the command line is wrong
  3  it failed: nothing is known";

/// The code for an error that ended a command.
#[must_use]
pub fn code(error: &Error) -> ExitCode {
    ExitCode::from(number(error))
}

fn number(error: &Error) -> u8 {
    if error.chain().any(is_damage) { FOUND } else { FAILED }
}

/// Whether an error says that something which could be read is not what it should be.
fn is_damage(error: &(dyn std::error::Error + 'static)) -> bool {
    match error.downcast_ref::<CopyError>() {
        Some(CopyError::Store(error)) => is_damaged_store(error),
        Some(error) => matches!(
            error,
            CopyError::Damaged { .. } | CopyError::DamagedExport { .. } | CopyError::Differs { .. }
        ),
        None => match error.downcast_ref::<CompareError>() {
            Some(CompareError::Store(error)) => is_damaged_store(error),
            _ => error.downcast_ref::<StoreError>().is_some_and(is_damaged_store),
        },
    }
}

/// What cannot even be opened may be no store at all.
fn is_damaged_store(error: &StoreError) -> bool {
    error.is_corruption() && !matches!(error, StoreError::Open { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::{Context, anyhow};

    fn corrupt() -> StoreError {
        StoreError::Corrupt { table: "event_store", row: "9".into(), reason: "its hash".into() }
    }

    #[test]
    fn damage_is_told_from_failure_however_it_is_wrapped() {
        let damaged = CopyError::DamagedExport { line: 3, reason: "it ends here".into() };
        let damages: [Error; 4] = [
            corrupt().into(),
            CopyError::from(corrupt()).into(),
            CompareError::from(corrupt()).into(),
            Err::<(), _>(damaged).context("export.jsonl").unwrap_err(),
        ];
        for error in damages {
            assert_eq!(number(&error), FOUND, "{error:#}");
        }
        let missing = StoreError::Missing { store: "store.sqlite".into() };
        let failures: [Error; 3] =
            [missing.into(), CompareError::Behind { slot: 7 }.into(), anyhow!("the node does not answer")];
        for error in failures {
            assert_eq!(number(&error), FAILED, "{error:#}");
        }
    }
}
