//! The frames that move a room's state on.

use chorale_domain::event::ChainEvent;
use chorale_wire::socket::{Commitment, Mark, RemovedEntity, Room, ServerFrame, VersionedEntity};

/// The fields of a server's `event` frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventFrame {
    /// Which room.
    pub room: Room,
    /// Global sequence of the event, with its tag.
    pub mark: Mark,
    /// Nothing happened in this room between this cursor and the frame's.
    pub previous: i64,
    /// How settled it is.
    pub commitment: Commitment,
    /// What happened, where.
    pub event: ChainEvent,
    /// The room's entities that changed, after the event.
    pub changes: Vec<VersionedEntity>,
    /// What is the room's no longer: a proposal in a wallet's room whose content another proposed anew.
    pub removed: Vec<RemovedEntity>,
}

/// The fields of a server's `retracted` frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RetractionFrame {
    /// Which room.
    pub room: Room,
    /// Global sequence of the retraction, with its tag.
    pub mark: Mark,
    /// Nothing happened in this room between this cursor and the frame's.
    pub previous: i64,
    /// Global sequence of the event that is taken back.
    pub retracts: i64,
    /// What did not happen after all.
    pub event: ChainEvent,
    /// The room's entities that the event had changed, before it.
    pub restored: Vec<VersionedEntity>,
    /// The room's entities that the event had created.
    pub removed: Vec<RemovedEntity>,
}

/// What moves a room's state on.
#[derive(Clone)]
pub(crate) enum Delta {
    Event(EventFrame),
    Retraction(RetractionFrame),
}

impl Delta {
    /// `None` for frames of other kinds.
    pub(crate) fn of(frame: ServerFrame) -> Option<Self> {
        match frame {
            ServerFrame::Event { room, cursor, tag, previous, commitment, event, changes, removed } => {
                let mark = Mark { cursor, tag };
                let frame = EventFrame { room, mark, previous, commitment, event, changes, removed };
                Some(Self::Event(frame))
            }
            ServerFrame::Retracted { room, cursor, tag, previous, retracts, event, restored, removed } => {
                let mark = Mark { cursor, tag };
                let frame = RetractionFrame { room, mark, previous, retracts, event, restored, removed };
                Some(Self::Retraction(frame))
            }
            _ => None,
        }
    }

    pub(crate) fn room(&self) -> Room {
        match self {
            Self::Event(frame) => frame.room,
            Self::Retraction(frame) => frame.room,
        }
    }

    pub(crate) fn cursor(&self) -> i64 {
        match self {
            Self::Event(frame) => frame.mark.cursor,
            Self::Retraction(frame) => frame.mark.cursor,
        }
    }
}
