//! The statements that write events and states.

use crate::HANDSHAKE;
use crate::batch::IndexedTransaction;
use crate::chain::{EventRow, slot_column};
use crate::database::Transaction;
use crate::error::StoreError;
use crate::statement::Rows;
use crate::version::{NewState, NewVersion};
use chorale_domain::id::Hash32;

/// A row of `event_store` with its place in the chain of hashes.
pub(crate) struct NewEvent {
    pub row: EventRow,
    pub commitment: &'static str,
    pub previous: Hash32,
    pub hash: Hash32,
}

/// Appends to `event_store`.
pub(crate) async fn events(tx: &mut Transaction, rows: &[NewEvent], now: i64) -> Result<(), StoreError> {
    static INSERT: Rows = Rows::new(
        "INSERT INTO event_store (sequence, signature, instruction, inner_instruction, slot, block_time, \
             commitment, event_type, schema_version, event_data, thread, causation_id, correlation_id, handshake, \
             retracts, previous_hash, hash, recorded_at) VALUES ",
        18,
        "",
    );
    let inserted = INSERT.run(tx, rows, |query, NewEvent { row, commitment, previous, hash }| {
        let query = query.bind(row.sequence).bind(&*row.signature).bind(row.instruction).bind(row.inner);
        let query = query.bind(row.slot).bind(row.block_time).bind(*commitment).bind(&*row.event_type);
        let query = query.bind(row.schema).bind(&*row.data).bind(row.thread.as_deref());
        let query = query.bind(row.causation.as_deref()).bind(&*row.correlation).bind(&*row.handshake);
        query.bind(row.retracts).bind(previous.to_string()).bind(hash.to_string()).bind(now)
    });
    inserted.await.map(drop)
}

/// Appends to `state_history`.
pub(crate) async fn history(tx: &mut Transaction, rows: &[NewVersion], now: i64) -> Result<(), StoreError> {
    static INSERT: Rows = Rows::new(
        "INSERT INTO state_history (entity_id, state_version, state_data, checksum, change_type, \
             change_reason, changed_by, live, event_sequence, slot, changed_at) VALUES ",
        11,
        "",
    );
    let inserted = INSERT.run(tx, rows, |query, row| {
        let (data, checksum) = row.state.as_ref().map(|state| (&*state.data, &*state.checksum)).unzip();
        let query = query.bind(&*row.id).bind(row.version).bind(data).bind(checksum);
        let query = query.bind(row.change_type).bind(&*row.reason).bind(&*row.actor);
        query.bind(i64::from(row.live)).bind(row.sequence).bind(row.slot).bind(now)
    });
    inserted.await.map(drop)
}

/// Brings `canonical_state` to the new versions, comparing what is replaced with what was read: each comes with the
/// version that it replaces, 0 for none.
pub(crate) async fn states(
    tx: &mut Transaction,
    rows: Vec<(i64, &NewVersion)>,
    now: i64,
) -> Result<(), StoreError> {
    let (mut new, mut changed, mut gone) = (vec![], vec![], vec![]);
    for (stored, version) in rows {
        match (&version.state, stored) {
            (Some(state), 0) => new.push((version, state)),
            (Some(state), stored) => changed.push((stored, version, state)),
            (None, stored) => gone.push((stored, version)),
        }
    }
    insert_states(tx, &new, now).await?;
    update_states(tx, &changed, now).await?;
    delete_states(tx, &gone).await
}

async fn insert_states(
    tx: &mut Transaction,
    rows: &[(&NewVersion, &NewState)],
    now: i64,
) -> Result<(), StoreError> {
    static INSERT: Rows = Rows::new(
        "INSERT INTO canonical_state (entity_id, entity_type, thread, ordinal, status, wallet, state_version, \
             state_data, checksum, handshake, updated_by, event_sequence, slot, created_at, updated_at) VALUES ",
        15,
        "",
    );
    let inserted = INSERT.run(tx, rows, |query, (row, state)| {
        let query = query.bind(&*row.id).bind(row.key.kind()).bind(row.thread());
        let query =
            query.bind(state.ordinal).bind(state.status).bind(state.wallet.as_deref()).bind(row.version);
        let query = query.bind(&*state.data).bind(&*state.checksum).bind(HANDSHAKE).bind(&*row.actor);
        query.bind(row.sequence).bind(row.slot).bind(now).bind(now)
    });
    inserted.await.map(drop)
}

async fn update_states(
    tx: &mut Transaction,
    rows: &[(i64, &NewVersion, &NewState)],
    now: i64,
) -> Result<(), StoreError> {
    static UPDATE: Rows = Rows::new(
        "UPDATE canonical_state SET ordinal = v.column3, status = v.column4, state_version = v.column5, \
             state_data = v.column6, checksum = v.column7, updated_by = v.column8, event_sequence = v.column9, \
             slot = v.column10, updated_at = v.column11, wallet = v.column12 FROM (VALUES ",
        12,
        ") AS v WHERE canonical_state.entity_id = v.column1 AND canonical_state.state_version = v.column2",
    );
    let updated = UPDATE.run(tx, rows, |query, (stored, row, state)| {
        let query = query.bind(&*row.id).bind(*stored).bind(state.ordinal).bind(state.status);
        let query = query.bind(row.version).bind(&*state.data).bind(&*state.checksum).bind(&*row.actor);
        query.bind(row.sequence).bind(row.slot).bind(now).bind(state.wallet.as_deref())
    });
    if updated.await? == rows.len() as u64 {
        return Ok(());
    }
    let read = rows.iter().map(|(stored, row, _)| format!("{} was at version {stored}", row.id));
    Err(conflict(&read.collect::<Vec<_>>()))
}

async fn delete_states(tx: &mut Transaction, rows: &[(i64, &NewVersion)]) -> Result<(), StoreError> {
    const DELETE: &str = "DELETE FROM canonical_state WHERE entity_id = $1 AND state_version = $2";
    for (stored, row) in rows {
        let query = sqlx::query(DELETE).bind(&*row.id).bind(stored);
        if query.execute(&mut **tx).await?.rows_affected() != 1 {
            return Err(conflict(&[format!("{} was at version {stored}", row.id)]));
        }
    }
    Ok(())
}

/// Which of many it was, the engines do not say.
fn conflict(read: &[String]) -> StoreError {
    const SHOWN: usize = 3;
    let more = if read.len() > SHOWN { ", ..." } else { "" };
    let shown = read[..read.len().min(SHOWN)].join(", ");
    StoreError::Conflict { what: format!("a state is no longer as it was read ({shown}{more})") }
}

/// Keeps what could not be decoded, each transaction once, and says how many were new.
pub(crate) async fn dead_letters(
    tx: &mut Transaction,
    transactions: &[IndexedTransaction],
    now: i64,
) -> Result<usize, StoreError> {
    static INSERT: Rows = Rows::new(
        "INSERT INTO dead_letters (signature, slot, reason, recorded_at) VALUES ",
        4,
        " ON CONFLICT (signature) DO NOTHING",
    );
    let letters = transactions.iter().filter_map(|t| Some((t, t.dead_letter.as_deref()?)));
    let letters: Vec<_> = letters.collect();
    let inserted = INSERT.run(tx, &letters, |query, (transaction, reason)| {
        query
            .bind(transaction.signature.to_string())
            .bind(slot_column(transaction.slot))
            .bind(*reason)
            .bind(now)
    });
    Ok(usize::try_from(inserted.await?).unwrap_or(usize::MAX))
}
