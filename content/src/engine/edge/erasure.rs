//! Erasing for good. A point that was replaced is no longer read, but its bytes stay in two places: the segment it
//! was in, until that is rebuilt, and the log, until that has moved on by two files. That takes from a second to a
//! minute, so it is done after the answer; a mark on disk remembers it over a crash, and in copies too.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use qdrant_edge::external::serde_json::json;
use qdrant_edge::external::uuid::Uuid;
use qdrant_edge::{
    PointOperations, PointStruct, PointStructPersisted, UpdateOperation, Vector, Vectors, WAL_PATH,
};

use super::shard::Shard;
use super::{settings, translate};
use crate::error::ContentError;
use crate::payload::Payload;
use crate::point::PointId;

/// A point that comes and goes: our points derive their ids from hashes, so none is this one.
const FILLER: qdrant_edge::PointId = qdrant_edge::PointId::Uuid(Uuid::nil());

/// Bytes of one entry that does nothing but fill the log.
const FILLER_BYTES: usize = 256 * 1024;

/// There from before an erasure until nothing is left of what was erased.
const MARK: &str = "erasing";

impl Shard {
    /// Puts a tombstone in the point's place.
    pub(super) fn bury(&self, id: PointId, payload: &Payload) -> Result<(), ContentError> {
        let point = translate::tombstone(id, payload)?;
        let _changes = self.changes();
        let mark = File::create(self.mark()).and_then(|mark| mark.sync_all());
        mark.map_err(ContentError::engine)?;
        self.erasures.fetch_add(1, Ordering::Relaxed);
        self.upsert(point)
    }

    fn mark(&self) -> PathBuf {
        self.qdrant().path().join(MARK)
    }

    /// How many erasures there had been when this was asked, if something may be left of them.
    pub(super) fn unfinished_erasures(&self) -> Option<u64> {
        let erasures = self.erasures.load(Ordering::Relaxed);
        self.mark().exists().then_some(erasures)
    }

    /// After the log was turned over: writes every segment anew in which anything was deleted, without it.
    pub(super) fn finish(&self, erasures: u64) -> Result<(), ContentError> {
        self.rebuild_all_littered()?;
        let _changes = self.changes();
        if self.erasures.load(Ordering::Relaxed) == erasures {
            fs::remove_file(self.mark()).map_err(ContentError::engine)?;
        }
        Ok(())
    }

    /// Fills the log until the files that are in it now are gone. Whoever reads meanwhile would see the filler: be
    /// alone. It also leaves a deleted point in the segment that is written to, which makes that one littered.
    pub(super) fn turn_over_log(&self) -> Result<(), ContentError> {
        let log = self.qdrant().path().join(WAL_PATH);
        // The next file may have been made ahead, or not yet: three more are two full ones in any case.
        let last = newest_file(&log)? + 3;
        while newest_file(&log)? < last {
            self.upsert(filler())?;
        }
        self.update(UpdateOperation::PointOperation(PointOperations::DeletePoints { ids: vec![FILLER] }))?;
        self.flush()
    }

    fn rebuild_all_littered(&self) -> Result<(), ContentError> {
        let _rebuild = self.rebuilds();
        let shard = self.qdrant();
        shard.set_optimizers_config(settings::rebuilding_all_littered()).map_err(ContentError::engine)?;
        let rebuilt = shard.optimize();
        shard.set_optimizers_config(settings::rebuilding()).map_err(ContentError::engine)?;
        rebuilt.map_err(ContentError::engine)?;
        self.flush()
    }

    fn upsert(&self, point: PointStructPersisted) -> Result<(), ContentError> {
        self.update(UpdateOperation::PointOperation(PointOperations::UpsertPoints(vec![point].into())))
    }
}

fn filler() -> PointStructPersisted {
    let none = Vectors::new_named(Vec::<(String, Vector)>::new());
    PointStruct::new(FILLER, none, json!({ "filler": "-".repeat(FILLER_BYTES) })).into()
}

/// The number of the file that is written to; each new one counts up.
fn newest_file(log: &Path) -> Result<u64, ContentError> {
    let files = fs::read_dir(log).map_err(ContentError::engine)?;
    let names = files.flatten().map(|file| file.file_name());
    let number = |name: &str| name.strip_prefix("open-")?.parse().ok();
    Ok(names.filter_map(|name| number(name.to_str()?)).max().unwrap_or(0))
}
