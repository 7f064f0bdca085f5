//! Copies of collections.

use super::memory::{Memory, Snapshot};
use ::qdrant_client::qdrant::{
    CreateSnapshotRequest, CreateSnapshotResponse, ListSnapshotsRequest, ListSnapshotsResponse,
    SnapshotDescription,
};
use tonic::Status;

pub(super) fn create(
    memory: &mut Memory,
    asked: CreateSnapshotRequest,
) -> Result<CreateSnapshotResponse, Status> {
    let of = asked.collection_name;
    let copy = memory.collection(&of)?.clone();
    let name = format!("{of}-{}.snapshot", memory.next());
    let made = Snapshot { of, copy };
    let snapshot_description = Some(description(&name, &made));
    memory.snapshots.insert(name, made);
    Ok(CreateSnapshotResponse { snapshot_description, ..Default::default() })
}

pub(super) fn list(
    memory: &mut Memory,
    ListSnapshotsRequest { collection_name }: ListSnapshotsRequest,
) -> Result<ListSnapshotsResponse, Status> {
    memory.collection(&collection_name)?;
    let made = memory.snapshots.iter().filter(|(_, made)| made.of == collection_name);
    let snapshot_descriptions = made.map(|(name, made)| description(name, made)).collect();
    Ok(ListSnapshotsResponse { snapshot_descriptions, ..Default::default() })
}

/// Its size is the number of points: there are no bytes to count.
fn description(name: &str, snapshot: &Snapshot) -> SnapshotDescription {
    let size = i64::try_from(snapshot.copy.points.len()).unwrap_or(i64::MAX);
    SnapshotDescription { name: name.to_owned(), size, ..Default::default() }
}
