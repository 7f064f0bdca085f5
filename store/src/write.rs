//! The statements that write, several rows to a statement. Those are not kept prepared: their text differs
//! with the number of rows.

use crate::HANDSHAKE;
use crate::batch::IndexedTransaction;
use crate::chain::slot_column;
use crate::database::{Db, MAX_BINDS, Transaction};
use crate::draft::{NewEvent, NewVersion};
use crate::entity::{ordinal, status};
use crate::error::StoreError;
use sqlx::QueryBuilder;

const CONFIRMED: &str = "confirmed";

/// Appends to `event_store`.
pub(crate) async fn events(tx: &mut Transaction, rows: &[NewEvent], now: i64) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO event_store (sequence, signature, instruction, inner_instruction, slot, \
         block_time, commitment, event_type, schema_version, event_data, thread, causation_id, correlation_id, \
         handshake, previous_hash, hash, recorded_at) ";
    for rows in rows.chunks(MAX_BINDS / 17) {
        let mut query = QueryBuilder::<Db>::new(INSERT);
        query.push_values(rows, |mut values, NewEvent { row, previous, hash }| {
            values.push_bind(row.sequence).push_bind(&row.signature);
            values.push_bind(row.instruction).push_bind(row.inner);
            values.push_bind(row.slot).push_bind(row.block_time);
            values.push_bind(CONFIRMED).push_bind(&row.event_type);
            values.push_bind(row.schema).push_bind(&row.data);
            values.push_bind(&row.thread).push_bind(&row.causation);
            values.push_bind(&row.correlation).push_bind(&row.handshake);
            values.push_bind(previous.to_string()).push_bind(hash.to_string());
            values.push_bind(now);
        });
        query.build().persistent(false).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Appends to `state_history`.
pub(crate) async fn history(tx: &mut Transaction, rows: &[NewVersion], now: i64) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO state_history (entity_id, state_version, state_data, checksum, \
         change_type, change_reason, changed_by, event_sequence, slot, changed_at) ";
    for rows in rows.chunks(MAX_BINDS / 10) {
        let mut query = QueryBuilder::<Db>::new(INSERT);
        query.push_values(rows, |mut values, row| {
            values.push_bind(row.key.to_string()).push_bind(row.version);
            values.push_bind(row.entity.canonical_json());
            values.push_bind(row.entity.checksum().to_string());
            values.push_bind(if row.version == 1 { "create" } else { "update" });
            values.push_bind(row.reason).push_bind(row.actor.to_string());
            values.push_bind(row.sequence).push_bind(row.slot).push_bind(now);
        });
        query.build().persistent(false).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Brings `canonical_state` to the new versions, comparing what is replaced with what was read.
pub(crate) async fn states(
    tx: &mut Transaction,
    rows: impl Iterator<Item = (i64, &NewVersion)>,
    now: i64,
) -> Result<(), StoreError> {
    for (stored, row) in rows {
        if state(tx, stored, row, now).await? != 1 {
            let key = row.key;
            return Err(StoreError::Conflict { key, version: stored });
        }
    }
    Ok(())
}

/// Writes one state and says how many rows that changed: none if another writer was faster.
async fn state(tx: &mut Transaction, stored: i64, row: &NewVersion, now: i64) -> Result<u64, StoreError> {
    const UPSERT: &str = "INSERT INTO canonical_state (entity_id, entity_type, thread, ordinal, status, state_version, \
         state_data, checksum, handshake, updated_by, event_sequence, slot, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13) \
         ON CONFLICT (entity_id) DO UPDATE SET ordinal = excluded.ordinal, status = excluded.status, \
         state_version = excluded.state_version, state_data = excluded.state_data, checksum = excluded.checksum, \
         updated_by = excluded.updated_by, event_sequence = excluded.event_sequence, slot = excluded.slot, \
         updated_at = excluded.updated_at WHERE canonical_state.state_version = $14";
    let query = sqlx::query(UPSERT)
        .bind(row.key.to_string())
        .bind(row.key.kind())
        .bind(row.key.thread().map(|thread| thread.to_string()))
        .bind(ordinal(&row.entity))
        .bind(status(&row.entity))
        .bind(row.version)
        .bind(row.entity.canonical_json())
        .bind(row.entity.checksum().to_string())
        .bind(HANDSHAKE)
        .bind(row.actor.to_string())
        .bind(row.sequence)
        .bind(row.slot)
        .bind(now)
        .bind(stored);
    Ok(query.execute(&mut **tx).await?.rows_affected())
}

/// Keeps what could not be decoded, each transaction once, and says how many were new.
pub(crate) async fn dead_letters(
    tx: &mut Transaction,
    transactions: &[IndexedTransaction],
    now: i64,
) -> Result<usize, StoreError> {
    const INSERT: &str = "INSERT INTO dead_letters (signature, slot, reason, recorded_at) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (signature) DO NOTHING";
    let mut new = 0;
    for transaction in transactions {
        let Some(reason) = &transaction.dead_letter else {
            continue;
        };
        let query = sqlx::query(INSERT)
            .bind(transaction.signature.to_string())
            .bind(slot_column(transaction.slot))
            .bind(reason)
            .bind(now);
        new += usize::from(query.execute(&mut **tx).await?.rows_affected() == 1);
    }
    Ok(new)
}
