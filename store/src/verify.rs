//! Checking that every row is what was written, and what follows from the events.

mod changes;
mod context;
mod current;
mod cursors;
pub(crate) mod derive;
pub(crate) mod examination;
pub(crate) mod finding;
mod hole;
mod origin;
pub(crate) mod page;
mod quick;
mod replay;
pub(crate) mod row;
pub(crate) mod states;
pub(crate) mod witness;

pub use finding::{Corrupt, Finding};

use crate::Store;
use crate::database::Transaction;
use crate::error::StoreError;
use examination::{ENOUGH, Examination, PAGE};
use sqlx::Row as _;

/// How far an examination is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// The table: first `event_store`, with what follows from it in `state_history`, then `canonical_state`.
    pub table: &'static str,
    /// Its rows that are done.
    pub done: i64,
    /// Its rows.
    pub total: i64,
}

impl Store {
    /// Derives everything again from the events, as of one moment, and compares: the chain of hashes, how settled
    /// events are, every version of every entity, every current state, the indexer's cursors. Holds a page of events
    /// and the entities used last in memory, whatever the store's size. Stops early at thousands of findings.
    ///
    /// # Errors
    /// [`StoreError::Database`]. A row that is not what it should be is no error but a finding.
    pub async fn verify(
        &self,
        on_progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Vec<Finding>, StoreError> {
        let mut tx = self.database.read().await?;
        let mut examination = Examination::begin(&mut tx, i64::MIN).await?;
        all_events(&mut examination, &mut tx, on_progress).await?;
        examination.orphans(&mut tx, ENOUGH).await?;
        examination.cursors(&mut tx).await?;
        all_states(&mut examination, &mut tx, on_progress).await?;
        Ok(examination.findings.into_list())
    }
}

async fn all_events(
    examination: &mut Examination,
    tx: &mut Transaction,
    on_progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), StoreError> {
    let (mut after, total) = (i64::MIN, last_sequence(tx).await?);
    while examination.findings.len() < ENOUGH
        && let Some(done) = examination.events(tx, after, PAGE).await?
    {
        on_progress(Progress { table: "event_store", done, total });
        after = done;
    }
    Ok(())
}

async fn all_states(
    examination: &mut Examination,
    tx: &mut Transaction,
    on_progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), StoreError> {
    let (mut after, mut done, total) = (String::new(), 0, states(tx).await?);
    while examination.findings.len() < ENOUGH
        && let Some(last) = examination.current(tx, &after, PAGE).await?
    {
        done += i64::try_from(PAGE).unwrap_or(i64::MAX);
        on_progress(Progress { table: "canonical_state", done: done.min(total), total });
        after = last;
    }
    on_progress(Progress { table: "canonical_state", done: total, total });
    Ok(())
}

/// The last event's sequence.
pub(crate) async fn last_sequence(tx: &mut Transaction) -> Result<i64, StoreError> {
    const LAST: &str = "SELECT COALESCE(MAX(sequence), 0) AS last FROM event_store";
    Ok(sqlx::query(LAST).fetch_one(&mut **tx).await?.try_get("last")?)
}

/// How many entities there are.
pub(crate) async fn states(tx: &mut Transaction) -> Result<i64, StoreError> {
    const COUNT: &str = "SELECT COUNT(*) AS states FROM canonical_state";
    Ok(sqlx::query(COUNT).fetch_one(&mut **tx).await?.try_get("states")?)
}
