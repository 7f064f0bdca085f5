//! Reading a client's frames, and saying what is wrong with those that cannot be read.

use crate::error::problem;
use axum::http::StatusCode;
use chorale_wire::socket::{MAX_FRAME_BYTES, Request, Room};
use chorale_wire::{Code, Problem};
use serde_json::Value;

/// The `type`s of [`ClientFrame`](chorale_wire::socket::ClientFrame).
const TYPES: [&str; 5] = ["authenticate", "subscribe", "unsubscribe", "ack", "ping"];

/// Why a frame is not taken.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Unreadable {
    /// The request's, as far as that could be read.
    pub(crate) id: Option<u64>,
    pub(crate) problem: Problem,
}

/// Reads a text frame. What it is made of may be in pieces that are no text alone, and is looked at as a whole here.
pub(crate) fn read(bytes: &[u8]) -> Result<Request, Unreadable> {
    match str::from_utf8(bytes) {
        Ok(text) => parse(text),
        Err(error) => Err(Unreadable { id: None, problem: malformed(format!("not UTF-8: {error}")) }),
    }
}

fn parse(text: &str) -> Result<Request, Unreadable> {
    if text.len() > MAX_FRAME_BYTES {
        return Err(Unreadable { id: None, problem: too_large(text.len()) });
    }
    serde_json::from_str(text).map_err(|error| {
        let value: Value = serde_json::from_str(text).unwrap_or_default();
        Unreadable { id: value.get("id").and_then(Value::as_u64), problem: diagnose(&value, &error) }
    })
}

/// A binary frame came.
pub(crate) fn binary() -> Unreadable {
    let problem = malformed("binary frames mean nothing here: send JSON in text frames");
    Unreadable { id: None, problem }
}

fn too_large(bytes: usize) -> Problem {
    let detail = format!("the frame has {bytes} bytes, at most {MAX_FRAME_BYTES} are taken");
    problem(StatusCode::PAYLOAD_TOO_LARGE, Code::TooLarge, detail)
}

fn malformed(detail: impl Into<String>) -> Problem {
    problem(StatusCode::BAD_REQUEST, Code::MalformedFrame, detail)
}

/// Finds out what is wrong with a frame that could not be read.
fn diagnose(value: &Value, error: &serde_json::Error) -> Problem {
    let field = |name| value.get(name).and_then(Value::as_str);
    if let Some(kind) = field("type").filter(|kind| !TYPES.contains(kind)) {
        let detail = format!("the type {kind:?} is unknown: expected one of {}", TYPES.join(", "));
        return problem(StatusCode::BAD_REQUEST, Code::UnknownMessageType, detail);
    }
    match field("room").map(str::parse::<Room>) {
        Some(Err(error)) => problem(StatusCode::NOT_FOUND, Code::UnknownRoom, error.to_string()),
        _ => malformed(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chorale_wire::socket::{ClientFrame, Subscription};

    fn code(text: &str) -> Code {
        parse(text).expect_err(text).problem.code
    }

    #[test]
    fn every_frame_of_the_protocol_is_read() {
        let room = Room::Lobby;
        let frames = [
            ClientFrame::Authenticate { token: "secret".into() },
            ClientFrame::Subscribe(Subscription::to(room)),
            ClientFrame::Unsubscribe { room },
            ClientFrame::Ack { room, cursor: 7 },
            ClientFrame::Ping,
        ];
        for (frame, kind) in frames.into_iter().zip(TYPES) {
            let text = serde_json::to_string(&frame).unwrap();
            assert!(text.contains(kind), "{text} is not of type {kind}");
            assert_eq!(parse(&text), Ok(frame.into()));
        }
    }

    #[test]
    fn every_bad_frame_gets_the_code_of_what_is_wrong() {
        assert_eq!(code("{"), Code::MalformedFrame);
        assert_eq!(code("[]"), Code::MalformedFrame);
        assert_eq!(code("{}"), Code::MalformedFrame);
        assert_eq!(code(r#"{"type":"subscribe"}"#), Code::MalformedFrame);
        assert_eq!(code(r#"{"type":7}"#), Code::MalformedFrame);
        assert_eq!(code(r#"{"type":"own_everything"}"#), Code::UnknownMessageType);
        assert_eq!(code(r#"{"type":"subscribe","room":"kitchen"}"#), Code::UnknownRoom);
        assert_eq!(code(&" ".repeat(MAX_FRAME_BYTES + 1)), Code::TooLarge);
    }

    #[test]
    fn half_a_character_is_no_text() {
        assert_eq!(read(&[b'"', 0xe2, 0x82]).unwrap_err().problem.code, Code::MalformedFrame);
        assert_eq!(read(br#"{"type":"ping"}"#), Ok(ClientFrame::Ping.into()));
    }

    #[test]
    fn a_malformed_frame_is_told_where() {
        let Unreadable { problem, .. } = parse(r#"{"type":"ping""#).unwrap_err();
        assert!(problem.detail.contains("column 14"), "{}", problem.detail);
    }

    #[test]
    fn a_refusal_carries_the_id_of_what_it_refuses() {
        let refused = parse(r#"{"id":7,"type":"own_everything"}"#).unwrap_err();
        assert_eq!((refused.id, refused.problem.code), (Some(7), Code::UnknownMessageType));
        assert_eq!(parse(r#"{"id":"seven","type":"ping"}"#).unwrap_err().problem.code, Code::MalformedFrame);
    }
}
