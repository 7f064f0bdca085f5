//! What names a point.

use ::qdrant_client::qdrant::{PointId, point_id::PointIdOptions};
use tonic::Status;
use uuid::Uuid;

/// Ordered as Qdrant orders them: numbers first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Id {
    Number(u64),
    Uuid(Uuid),
}

impl Id {
    pub(super) fn given(id: Option<PointId>) -> Result<Self, Status> {
        match id.and_then(|id| id.point_id_options) {
            Some(PointIdOptions::Num(number)) => Ok(Self::Number(number)),
            Some(PointIdOptions::Uuid(uuid)) => {
                let unreadable = |_| Status::invalid_argument(format!("Unable to parse UUID: {uuid}"));
                uuid.parse().map(Self::Uuid).map_err(unreadable)
            }
            None => Err(Status::invalid_argument("No ID options provided")),
        }
    }
}

impl From<Id> for PointId {
    fn from(id: Id) -> Self {
        match id {
            Id::Number(number) => number.into(),
            Id::Uuid(uuid) => uuid.to_string().into(),
        }
    }
}
