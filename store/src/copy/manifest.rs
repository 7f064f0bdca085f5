//! What a backup consists of, and what does not follow from its events.

use super::error::CopyError;
use super::file;
use super::line::Chain;
use super::restore;
use super::segment::Segment;
use super::tables::{self, Columns};
use crate::database::Transaction;
use crate::error::StoreError;
use crate::event::last_row;
use crate::{HANDSHAKE, Store};
use chorale_domain::id::{Hash32, sha256};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row as _;
use std::io;
use std::path::Path;

/// The format that is written, and the last one that is known.
const FORMAT: i64 = 1;

/// Of a backup that is done.
const FINISHED: &str = "manifest.json";

/// Of one that is under way, or was interrupted: the segments that it need not write again.
const UNFINISHED: &str = "unfinished.json";

/// Positions that mean nothing in another store: how far the scrubber is, a walk whose backlog is not copied, since
/// the chain has it, and a restore that was never done to the end.
const OWN: [&str; 3] = ["scrub", "backfill", restore::UNFINISHED];

/// Describes a backup.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct Manifest {
    /// Of the backup.
    format: i64,
    /// Of the store that was backed up: its last migration.
    pub(super) schema: i64,
    handshake: String,
    /// The last event in the backup.
    pub last_sequence: i64,
    /// Its hash, which is over all events.
    pub last_hash: Hash32,
    pub(super) segments: Vec<Segment>,
    pub(super) positions: Vec<Columns>,
    pub(super) unfinalized: Vec<Columns>,
    pub(super) dead_letters: Vec<Columns>,
    pub(super) incidents: Vec<Columns>,
    pub(super) stopped: Vec<Columns>,
}

/// A manifest in its file: it can be told when it is damaged.
#[derive(Serialize, Deserialize)]
struct Sealed {
    /// Of the manifest's canonical JSON.
    sha256: Hash32,
    manifest: Value,
}

impl Manifest {
    /// Describes a store as of one moment, without any segments yet.
    pub(super) async fn describe(store: &Store) -> Result<Self, StoreError> {
        let mut tx = store.database.read().await?;
        let (last_sequence, last_hash) = last_row(&mut tx).await?;
        let mut positions = tables::read(&mut tx, &tables::POSITIONS).await?;
        positions.retain(|row| !OWN.contains(&tables::text(row, "name")));
        Ok(Self {
            format: FORMAT,
            schema: schema(&mut tx).await?,
            handshake: HANDSHAKE.into(),
            last_sequence,
            last_hash,
            segments: vec![],
            positions,
            unfinalized: tables::read(&mut tx, &tables::UNFINALIZED).await?,
            dead_letters: tables::read(&mut tx, &tables::DEAD_LETTERS).await?,
            incidents: tables::read(&mut tx, &tables::INCIDENTS).await?,
            stopped: tables::read(&mut tx, &tables::STOPPED).await?,
        })
    }

    /// Where the segments end.
    pub(super) fn end(&self) -> Chain {
        self.segments.last().map_or(Chain::BEGINNING, Segment::end)
    }

    /// What there is of this backup in a folder, done or interrupted.
    pub(super) fn earlier(folder: &Path) -> Result<Vec<Self>, CopyError> {
        let found = [find(&folder.join(FINISHED))?, find(&folder.join(UNFINISHED))?];
        Ok(found.into_iter().flatten().collect())
    }

    /// Reads the manifest of a finished backup.
    pub(super) fn load(folder: &Path) -> Result<Self, CopyError> {
        find(&folder.join(FINISHED))?.ok_or_else(|| CopyError::NoBackup(folder.into()))
    }

    /// Remembers the segments so far, in case that the backup is interrupted.
    pub(super) fn note(&self, folder: &Path) -> Result<(), CopyError> {
        self.save(&folder.join(UNFINISHED))
    }

    /// From now on the backup is this one. Removes what was of the one before only.
    pub(super) fn finish(&self, folder: &Path) -> Result<(), CopyError> {
        self.save(&folder.join(FINISHED))?;
        file::remove(&folder.join(UNFINISHED))?;
        let files: Vec<_> = self.segments.iter().map(|segment| &*segment.file).collect();
        file::tidy(folder, &files)
    }

    fn save(&self, path: &Path) -> Result<(), CopyError> {
        let manifest = serde_json::to_value(self).map_err(io::Error::from)?;
        let sealed = Sealed { sha256: seal(&manifest)?, manifest };
        let mut bytes = serde_json::to_vec_pretty(&sealed).map_err(io::Error::from)?;
        bytes.push(b'\n');
        file::write(path, &bytes)
    }
}

/// Reads a manifest, `None` if there is none.
fn find(path: &Path) -> Result<Option<Manifest>, CopyError> {
    let Some(bytes) = file::read(path)? else { return Ok(None) };
    let damaged = |reason: String| CopyError::Damaged {
        path: path.into(),
        reason,
        advice: "take it from another copy of the backup, or back up to a new folder".into(),
    };
    let sealed: Sealed = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
    sealed.check_format(path)?;
    sealed.open().map(Some).map_err(damaged)
}

impl Sealed {
    /// Said before anything else: nothing else may be as it is known here.
    fn check_format(&self, path: &Path) -> Result<(), CopyError> {
        match self.manifest.get("format").and_then(Value::as_i64) {
            Some(found) if found > FORMAT => {
                Err(CopyError::Newer { what: path.display().to_string(), found, known: FORMAT })
            }
            _ => Ok(()),
        }
    }

    fn open(self) -> Result<Manifest, String> {
        if seal(&self.manifest).map_err(|error| error.to_string())? != self.sha256 {
            return Err("its SHA-256 is not that of what it holds".into());
        }
        serde_json::from_value(self.manifest).map_err(|error| error.to_string())
    }
}

fn seal(manifest: &Value) -> Result<Hash32, io::Error> {
    Ok(Hash32(sha256(&[serde_jcs::to_string(manifest)?.as_bytes()])))
}

/// The last migration that a store has seen.
pub(super) async fn schema(tx: &mut Transaction) -> Result<i64, StoreError> {
    const SCHEMA: &str = "SELECT MAX(version) AS version FROM _sqlx_migrations";
    Ok(sqlx::query(SCHEMA).fetch_one(&mut **tx).await?.try_get("version")?)
}
