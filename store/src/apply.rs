//! Writing a batch: worked out first, then written, in one transaction.

use crate::batch::{Applied, Batch};
use crate::draft::Draft;
use crate::error::StoreError;
use crate::{Store, position, write};

impl Store {
    /// Writes a batch and moves the indexer's cursor behind it, all or nothing. Events that are in already
    /// are passed over; a cursor older than the stored one does not move it back.
    ///
    /// Only the indexer calls this.
    ///
    /// # Errors
    /// [`StoreError::Transition`] if an event contradicts the state, [`StoreError::Conflict`] if another
    /// writer is at work, [`StoreError::Database`] if the database fails.
    pub async fn apply(&self, batch: Batch) -> Result<Applied, StoreError> {
        let now = (self.clock)();
        let mut tx = self.database.write().await?;
        let mut draft = Draft::begin(&mut tx).await?;
        for transaction in &batch.transactions {
            draft.take(&mut tx, transaction).await?;
        }
        write::events(&mut tx, &draft.events, now).await?;
        write::history(&mut tx, &draft.history, now).await?;
        write::states(&mut tx, draft.states(), now).await?;
        draft.applied.dead_letters = write::dead_letters(&mut tx, &batch.transactions, now).await?;
        position::move_index_cursor(&mut tx, &batch.cursor, now).await?;
        tx.commit().await?;
        self.announce(draft.applied.last_sequence);
        Ok(draft.applied)
    }

    fn announce(&self, sequence: i64) {
        self.committed.send_if_modified(|last| {
            let grown = sequence > *last;
            *last = sequence.max(*last);
            grown
        });
    }
}
