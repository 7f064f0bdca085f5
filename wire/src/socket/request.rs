//! What a client sends.

use super::{Mark, Room};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A client's frame with the id that its answer is to carry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Request {
    /// Of the client's choice, back in the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// What is asked.
    #[serde(flatten)]
    pub frame: ClientFrame,
}

impl From<ClientFrame> for Request {
    fn from(frame: ClientFrame) -> Self {
        Self { id: None, frame }
    }
}

/// What a client sends.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// First: who is there. Answered by `authenticated`. A later session of the same wallet takes the earlier one's
    /// place.
    Authenticate {
        /// A session's token.
        token: String,
    },
    /// Follow a room. Answered by `subscribed`, then the room's `snapshot`, or what was missed and `resumed`.
    /// Subscribing again begins again.
    Subscribe(Subscription),
    /// Stop following a room. Answered by `unsubscribed`.
    Unsubscribe {
        /// Which.
        room: Room,
    },
    /// The client is done with every delta of a room up to a cursor: not answered. Only of use where it subscribed
    /// with `acks`.
    Ack {
        /// Which.
        room: Room,
        /// That of the delta.
        cursor: i64,
    },
    /// Answered by `pong`.
    Ping,
}

/// How a client wants to follow a room.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Subscription {
    /// Which.
    pub room: Room,
    /// What the client has of it already: cursor and tag of the last frame of this room that it took. Nothing for
    /// a snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Mark>,
    /// Whether the client promises an `ack` for the deltas of this room, and wants no more of them at once than it
    /// acknowledges.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub acks: bool,
    /// Whether the client wants to know who is in the room.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub presence: bool,
}

impl Subscription {
    /// From the room's state on, without anything else.
    #[must_use]
    pub fn to(room: Room) -> Self {
        Self { room, after: None, acks: false, presence: false }
    }

    /// From a mark on, if there is one.
    #[must_use]
    pub fn after(self, after: Option<Mark>) -> Self {
        Self { after, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tag;
    use super::*;

    #[test]
    fn frames_are_told_apart_by_type() {
        let subscribe = ClientFrame::Subscribe(Subscription::to(Room::Lobby));
        let frame: ClientFrame = serde_json::from_str(r#"{"type":"subscribe","room":"lobby"}"#).unwrap();
        assert_eq!(frame, subscribe);
        let text = r#"{"type":"subscribe","room":"lobby","after":{"cursor":7,"tag":"0a0b0c0d"}}"#;
        let after = Some(Mark { cursor: 7, tag: Tag([10, 11, 12, 13]) });
        let frame = ClientFrame::Subscribe(Subscription::to(Room::Lobby).after(after));
        assert_eq!(serde_json::from_str::<ClientFrame>(text).unwrap(), frame);
        assert_eq!(serde_json::to_string(&frame).unwrap(), text);
        assert!(serde_json::from_str::<ClientFrame>(&text.replace("0a0b", "0a")).is_err());
        assert_eq!(serde_json::to_string(&ClientFrame::Ping).unwrap(), r#"{"type":"ping"}"#);
        assert!(serde_json::from_str::<ClientFrame>(r#"{"type":"own_everything"}"#).is_err());
    }

    #[test]
    fn a_request_is_its_frame_with_or_without_an_id() {
        let bare: Request = serde_json::from_str(r#"{"type":"ping"}"#).unwrap();
        assert_eq!(bare, ClientFrame::Ping.into());
        let named = Request { id: Some(9), frame: ClientFrame::Ack { room: Room::Lobby, cursor: 4 } };
        let text = r#"{"id":9,"type":"ack","room":"lobby","cursor":4}"#;
        assert_eq!(serde_json::to_string(&named).unwrap(), text);
        assert_eq!(serde_json::from_str::<Request>(text).unwrap(), named);
    }
}
