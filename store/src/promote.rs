//! Transactions that cannot be undone any more.

use crate::Writer;
use crate::error::StoreError;
use crate::unfinalized::Unfinalized;
use chorale_domain::id::Signature;

impl Writer {
    /// Everything that waits as unfinalized up to and with `through` is final. Says how many events that were.
    ///
    /// # Errors
    /// [`StoreError::Order`] if `through` does not wait, [`StoreError::Database`].
    pub async fn promote(&self, through: Signature) -> Result<usize, StoreError> {
        self.bounded(async {
            let mut tx = self.begin().await?;
            let mut unfinalized = Unfinalized::load(&mut tx).await?;
            let count = unfinalized.expect(through)? + 1;
            let events = unfinalized.finalize(&mut tx, count, self.now()).await?;
            tx.commit().await?;
            Ok(events)
        })
        .await
    }
}
