//! Putting corrupt rows right again.
//!
//! A row is only ever replaced by one that something else vouches for: an event's by the chain of hashes, a version's
//! by its event and by a checksum or the version after it, a current state's by its history. No row is taken away that
//! something else speaks for. The chain of hashes never changes. Every repair is an incident, and so is every one that cannot be made.

mod cursor;
mod event;
mod rows;
mod state;
mod version;

use crate::Writer;
use crate::batch::IndexedTransaction;
use crate::database::Transaction;
use crate::error::StoreError;
use crate::incident::{self, Incident};
use crate::verify::Corrupt;
use crate::verify::finding::Place;
use chorale_domain::id::Signature;

/// What became of a corrupt row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Repair {
    /// There was nothing to repair any more.
    Sound,
    /// The current state is again the end of its history.
    FromHistory,
    /// The row is again what follows from the events.
    FromEvents,
    /// The event's row is again what the chain says.
    FromChain,
    /// Only the chain knows what it said: fetch this transaction for [`Writer::repair_event`].
    NeedsChain {
        /// The transaction.
        signature: Signature,
    },
    /// It stays as it is: something else has to be repaired first, or is what is really wrong. A later look tells.
    Left {
        /// Why.
        reason: String,
    },
    /// It cannot be known what it said: the store has to be rebuilt.
    Impossible {
        /// Why.
        reason: String,
    },
}

impl Repair {
    /// What the row was repaired from, in a word; `None` if it was not.
    #[must_use]
    pub fn source(&self) -> Option<&'static str> {
        match self {
            Self::FromHistory => Some("history"),
            Self::FromEvents => Some("events"),
            Self::FromChain => Some("chain"),
            Self::Sound | Self::NeedsChain { .. } | Self::Left { .. } | Self::Impossible { .. } => None,
        }
    }

    fn left(reason: &str) -> Self {
        Self::Left { reason: reason.into() }
    }

    fn impossible(reason: &str) -> Self {
        Self::Impossible { reason: reason.into() }
    }
}

impl Writer {
    /// Repairs a row that [`scrub`](Self::scrub) found, as far as the store itself can tell what it said. Examines it
    /// again first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn repair(&self, corrupt: &Corrupt) -> Result<Repair, StoreError> {
        self.bounded(async {
            let mut tx = self.begin().await?;
            let repair = repair(&mut tx, corrupt, self.now()).await?;
            record(&mut tx, corrupt.table, &corrupt.row, &corrupt.to_string(), &repair, self.now()).await?;
            self.forget();
            tx.commit().await?;
            Ok(repair)
        })
        .await
    }

    /// Repairs an event's row from its transaction, as the chain gives it, if that has the hash that the store knows.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn repair_event(
        &self,
        sequence: i64,
        transaction: &IndexedTransaction,
    ) -> Result<Repair, StoreError> {
        self.bounded(async {
            let mut tx = self.begin().await?;
            let repair = event::from_chain(&mut tx, sequence, transaction, self.now()).await?;
            let (row, detail) = (sequence.to_string(), format!("transaction {}", transaction.signature));
            record(&mut tx, "event_store", &row, &detail, &repair, self.now()).await?;
            self.forget();
            tx.commit().await?;
            Ok(repair)
        })
        .await
    }
}

async fn repair(tx: &mut Transaction, corrupt: &Corrupt, now: i64) -> Result<Repair, StoreError> {
    match &corrupt.place {
        Place::Event(sequence) => event::from_store(tx, *sequence, now).await,
        Place::Version(id, version) => version::repair(tx, (id, *version), corrupt.event).await,
        Place::State(id) => state::repair(tx, id).await,
        Place::Unfinalized(_) | Place::Position(_) => cursor::repair(tx, &corrupt.place).await,
    }
}

/// Keeps what was done, or that nothing could be done, but that only once.
async fn record(
    tx: &mut Transaction,
    table: &str,
    row: &str,
    detail: &str,
    repair: &Repair,
    now: i64,
) -> Result<(), StoreError> {
    const KNOWN: &str =
        "SELECT 1 FROM incidents WHERE subject = $1 AND detail = $2 AND repair IS NULL LIMIT 1";
    if *repair == Repair::Sound {
        return Ok(());
    }
    let subject = format!("{table} row {row}");
    let detail = match repair {
        Repair::NeedsChain { signature } => {
            format!("{detail}; transaction {signature} is needed from the chain")
        }
        Repair::Left { reason } => format!("{detail}; left as it is: {reason}"),
        Repair::Impossible { reason } => format!("{detail}; {reason}: rebuild the store"),
        _ => detail.to_owned(),
    };
    if repair.source().is_none() {
        let query = sqlx::query(KNOWN).bind(&subject).bind(&detail);
        if query.fetch_optional(&mut **tx).await?.is_some() {
            return Ok(());
        }
    }
    let repair = repair.source().map(str::to_owned);
    incident::record(tx, &Incident { kind: "corruption".into(), subject, detail, repair }, now).await
}
