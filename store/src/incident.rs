//! What went wrong, and what was done about it.

use crate::Writer;
use crate::database::Transaction;
use crate::error::StoreError;
use sqlx::Row as _;

/// Something an operator should know of, kept for good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Incident {
    /// What sort of thing it is: `corruption`, `difference`, ...
    pub kind: String,
    /// The row or entity.
    pub subject: String,
    /// What is wrong with it.
    pub detail: String,
    /// What it was repaired from, `None` if it was not.
    pub repair: Option<String>,
}

impl Writer {
    /// Keeps an incident.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn record_incident(&self, incident: Incident) -> Result<(), StoreError> {
        self.bounded(async {
            let mut tx = self.begin().await?;
            record(&mut tx, &incident, self.now()).await?;
            Ok(tx.commit().await?)
        })
        .await
    }
}

/// Keeps an incident together with whatever else `tx` writes.
pub(crate) async fn record(tx: &mut Transaction, incident: &Incident, now: i64) -> Result<(), StoreError> {
    const LAST: &str = "SELECT number FROM incidents ORDER BY number DESC LIMIT 1";
    const INSERT: &str = "INSERT INTO incidents (number, kind, subject, detail, repair, recorded_at) \
         VALUES ($1, $2, $3, $4, $5, $6)";
    let last = sqlx::query(LAST).fetch_optional(&mut **tx).await?;
    let last: i64 = last.map(|row| row.try_get("number")).transpose()?.unwrap_or(0);
    let query = sqlx::query(INSERT)
        .bind(last + 1)
        .bind(&incident.kind)
        .bind(&incident.subject)
        .bind(&incident.detail)
        .bind(&incident.repair)
        .bind(now);
    query.execute(&mut **tx).await?;
    Ok(())
}
