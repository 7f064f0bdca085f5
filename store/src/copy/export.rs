//! A store as JSON lines that anyone can read and check.
//!
//! The first line is the header, then comes every event by number, then every entity as it is now by the text of its
//! key, and last a line with how many there were and the SHA-256 of all lines before it. Hashes of events are as in
//! `chain.rs`; checksums of entities are over the canonical JSON (RFC 8785) of their state.

use super::backup::{follow, hashed};
use super::error::CopyError;
use super::line::{Chain, EventLine};
use super::manifest::schema;
use crate::database::{Row, Transaction};
use crate::entity::versioned;
use crate::error::StoreError;
use crate::event::last_row;
use crate::verify::Progress;
use crate::{HANDSHAKE, Store, verify};
use chorale_domain::id::Hash32;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sqlx::Row as _;
use std::io::Write;

/// The format that is written, and the last one that is known.
pub(super) const FORMAT: i64 = 1;

/// Rows that are held at a time.
const PAGE: i64 = 1_000;

/// A line, but for the last.
#[derive(Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub(super) enum Line {
    Header {
        format: i64,
        schema: i64,
        handshake: String,
        last_sequence: i64,
        last_hash: Hash32,
    },
    Event {
        commitment: String,
        event: Box<EventLine>,
    },
    Entity {
        key: String,
        version: i64,
        checksum: Hash32,
        state: Value,
    },
    /// The last line.
    End {
        events: i64,
        entities: i64,
        /// Of the lines before.
        sha256: Hash32,
    },
}

/// Writes all of a store, as of the moment it begins. What it writes is whole: events are without a gap and chained by
/// their hashes, every state has its checksum. Holds a page of rows in memory; blocks its thread while it writes.
///
/// # Errors
/// [`CopyError::Stream`] if `writer` fails, [`CopyError::Store`] if the store fails or is corrupt.
pub async fn export(
    store: &Store,
    writer: impl Write + Send,
    on_progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), CopyError> {
    let mut tx = store.database.read().await?;
    let mut output = Output { writer, hasher: Sha256::new() };
    let (last_sequence, last_hash) = last_row(&mut tx).await?;
    let schema = schema(&mut tx).await?;
    let handshake = HANDSHAKE.into();
    output.line(&Line::Header { format: FORMAT, schema, handshake, last_sequence, last_hash })?;
    let events = events(&mut tx, &mut output, last_sequence, on_progress).await?;
    let entities = entities(&mut tx, &mut output, on_progress).await?;
    let sha256 = Hash32(output.hasher.clone().finalize().into());
    output.line(&Line::End { events, entities, sha256 })?;
    Ok(output.writer.flush()?)
}

/// Writes lines, and hashes them on the way.
struct Output<W> {
    writer: W,
    hasher: Sha256,
}

impl<W: Write> Output<W> {
    fn line(&mut self, line: &Line) -> Result<(), CopyError> {
        let mut text = serde_json::to_vec(line).map_err(std::io::Error::from)?;
        text.push(b'\n');
        self.hasher.update(&text);
        Ok(self.writer.write_all(&text)?)
    }
}

async fn events(
    tx: &mut Transaction,
    output: &mut Output<impl Write>,
    total: i64,
    on_progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<i64, CopyError> {
    const EVENTS: &str = "SELECT * FROM event_store WHERE sequence > $1 ORDER BY sequence LIMIT $2";
    let mut chain = Chain::BEGINNING;
    loop {
        let rows = sqlx::query(EVENTS).bind(chain.sequence).bind(PAGE).fetch_all(&mut **tx).await;
        let rows = rows.map_err(StoreError::from)?;
        for row in &rows {
            output.line(&event(row, &mut chain)?)?;
        }
        if rows.is_empty() {
            return Ok(chain.sequence);
        }
        on_progress(Progress { table: "event_store", done: chain.sequence, total });
    }
}

/// The line of a row, which must follow `previous`.
fn event(row: &Row, previous: &mut Chain) -> Result<Line, StoreError> {
    let commitment = row.try_get("commitment")?;
    let (row, hash) = hashed(row)?;
    follow(previous, &row, hash)?;
    let sequence = row.sequence;
    let event = EventLine::of(row, hash);
    let event = event.map_err(|error| StoreError::corrupt("event_store", &sequence, &error))?;
    Ok(Line::Event { commitment, event: Box::new(event) })
}

async fn entities(
    tx: &mut Transaction,
    output: &mut Output<impl Write>,
    on_progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<i64, CopyError> {
    const STATES: &str = "SELECT entity_id, state_version, state_data, checksum FROM canonical_state \
         WHERE entity_id > $1 ORDER BY entity_id LIMIT $2";
    let (mut done, mut last, total) = (0, String::new(), verify::states(tx).await?);
    loop {
        let rows = sqlx::query(STATES).bind(&last).bind(PAGE).fetch_all(&mut **tx).await;
        let rows = rows.map_err(StoreError::from)?;
        for row in &rows {
            let line = entity(row)?;
            if let Line::Entity { key, .. } = &line {
                last.clone_from(key);
            }
            output.line(&line)?;
            done += 1;
        }
        if rows.is_empty() {
            return Ok(done);
        }
        on_progress(Progress { table: "canonical_state", done, total });
    }
}

fn entity(row: &Row) -> Result<Line, StoreError> {
    let found = versioned(row)?;
    let state = serde_json::to_value(&found.entity);
    let state = state.map_err(|error| StoreError::corrupt("canonical_state", &found.key, &error))?;
    Ok(Line::Entity { key: found.key.to_string(), version: found.version, checksum: found.checksum, state })
}
