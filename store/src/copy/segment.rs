//! A file with events that follow each other.

use super::error::CopyError;
use super::file;
use super::line::{Chain, EventLine};
use crate::chain::EventRow;
use chorale_domain::id::{Hash32, sha256};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::{fs, io};

/// What whoever adds to a backup can do about a file that is damaged.
const ANEW: &str = "take it from another copy of the backup, or back up to a new folder";

/// What the manifest says of a segment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub(super) struct Segment {
    /// Its name in the folder.
    pub file: String,
    /// Its first event.
    pub first: i64,
    /// Its last event.
    pub last: i64,
    /// The last event's hash.
    pub last_hash: Hash32,
    /// Of the file.
    pub sha256: Hash32,
    /// The file's length in bytes.
    pub length: u64,
    /// Whether it is full: then it is never written again.
    pub settled: bool,
    /// Whether its last transaction ends with it.
    pub whole: bool,
    /// The retractions in it, each with the event that it takes back.
    pub retractions: Vec<(i64, i64)>,
}

/// Rows to be written as a segment.
pub(super) struct Rows {
    pub rows: Vec<(EventRow, Hash32)>,
    pub settled: bool,
    pub whole: bool,
}

impl Segment {
    /// A full one is called by its number, another one also by its last event: it stays until the manifest names the
    /// one that takes its place.
    pub(super) fn name(number: usize, settled: bool, last: i64) -> String {
        let tail = if settled { String::new() } else { format!("-to-{last:08}") };
        format!("events-{number:08}{tail}.jsonl")
    }

    /// Writes rows as the segment `number`, after `previous`.
    pub(super) fn write(
        folder: &Path,
        number: usize,
        previous: Chain,
        rows: Rows,
    ) -> Result<Self, CopyError> {
        let (mut segment, mut text) = (Self::empty(previous, &rows), String::new());
        for (row, hash) in rows.rows {
            segment.add(&row, hash);
            let sequence = row.sequence;
            let line = EventLine::of(row, hash).and_then(|line| serde_json::to_string(&line));
            text += &line.map_err(|error| CopyError::Event { sequence, reason: error.to_string() })?;
            text.push('\n');
        }
        segment.file = Self::name(number, segment.settled, segment.last);
        segment.sha256 = Hash32(sha256(&[text.as_bytes()]));
        segment.length = text.len() as u64;
        file::write(&folder.join(&segment.file), text.as_bytes())?;
        Ok(segment)
    }

    fn empty(previous: Chain, rows: &Rows) -> Self {
        Self {
            file: String::new(),
            first: previous.sequence + 1,
            last: previous.sequence,
            last_hash: previous.hash,
            sha256: Hash32::ZERO,
            length: 0,
            settled: rows.settled,
            whole: rows.whole,
            retractions: vec![],
        }
    }

    fn add(&mut self, row: &EventRow, hash: Hash32) {
        (self.last, self.last_hash) = (row.sequence, hash);
        self.retractions.extend(row.retracts.map(|retracted| (row.sequence, retracted)));
    }

    /// The last row's place in the chain.
    pub(super) fn end(&self) -> Chain {
        Chain { sequence: self.last, hash: self.last_hash }
    }

    /// Checks that the file is there and as long as what was written, without reading it.
    pub(super) fn glance(&self, folder: &Path) -> Result<(), CopyError> {
        let path = folder.join(&self.file);
        let damaged = |reason: &str| CopyError::Damaged {
            reason: reason.into(),
            advice: ANEW.into(),
            path: path.clone(),
        };
        match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(damaged("it is missing")),
            Err(error) => Err(CopyError::file(&path)(error)),
            Ok(found) if found.len() == self.length => Ok(()),
            Ok(_) => Err(damaged("its length is not the one in the manifest")),
        }
    }

    /// Checks that the file is the one that was written.
    pub(super) fn check(&self, folder: &Path) -> Result<(), CopyError> {
        self.bytes(folder).map(drop)
    }

    /// Reads the rows, which follow `previous`.
    pub(super) fn read(&self, folder: &Path, previous: Chain) -> Result<Vec<(EventRow, Hash32)>, CopyError> {
        let rows = rows(&self.bytes(folder)?, previous).map_err(|reason| self.damaged(folder, reason))?;
        match rows.last() {
            Some((row, hash)) if (row.sequence, *hash) == (self.last, self.last_hash) => Ok(rows),
            _ => Err(self.damaged(folder, format!("it does not end with event {}", self.last))),
        }
    }

    fn bytes(&self, folder: &Path) -> Result<Vec<u8>, CopyError> {
        let bytes = file::read(&folder.join(&self.file))?;
        let bytes = bytes.ok_or_else(|| self.damaged(folder, "it is missing".into()))?;
        if Hash32(sha256(&[&bytes])) != self.sha256 {
            return Err(self.damaged(folder, "its SHA-256 is not the one in the manifest".into()));
        }
        Ok(bytes)
    }

    fn damaged(&self, folder: &Path, reason: String) -> CopyError {
        let before = self.first - 1;
        let advice = if before == 0 {
            "take it from another copy of the backup".into()
        } else {
            format!(
                "take it from another copy of the backup, or restore up to the event before it with --through {before}"
            )
        };
        CopyError::Damaged { path: folder.join(&self.file), reason, advice }
    }
}

fn rows(bytes: &[u8], mut chain: Chain) -> Result<Vec<(EventRow, Hash32)>, String> {
    let lines = serde_json::Deserializer::from_slice(bytes).into_iter::<EventLine>();
    let rows = lines.map(|line| {
        let (row, hash) = line.and_then(EventLine::into_row).map_err(|error| error.to_string())?;
        chain.follow(&row, hash)?;
        Ok((row, hash))
    });
    rows.collect()
}
