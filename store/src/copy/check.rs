//! Checking an export without the store that it is of.

use super::error::CopyError;
use super::export::{FORMAT, Line};
use super::line::{Chain, EventLine};
use crate::verify::Progress;
use chorale_domain::id::{Hash32, sha256};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::io::BufRead;

/// After so many lines it says how far it is.
const OFTEN: i64 = 1_000;

/// What an export that is whole has in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exported {
    /// Rows of events.
    pub events: i64,
    /// Entities.
    pub entities: i64,
    /// The last event's hash, which is over all events.
    pub last_hash: Hash32,
    /// Of all lines but the last.
    pub sha256: Hash32,
}

/// Checks that an export is what was written: that it is whole, that the events are without a gap and chained by
/// their hashes, that every state has its checksum.
///
/// # Errors
/// [`CopyError::DamagedExport`] with the line, [`CopyError::Newer`] if a later version of Chorale wrote it,
/// [`CopyError::Stream`] if it cannot be read.
pub fn check_export(
    mut reader: impl BufRead,
    on_progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Exported, CopyError> {
    let (mut check, mut text) = (Check::default(), vec![]);
    loop {
        text.clear();
        reader.read_until(b'\n', &mut text)?;
        check.lines += 1;
        if text.is_empty() {
            return check.refuse("it ends here, before its last line: the export was interrupted");
        }
        match serde_json::from_slice(&text) {
            Ok(Line::End { events, entities, sha256 }) => {
                let sha256 = check.end((events, entities), sha256)?;
                return Ok(Exported { events, entities, last_hash: check.chain.hash, sha256 });
            }
            Ok(line) => check.take(line, on_progress)?,
            Err(error) => return check.refuse(&error.to_string()),
        }
        check.hasher.update(&text);
    }
}

struct Check {
    lines: u64,
    hasher: Sha256,
    chain: Chain,
    /// Where the events should end, once the header was read.
    end: Option<Chain>,
    /// The key of the entity before.
    key: String,
    entities: i64,
}

impl Default for Check {
    fn default() -> Self {
        Self {
            lines: 0,
            hasher: Sha256::new(),
            chain: Chain::BEGINNING,
            end: None,
            key: String::new(),
            entities: 0,
        }
    }
}

impl Check {
    fn take(&mut self, line: Line, on_progress: &mut (dyn FnMut(Progress) + Send)) -> Result<(), CopyError> {
        match (line, self.end) {
            (Line::Header { format, .. }, None) if format > FORMAT => {
                Err(CopyError::Newer { what: "the export".into(), found: format, known: FORMAT })
            }
            (Line::Header { last_sequence, last_hash, .. }, None) => {
                self.end = Some(Chain { sequence: last_sequence, hash: last_hash });
                Ok(())
            }
            (Line::Event { event, .. }, Some(end)) if self.entities == 0 => {
                self.event(*event)?;
                let (done, total) = (self.chain.sequence, end.sequence);
                if done % OFTEN == 0 || done == total {
                    on_progress(Progress { table: "event_store", done, total });
                }
                Ok(())
            }
            (Line::Entity { key, checksum, state, .. }, Some(_)) => self.entity(key, checksum, &state),
            _ => self.refuse("it is not where such a line can be"),
        }
    }

    fn event(&mut self, event: EventLine) -> Result<(), CopyError> {
        match event.into_row() {
            Ok((row, hash)) => self.chain.follow(&row, hash).or_else(|reason| self.refuse(&reason)),
            Err(error) => self.refuse(&error.to_string()),
        }
    }

    fn entity(&mut self, key: String, checksum: Hash32, state: &Value) -> Result<(), CopyError> {
        if key <= self.key {
            return self.refuse("its key is not after the one before");
        }
        let canonical = serde_jcs::to_string(state).unwrap_or_default();
        if Hash32(sha256(&[canonical.as_bytes()])) != checksum {
            return self.refuse("its checksum is not that of its state");
        }
        self.key = key;
        self.entities += 1;
        Ok(())
    }

    /// Checks the last line, and gives the SHA-256 of those before.
    fn end(&mut self, counted: (i64, i64), stored: Hash32) -> Result<Hash32, CopyError> {
        let found = Hash32(self.hasher.clone().finalize().into());
        if self.end != Some(self.chain) || counted != (self.chain.sequence, self.entities) {
            return self.refuse("lines before it are missing");
        }
        if found != stored {
            return self.refuse("its SHA-256 is not that of the lines before it");
        }
        Ok(found)
    }

    fn refuse<T>(&self, reason: &str) -> Result<T, CopyError> {
        Err(CopyError::DamagedExport { line: self.lines, reason: reason.into() })
    }
}
