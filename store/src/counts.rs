//! How much there is.

use crate::Store;
use crate::error::StoreError;
use sqlx::Row as _;

/// How much there is in a store.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Rows of `event_store`: events, those taken back too, and retractions.
    pub events: i64,
    /// Events that still count.
    pub live_events: i64,
    /// Events that were taken back.
    pub retracted: i64,
    /// Entities that there are now.
    pub entities: i64,
    /// Transactions with something in them that could not be decoded.
    pub dead_letters: i64,
    /// Incidents.
    pub incidents: i64,
    /// Threads that are stopped.
    pub stopped: i64,
}

impl Store {
    /// Counts everything, as of one moment. Takes time that grows with the number of entities.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn counts(&self) -> Result<Counts, StoreError> {
        // Rows of `event_store` are numbered without a gap. A retraction takes one event back, and is none itself.
        const COUNTS: &str = "SELECT (SELECT COALESCE(MAX(sequence), 0) FROM event_store) AS events, \
             (SELECT COUNT(*) FROM event_store WHERE retracts IS NOT NULL) AS retracted, \
             (SELECT COUNT(*) FROM canonical_state) AS entities, \
             (SELECT COUNT(*) FROM dead_letters) AS dead_letters, \
             (SELECT COUNT(*) FROM incidents) AS incidents, \
             (SELECT COUNT(*) FROM stopped_threads) AS stopped";
        let row = sqlx::query(COUNTS).fetch_one(self.database.reader()).await?;
        let (events, retracted): (i64, i64) = (row.try_get("events")?, row.try_get("retracted")?);
        Ok(Counts {
            events,
            live_events: events - 2 * retracted,
            retracted,
            entities: row.try_get("entities")?,
            dead_letters: row.try_get("dead_letters")?,
            incidents: row.try_get("incidents")?,
            stopped: row.try_get("stopped")?,
        })
    }
}
