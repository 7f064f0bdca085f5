//! Taking transactions back that a fork dropped.

mod draft;
mod recorded;

use crate::Writer;
use crate::chain::EventRow;
use crate::database::Transaction;
use crate::error::StoreError;
use crate::unfinalized::Unfinalized;
use crate::{statement, write};
use chorale_domain::id::Signature;
use draft::Draft;
use recorded::Recorded;

/// The events of the transactions named by what follows, as far as they count. The second condition is that of the
/// index on signatures.
const LIVE: &str = "commitment <> 'retracted' AND signature IN ";

impl Writer {
    /// Takes back `from` and everything after it that waits as unfinalized, newest first, each event by the exact
    /// inverse of what it did: every entity is again as it was, at a new version. Says how many events that were.
    ///
    /// # Errors
    /// [`StoreError::Order`] if `from` does not wait, [`StoreError::Corrupt`] if the state is not what the events left,
    /// [`StoreError::Database`].
    pub async fn retract(&self, from: Signature) -> Result<usize, StoreError> {
        let (events, last) = self.bounded(self.take_back(from)).await?;
        self.announce(last);
        Ok(events)
    }

    async fn take_back(&self, from: Signature) -> Result<(usize, i64), StoreError> {
        let now = self.now();
        let mut tx = self.begin().await?;
        let mut unfinalized = Unfinalized::load(&mut tx).await?;
        let dropped = unfinalized.waiting.split_off(unfinalized.expect(from)?);
        let signatures: Vec<_> = dropped.iter().map(|(_, listed)| listed.signature.to_string()).collect();
        let draft = draft(&mut tx, &signatures).await?;
        mark(&mut tx, &signatures).await?;
        write::events(&mut tx, &draft.events, now).await?;
        write::history(&mut tx, &draft.history, now).await?;
        write::states(&mut tx, draft.states(), now).await?;
        forget(&mut tx, dropped[0].0, &signatures).await?;
        unfinalized.put_newest(&mut tx, now).await?;
        tx.commit().await?;
        Ok((draft.events.len(), draft.last_sequence))
    }
}

/// Works out what takes the transactions back.
async fn draft(tx: &mut Transaction, signatures: &[String]) -> Result<Draft, StoreError> {
    let statement = format!("SELECT * FROM event_store WHERE {LIVE}");
    let rows = statement::find(tx, (&statement, ""), signatures).await?;
    let mut rows = rows.iter().map(EventRow::read).collect::<Result<Vec<_>, _>>()?;
    rows.sort_by_key(|row| std::cmp::Reverse(row.sequence));
    let mut recorded = Recorded::load(tx, signatures).await?;
    let mut draft = Draft::begin(tx, recorded.keys()).await?;
    for row in rows {
        let changes = recorded.take(row.sequence);
        draft.take(&row, changes)?;
    }
    Ok(draft)
}

/// Marks the events and what they changed: no slot has them any more.
async fn mark(tx: &mut Transaction, signatures: &[String]) -> Result<(), StoreError> {
    let before = format!(
        "UPDATE state_history SET live = 0 WHERE live = 1 AND event_sequence IN \
         (SELECT sequence FROM event_store WHERE {LIVE}"
    );
    statement::change(tx, (&before, ")"), signatures).await?;
    let before = format!("UPDATE event_store SET commitment = 'retracted' WHERE {LIVE}");
    statement::change(tx, (&before, ""), signatures).await?;
    Ok(())
}

/// Forgets the transactions themselves, from `place` on.
async fn forget(tx: &mut Transaction, place: i64, signatures: &[String]) -> Result<(), StoreError> {
    statement::change(tx, ("DELETE FROM dead_letters WHERE signature IN ", ""), signatures).await?;
    sqlx::query("DELETE FROM unfinalized WHERE place >= $1").bind(place).execute(&mut **tx).await?;
    Ok(())
}
