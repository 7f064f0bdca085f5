//! What is examined with: read once, before anything else.

use crate::database::Transaction;
use crate::error::StoreError;
use crate::position::FINALIZED;
use sqlx::Row as _;
use std::collections::HashMap;

/// A row of `unfinalized`.
pub(crate) struct Unfinalized {
    pub slot: i64,
    pub failed: i64,
}

/// What decides how settled events are, and which are applied. All of it is small.
pub(crate) struct Context {
    /// Slot of the newest final transaction.
    finalized: Option<i64>,
    /// The transactions that a fork may still drop.
    unfinalized: HashMap<String, Unfinalized>,
    /// Threads that are stopped, each with the last event that was applied to it.
    stopped: HashMap<String, i64>,
}

impl Context {
    pub(crate) async fn load(tx: &mut Transaction) -> Result<Self, StoreError> {
        const POSITION: &str = "SELECT value FROM positions WHERE name = $1";
        let finalized = sqlx::query(POSITION).bind(FINALIZED).fetch_optional(&mut **tx).await?;
        let finalized = finalized.map(|row| row.try_get("value")).transpose()?;
        let rows =
            sqlx::query("SELECT signature, slot, failed FROM unfinalized").fetch_all(&mut **tx).await?;
        let unfinalized = rows.iter().map(|row| {
            let listed = Unfinalized { slot: row.try_get("slot")?, failed: row.try_get("failed")? };
            Ok((row.try_get("signature")?, listed))
        });
        let unfinalized = unfinalized.collect::<Result<_, sqlx::Error>>()?;
        let rows = sqlx::query("SELECT thread, event_sequence FROM stopped_threads").fetch_all(&mut **tx);
        let rows = rows.await?;
        let stopped = rows.iter().map(|row| Ok((row.try_get("thread")?, row.try_get("event_sequence")?)));
        Ok(Self { finalized, unfinalized, stopped: stopped.collect::<Result<_, sqlx::Error>>()? })
    }

    /// A transaction that a fork may still drop.
    pub(crate) fn unfinalized(&self, signature: &str) -> Option<&Unfinalized> {
        self.unfinalized.get(signature)
    }

    /// Whether an event of a thread was kept without being applied.
    pub(crate) fn is_stopped(&self, thread: Option<&str>, sequence: i64) -> bool {
        thread.and_then(|thread| self.stopped.get(thread)).is_some_and(|last| sequence > *last)
    }

    /// How settled an event must be that was not taken back. Two of three have to agree: what the row says, the list
    /// of what is not final, and the slot up to which everything is.
    pub(crate) fn commitment(&self, signature: &str, slot: i64, stored: &str) -> &'static str {
        let by_list = if self.unfinalized.contains_key(signature) { "confirmed" } else { "finalized" };
        let by_slot = match self.finalized {
            Some(finalized) if slot < finalized => "finalized",
            Some(finalized) if slot == finalized => by_list,
            _ => "confirmed",
        };
        if stored == by_list { by_list } else { by_slot }
    }
}
