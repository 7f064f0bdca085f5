//! Threads whose derived state is not what the chain says.
//!
//! Events of a stopped thread are kept, but its states stay as they are until the store is rebuilt. Only the
//! treasury follows such events, by the total each of them carries.

use crate::Writer;
use crate::database::Transaction;
use crate::error::StoreError;
use crate::event::last_row;
use crate::incident::{Incident, record};
use chorale_domain::event::Event;
use chorale_domain::id::ThreadId;
use chorale_domain::state::{Entity, EntityKey, Treasury};
use chorale_domain::transition::{Change, Transition, TransitionError};
use sqlx::Row as _;
use std::collections::HashSet;

/// Why a thread is stopped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stopped {
    /// The thread.
    pub thread: ThreadId,
    /// Which of its entities differs.
    pub entity: EntityKey,
    /// How.
    pub reason: String,
    /// What follows from the events, as far as there is a state.
    pub derived: Option<Entity>,
    /// What the chain says, as far as it is known.
    pub on_chain: Option<Entity>,
}

impl Writer {
    /// Stops a thread after the last event that is in, and keeps the difference as an incident. A thread that is
    /// stopped already stays as it is.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn stop_thread(&self, stopped: Stopped) -> Result<(), StoreError> {
        self.bounded(async {
            let mut tx = self.begin().await?;
            let (last, _) = last_row(&mut tx).await?;
            stop(&mut tx, &stopped, last, self.now()).await?;
            Ok(tx.commit().await?)
        })
        .await
    }
}

/// Stops a thread after the event `after`.
pub(crate) async fn stop(
    tx: &mut Transaction,
    stopped: &Stopped,
    after: i64,
    now: i64,
) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO stopped_threads (thread, event_sequence, entity_id, reason, derived, on_chain, \
         recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (thread) DO NOTHING";
    let json = |entity: &Option<Entity>| entity.as_ref().map(Entity::canonical_json);
    let query = sqlx::query(INSERT)
        .bind(stopped.thread.to_string())
        .bind(after)
        .bind(stopped.entity.to_string())
        .bind(&stopped.reason)
        .bind(json(&stopped.derived))
        .bind(json(&stopped.on_chain))
        .bind(now);
    if query.execute(&mut **tx).await?.rows_affected() == 0 {
        return Ok(());
    }
    record(tx, &incident(stopped), now).await
}

fn incident(stopped: &Stopped) -> Incident {
    let shown = |entity: &Option<Entity>| entity.as_ref().map_or("nothing".into(), Entity::canonical_json);
    Incident {
        kind: "difference".into(),
        subject: stopped.entity.to_string(),
        detail: format!(
            "{}; derived: {}; on chain: {}; thread {} is stopped until a rebuild",
            stopped.reason,
            shown(&stopped.derived),
            shown(&stopped.on_chain),
            stopped.thread
        ),
        repair: None,
    }
}

/// The threads that are stopped.
pub(crate) async fn threads(tx: &mut Transaction) -> Result<HashSet<ThreadId>, StoreError> {
    let rows = sqlx::query("SELECT thread FROM stopped_threads").fetch_all(&mut **tx).await?;
    let thread = |text: &str| text.parse().map_err(|e| StoreError::corrupt("stopped_threads", &text, &e));
    rows.iter().map(|row| thread(row.try_get("thread")?)).collect()
}

/// Which entity an event contradicts.
pub(crate) fn subject(error: &TransitionError) -> EntityKey {
    match error {
        TransitionError::Missing(key)
        | TransitionError::Exists(key)
        | TransitionError::Differs { key, .. }
        | TransitionError::Contradiction { key, .. }
        | TransitionError::OutOfRange { key, .. } => *key,
    }
}

/// What an event of a stopped thread does: nothing but to move the treasury.
///
/// # Errors
/// [`TransitionError`] if the treasury was not what the event found it to be.
pub(crate) fn plan(event: &Event, treasury: Option<&Entity>) -> Result<Transition, TransitionError> {
    let key = EntityKey::Treasury;
    let (Some(before), Some(after)) = (event.treasury_before(), event.treasury_after()) else {
        return Ok(Transition::default());
    };
    let Some(Entity::Treasury(found)) = treasury else {
        return Err(TransitionError::Missing(key));
    };
    if found.balance != before {
        let (expected, actual) = (before.0, found.balance.0);
        return Err(TransitionError::Differs { key, field: "balance", expected, actual });
    }
    let change =
        Change { key, before: treasury.cloned(), after: Entity::Treasury(Treasury { balance: after }) };
    Ok(Transition::from_changes(if after == before { vec![] } else { vec![change] }))
}
