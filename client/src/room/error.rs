//! What can be wrong with a frame.

use chorale_domain::state::EntityKey;
use chorale_domain::transition::TransitionError;

/// Why a frame does not continue a room's state. The remedy for all of them is a new snapshot; all but
/// [`Gap`](RoomError::Gap) mean that the server, or this client, is wrong.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RoomError {
    /// Frames are missing between the last one seen and this one.
    #[error("the frame follows cursor {previous}, but the last one seen is {seen}: frames are missing")]
    Gap {
        /// What the frame follows.
        previous: i64,
        /// The last cursor seen.
        seen: i64,
    },
    /// A frame of another room, or an entity that is not the room's.
    #[error("{0} does not belong to the room")]
    Foreign(String),
    /// The entity's state is not what its checksum says.
    #[error("the checksum of {0} is not that of its state")]
    Checksum(EntityKey),
    /// A version was skipped or repeated.
    #[error("{key} came as version {got}, expected {expected}")]
    Version {
        /// Which entity.
        key: EntityKey,
        /// One more than the version held, or remembered of what was removed; 1 for what this client never held,
        /// where any later one would do as well.
        expected: i64,
        /// The version that came.
        got: i64,
    },
    /// The event cannot follow the state before it.
    #[error("the event cannot follow the state before it: {0}")]
    Impossible(#[from] TransitionError),
    /// The server's state after the event is not what the rules make of it.
    #[error("the server's {0} after the event is not what the rules make of it")]
    Differs(EntityKey),
    /// A retraction names an event that is not before it.
    #[error("retraction {cursor} takes back {retracts}, which is not before it")]
    Order {
        /// Global sequence of the retraction.
        cursor: i64,
        /// Global sequence of what it takes back.
        retracts: i64,
    },
    /// A retraction takes back what was told to be final.
    #[error("event {retracts} is taken back, but everything up to {finalized} was told to be final")]
    Final {
        /// Up to where nothing can be taken back.
        finalized: i64,
        /// Global sequence of what is taken back.
        retracts: i64,
    },
    /// The frame changes what its event does not touch.
    #[error("{0} is not what the event is about")]
    Untouched(EntityKey),
    /// A retraction does not lead back: the event, on the state restored, does not give what was held until now.
    #[error("what is restored of {0} is not what the retracted event began from")]
    NotTheInverse(EntityKey),
}
